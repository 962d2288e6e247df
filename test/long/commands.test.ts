import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { runCli, startCli } from '../helpers/run-cli.js'

const tally = fileURLToPath(new URL('../fixtures/plugins/tally.js', import.meta.url))

t.test('train, inspect, invoke', async t => {
  const folder = t.testdir({
    'data.txt': 'one\ntwo\n',
    'one.json': '{"text": "four"}',
    'rows.csv': 'four\n"five, six"\n',
  })
  const artifact = join(folder, 'out')
  const plugin = ['--plugin', tally]

  const trained = await runCli(['train', 'Tally', '--train', join(folder, 'data.txt'), '--output', artifact, ...plugin])
  t.equal(trained.code, 0)
  t.match(trained.stdout, /^.*out: Tally-model \(\d+ bytes\), Tally-params\.json \(\d+ bytes\), trained in \d\.\d s\n$/)
  t.match(trained.stderr, /info {2}read lines=2/)
  t.match(trained.stderr, 'a line that a plugin prints', 'what a plugin prints is no result')
  t.match(trained.stderr, /counting 1\/2 steps, loss 0\.1235/)

  const shown = await runCli(['inspect', artifact, ...plugin])
  t.equal(shown.code, 0)
  t.match(shown.stdout, /^Tally 1\.0\.0: Adds/m)
  t.match(shown.stdout, /^ {2}scale +1$/m)
  t.match(shown.stdout, /^ {2}lines +U32 +\[1\] +4$/m)
  t.match(shown.stdout, /Memory once loaded \(estimated\): \d+ bytes, shared by all lanes, and 64 bytes in each lane/)
  const { tensors, plugin: about } = JSON.parse((await runCli(['inspect', artifact, '--json', ...plugin])).stdout)
  t.same(tensors, [{ name: 'lines', dtype: 'U32', shape: [1], bytes: 4 }])
  t.match(about, { name: 'Tally', version: '1.0.0' })

  const invoke = (args: string[], stdin?: string) => runCli(['invoke', artifact, ...args, ...plugin], stdin)
  t.same(await invoke([], 'four'), { code: 0, stdout: '6\n', stderr: '' }, 'text on stdin')
  t.same(
    await invoke([join(folder, 'one.json')]),
    { code: 0, stdout: '6\n', stderr: '' },
    'the type of a file by its ending',
  )
  t.equal((await invoke([join(folder, 'rows.csv')])).stdout, '[6,11]\n')
  t.equal((await invoke(['--type', 'text/csv', '--accept', 'text/csv', '-'], 'four\nsix\n')).stdout, '6\n5\n')

  const refused = await invoke(['--type', 'application/json'], '{"txt": "four"}')
  t.match(refused, { code: 1, stdout: '', stderr: /^modelhost: text is missing\..*\n$/ })
})

t.test('a plugin may learn from more than one file', async t => {
  const folder = t.testdir({ 'data.txt': 'one\n', 'more.txt': 'two\n' })
  const args = ['train', 'Tally', '--train', join(folder, 'data.txt'), '--output', join(folder, 'out')]
  const given = [...args, '--plugin', tally, '--channel', `more=${join(folder, 'more.txt')}`]
  const trained = await runCli(given)
  t.match(trained, { code: 0, stderr: /read .*channels=\["train","more"\]/ })
  t.match(trained.stderr, /warn .*channels that the plugin did not read channels=\["more"\]/)
  const missing = await runCli([...args, '--plugin', tally, '--channel', `more=${join(folder, 'none.txt')}`])
  t.match(missing, { code: 1, stderr: /none\.txt, given for the channel "more", does not exist/ })
})

t.test('train takes the params of an earlier artifact, and --set wins', async t => {
  const folder = t.testdir({
    'data.txt': 'one\n',
    'params.json': '{"model_name": "Tally", "scale": "5", "labels": ["a"]}',
  })
  const output = join(folder, 'out')
  const args = ['--train', join(folder, 'data.txt'), '--output', output, '--plugin', tally]
  const params = ['--params', join(folder, 'params.json')]
  const { code, stdout } = await runCli(['train', 'Tally', ...args, ...params, '--set', 'scale=7', '--json'])
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { folder: output, files: [{ name: 'Tally-model' }, { name: 'Tally-params.json' }] })
  t.match(JSON.parse(await readFile(join(output, 'Tally-params.json'), 'utf8')), { scale: 7, labels: ['a'] })

  const other = await runCli(['train', 'DocSim', ...args, ...params])
  t.match(other, { code: 1, stdout: '', stderr: /their model_name is "Tally"\. Train that plugin/ })
})

