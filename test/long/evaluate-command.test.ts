import { once } from 'node:events'
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli, startCli } from '../helpers/run-cli.js'

/** An artifact, a gold file of two texts beside it, and the arguments that evaluate it. */
async function setUp(t: Test, params: object = {}, model_name = 'Exam', plugin = 'exam') {
  const path = await folder(t, {
    'model/a-params.json': JSON.stringify({ model_name, ...params }),
    'gold.tsv': 'one\t4\nfour\t4\n',
  })
  const at = (name: string) => join(path, name)
  return { path, at, args: ['evaluate', at('model'), '--gold', at('gold.tsv'), '--plugin', pluginPath(plugin)] }
}

t.test('evaluate prints the measures as a table, and progress on stderr', async t => {
  const { args, at } = await setUp(t)
  const { code, stdout, stderr } = await runCli(args)
  t.equal(code, 0)
  t.equal(
    stdout,
    [at('model'), 'Exam, guessing: 2 texts', '', '  measure   value', '  accuracy  0.5000  share of lengths', ''].join(
      '\n',
    ),
  )
  t.match(stderr, /info {2}guessing 2\/2 texts/)
  t.match(stderr, 'a line that a plugin prints', 'what a plugin prints is no result')
})

t.test('further tables follow, counts as whole numbers', async t => {
  const { args } = await setUp(t, {}, 'WholeDoor', 'whole-door')
  const { stdout } = await runCli([...args, '--log-level', 'silent'])
  t.match(
    stdout,
    '\n  loud     1.0000  share that is upper case\n\nwords\n            letters\n  ONE\t4/1         7\n  FOUR\t4/1        8\n',
  )
})

t.test('--json prints the same for a program', async t => {
  const { args, at } = await setUp(t)
  const { stdout } = await runCli([...args, '--json'])
  const { seconds, ...report } = JSON.parse(stdout)
  t.type(seconds, 'number')
  t.same(report, {
    folder: at('model'),
    plugin: 'Exam',
    task: 'guessing',
    cases: 2,
    unit: 'texts',
    measures: { accuracy: { value: 0.5, description: 'share of lengths' } },
  })
})

t.test('--predictions writes what was answered, in the place of an older file', async t => {
  const { args, at, path } = await setUp(t)
  const wanted = 'one\t4\nfour\t5\n'
  for (const name of ['out.tsv', 'out.tsv', 'out.tsv.gz']) {
    const { code } = await runCli([...args, '--predictions', at(name), '--log-level', 'silent'])
    t.equal(code, 0)
  }
  t.equal(await readFile(at('out.tsv'), 'utf8'), wanted)
  t.equal(gunzipSync(await readFile(at('out.tsv.gz'))).toString(), wanted)
  t.same((await readdir(path)).sort(), ['gold.tsv', 'model', 'out.tsv', 'out.tsv.gz'], 'no temporary file is left')
})

t.test('a link is followed, and stays', async t => {
  const { args, at } = await setUp(t)
  await writeFile(at('real.tsv'), 'old')
  await symlink(at('real.tsv'), at('link.tsv'))
  await runCli([...args, '--predictions', at('link.tsv')])
  t.ok((await lstat(at('link.tsv'))).isSymbolicLink())
  t.equal(await readFile(at('real.tsv'), 'utf8'), 'one\t4\nfour\t5\n')
})

t.test('a failure is exit code 1 and one line, and writes nothing', async t => {
  for (const behaviour of ['throws', 'exits']) {
    const { args, at, path } = await setUp(t, { behaviour })
    const failed = await runCli([...args, '--predictions', at('out.tsv')])
    t.match(failed, { code: 1, stdout: '', stderr: /^modelhost: Evaluating Exam failed: .*\.\n$/m })
    t.same((await readdir(path)).sort(), ['gold.tsv', 'model'])
  }
  const { args } = await setUp(t, {}, 'Noop', 'noop')
  t.match(await runCli(args), { code: 1, stdout: '', stderr: /^modelhost: Evaluating Noop failed: it has no evaluate/ })
})

t.test('a signal stops an evaluation', async t => {
  const { args, at, path } = await setUp(t, { behaviour: 'hangs' })
  const child = startCli(...args, '--predictions', at('out.tsv'))
  const seen: string[] = []
  createInterface(child.stderr).on('line', line => {
    seen.push(line)
    if (line.endsWith('hanging')) child.kill('SIGTERM')
  })
  t.same(await once(child, 'close'), [1, null])
  t.equal(seen.at(-1), 'modelhost: Evaluating Exam failed: it was stopped.')
  t.same((await readdir(path)).sort(), ['gold.tsv', 'model'])
})

t.test('a place where predictions cannot go is wrong usage, before anything runs', async t => {
  const { args, at } = await setUp(t)
  await mkdir(at('taken'))
  const cases: [string, RegExp][] = [
    [at('taken'), /taken is there and no file\. Choose another --predictions\.$/m],
    [at('no/such/out.tsv'), /out\.tsv is in a folder that does not exist\. Choose/],
    [at('gold.tsv'), /gold\.tsv is what would be read\. Choose/],
    [join(at('model'), '..', 'gold.tsv'), /is what would be read\. Choose/],
    [at('model/a-params.json'), /a-params\.json is what would be read\. Choose/],
    [at('out.csv'), /out\.csv has the form of the gold file, which is \.tsv\. Let its name end as that\.$/m],
    ['/dev/null', /\/dev\/null is there and no file\. Choose/],
  ]
  for (const [place, message] of cases) {
    t.match(await runCli([...args, '--predictions', place]), { code: 2, stdout: '', stderr: message }, place)
  }
  t.equal(await readFile(at('gold.tsv'), 'utf8'), 'one\t4\nfour\t4\n')
  t.match(await readFile(at('model/a-params.json'), 'utf8'), '"Exam"')
})

t.test('the name of a file that is empty is wrong usage, not a file left out', async t => {
  const { args } = await setUp(t)
  for (const name of ['gold', 'queries', 'documents', 'predictions']) {
    const stderr = `modelhost: --${name} is empty. Name a file.\n`
    t.match(await runCli([...args, `--${name}`, '']), { code: 2, stdout: '', stderr }, name)
  }
})
