import { realpath } from 'node:fs/promises'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { lasting } from './lasting.js'
import { splitAtServe } from './serving.js'
import { openTerminal } from './terminal.js'

t.test('a terminal goes on where the last script left it, and says which ones fail', async t => {
  const path = await realpath(await folder(t))
  const terminal = await openTerminal(t, path, process.env)
  t.same(await terminal.run('mkdir below && cd below\nname=Anna\necho "$name"; echo bad >&2'), {
    stdout: 'Anna\n',
    stderr: 'bad\n',
    code: 0,
    cwd: `${path}/below`,
  })
  t.match(await terminal.run('echo "$name" in "$PWD"'), { stdout: `Anna in ${path}/below\n`, stderr: '' })
  t.match(await terminal.run('false\necho on'), { stdout: 'on\n', code: 1 }, 'also where the last command does not')
  t.match(await terminal.run('false || echo "that is no failure"; cat'), { code: 0 }, 'nobody types into it')
  t.match(await terminal.run('echo a; echo b >&2; echo c', true), { stdout: 'a\nb\nc\n', stderr: '' })
  await t.rejects(terminal.run('exit 3'), { message: 'the shell has ended' })
})

t.test('a host is started where a script serves; in the background that is left to the shell', async t => {
  t.same(splitAtServe('cd a\nnpx modelhost serve --store \\\n  b   # answers\ncurl c\n'), {
    before: 'cd a\n',
    command: 'npx modelhost serve --store b',
    after: 'curl c\n',
  })
  t.equal(splitAtServe('npx modelhost serve --store b &\ncurl c\n'), undefined)
  t.equal(splitAtServe('npx modelhost serve --help\n'), undefined)
})

t.test('times, speeds and sizes of archives do not count in a comparison, figures do', async t => {
  const runs = [
    '12:00:01 info  trained in 0.5 s\n{"loadMs":1.5,"score":0.71,"modifiedAt":"2026-01-01T00:00:00Z"}\n   < 200   7.1 ms\n',
    '08:15:24 info  trained in 12 s\n{"loadMs":40,"score":0.71,"modifiedAt":"2027-02-02T00:00:00Z"}\r\n   < 200   12.5 ms',
  ]
  t.equal(lasting(runs[0]!), lasting(runs[1]!))
  t.not(lasting(runs[0]!), lasting(runs[1]!.replace('0.71', '0.72')))
})