t.test('a failure is exit code 1 and one line; --log-level debug adds the stack', async t => {
  const folder = t.testdir({ 'data.txt': 'one\n' })
  const args = [
    'train',
    'Tally',
    '--train',
    join(folder, 'data.txt'),
    '--output',
    join(folder, 'out'),
    '--plugin',
    tally,
  ]
  const failing = [...args, '--set', 'behaviour=throws']
  const plain = await runCli([...failing, '--log-level', 'silent'])
  t.match(plain, { code: 1, stdout: '' })
  t.equal(
    plain.stderr.replace('a line that a plugin prints\n', ''),
    'modelhost: Training Tally failed: TypeError: x is not a function.\n',
  )
  const debug = await runCli([...failing, '--log-level', 'debug'])
  t.match(debug.stderr, /TypeError: x is not a function\n {4}at .*tally\.[jt]s/)
  t.match(await runCli(['inspect', join(folder, 'out')]), { code: 1, stderr: /does not exist/ })
  t.match(await runCli(['invoke', join(folder, 'out')]), {
    code: 1,
    stdout: '',
    stderr: /^modelhost: .*does not exist.*\n$/,
  })
  t.match(await runCli(['invoke', 'http://127.0.0.1:1', '--model', 'm'], 'x'), {
    code: 1,
    stderr: /Is the host running\?/,
  })
})

t.test('a signal stops a training and leaves nothing', async t => {
  const folder = t.testdir({ 'data.txt': 'one\n' })
  const args = [
    'train',
    'Tally',
    '--train',
    join(folder, 'data.txt'),
    '--output',
    join(folder, 'out'),
    '--plugin',
    tally,
  ]
  const child = startCli(...args, '--set', 'behaviour=hangs')
  const lines = createInterface(child.stderr)
  const seen: string[] = []
  lines.on('line', line => {
    seen.push(line)
    if (line.endsWith('hanging')) child.kill('SIGTERM')
  })
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.match(seen.at(-1), 'modelhost: Training Tally failed: it was stopped. Nothing was written.')
  t.same(await readdir(folder), ['data.txt'])
})

t.test('serve says where it listens, is asked by URL, and a signal ends it', async t => {
  const folder = t.testdir({ 'data.txt': 'one\ntwo\n' })
  const artifact = join(folder, 'out')
  await runCli(['train', 'Tally', '--train', join(folder, 'data.txt'), '--output', artifact, '--plugin', tally])

  const child = startCli('serve', '--port', '0', '--lanes', '1', '--plugin', tally)
  child.stderr.resume()
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  t.match(line, /^listening on http:\/\/127\.0\.0\.1:\d+$/)
  const url = line.replace('listening on ', '')

  const missing = await runCli(['invoke', url, '--model', 'a/b'], 'four')
  t.match(missing, { code: 1, stdout: '', stderr: /^modelhost: Model "a\/b" is not loaded/ })
  await fetch(`${url}/models`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model_name: 'a/b', url: artifact }),
  })
  t.same(await runCli(['invoke', url, '--model', 'a/b'], 'four'), { code: 0, stdout: '6\n', stderr: '' })

  child.kill('SIGTERM')
  t.same(await once(child, 'close'), [0, null])
})

t.test('serve with a store, or one model, prints a command that asks it', async t => {
  const folder = t.testdir({ 'data.txt': 'one\ntwo\n', store: {} })
  const artifact = join(folder, 'store', "it's a")
  await runCli(['train', 'Tally', '--train', join(folder, 'data.txt'), '--output', artifact, '--plugin', tally])
  const store = ['--store', join(folder, 'store'), '--preload', "it's a"]
  for (const flags of [store, ['--single', artifact]]) {
    const child = startCli('serve', '--port', '0', '--lanes', '1', '--plugin', tally, ...flags)
    t.teardown(() => child.kill('SIGKILL'))
    const ready = new Promise<void>(resolve => {
      createInterface(child.stderr).on('line', line => JSON.parse(line).msg === 'ready' && resolve())
    })
    const [, line] = (await take(createInterface(child.stdout), 2)) as [string, string]
    t.match(line, /^ask it: curl http:/)
    await ready
    const command = `${line.replace('ask it: ', '')} -sS -w ' %{http_code}'`
    const { stdout } = await promisify(execFile)('sh', ['-c', command])
    t.equal(stdout, '8 200')
    child.kill('SIGINT')
    await once(child, 'close')
  }
})

async function take(lines: AsyncIterable<string>, count: number): Promise<string[]> {
  const taken: string[] = []
  for await (const line of lines) if (taken.push(line) === count) break
  return taken
}
