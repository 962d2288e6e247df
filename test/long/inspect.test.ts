import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { encodeTensorFile } from 'modelhost'
import t from 'tap'
import { pluginPath } from '../helpers/artifacts.js'
import { runCli } from '../helpers/run-cli.js'

const plugin = ['--plugin', pluginPath('tally')]

t.test('inspect shows the examples that came with the training, with their answers', async t => {
  const folder = t.testdir({ 'data.txt': 'one\ntwo\n' })
  const artifact = join(folder, 'out')
  const examples = ['--set', 'examples=["four", {"text": "two\\nlines"}]']
  const channel = ['--train', join(folder, 'data.txt')]
  t.equal((await runCli(['train', 'Tally', ...channel, '--output', artifact, ...examples, ...plugin])).code, 0)
  const shown = await runCli(['inspect', artifact, ...plugin])
  t.match(shown, { code: 0, stderr: '' })
  t.match(
    shown.stdout,
    /Examples\n +ms +request +answer\n +\d+\.\d {2}"four" +6\n +\d+\.\d {2}{"text":"two\\nlines"} {2}11\n/,
  )
})

t.test('an example that the model cannot answer has an error in its place', async t => {
  const artifact = t.testdir({
    'Tally-params.json': '{"model_name": "Tally", "examples": [{"txt": "four"}, "four"]}',
    'Tally-model': Buffer.from(encodeTensorFile({ tensors: { lines: Uint32Array.of(2) } })),
  })
  const { code, stdout } = await runCli(['inspect', artifact, '--json', ...plugin])
  t.equal(code, 0)
  t.match(JSON.parse(stdout).examples, [
    { request: { txt: 'four' }, error: { code: 'REQUEST_INVALID', message: /text is missing/ }, ms: Number },
    { request: 'four', response: 6, ms: Number },
  ])
})

t.test('what a plugin warns of at a load is shown', async t => {
  const artifact = t.testdir({
    'Tally-params.json': '{"model_name": "Tally", "behaviour": "warns", "scale": 2}',
    'Tally-model': Buffer.from(encodeTensorFile({ tensors: { lines: Uint32Array.of(2) } })),
  })
  t.match((await runCli(['inspect', artifact, ...plugin])).stdout, /^Warnings\n {2}asked to warn scale=2\n/m)
  const { warnings } = JSON.parse((await runCli(['inspect', artifact, '--json', ...plugin])).stdout)
  t.same(warnings, [{ message: 'asked to warn', scale: 2 }])
})

t.test('what a model shares with others is shown apart', async t => {
  const folder = t.testdir({ 'asset.txt': 'shared by all' })
  const asset = pathToFileURL(join(folder, 'asset.txt')).href
  const weights = Buffer.from(encodeTensorFile({ tensors: { weights: Float32Array.of(1) } }))
  const artifact = t.testdir({
    'asset.txt': 'shared by all',
    model: {
      'a-params.json': JSON.stringify({ model_name: 'Sharing', asset, asset_scratch: 4000 }),
      'a-model': weights,
    },
  })
  const args = ['inspect', join(artifact, 'model'), '--plugin', pluginPath('assets')]
  t.match(JSON.parse((await runCli([...args, '--json'])).stdout).assets, [
    { name: 'shared', path: join(folder, 'asset.txt'), bytes: 13, scratchBytesPerLane: 4000 },
  ])
  t.match((await runCli(args)).stdout, /^Assets, shared with other models\n.*\n {2}shared +\S+asset\.txt +13 +4000\n/m)
})

t.test('of a model that cannot be loaded the rest is shown, and why its examples are not answered', async t => {
  const artifact = t.testdir({ 'Tally-params.json': '{"model_name": "Tally", "examples": ["four", "five"]}' })
  const others = encodeTensorFile({ tensors: { others: Uint32Array.of(2) } })
  await writeFile(join(artifact, 'Tally-model'), others)
  const shown = await runCli(['inspect', artifact, ...plugin])
  t.match(shown, { code: 0, stderr: '' })
  t.match(shown.stdout, /^ {2}others +U32 +\[1\] +4$/m)
  t.match(shown.stdout, /Problem\n {2}.*Tally-model.*lines.*\n\nExamples\n {2}2, not asked: /)
  const { problem, examples } = JSON.parse((await runCli(['inspect', artifact, '--json', ...plugin])).stdout)
  const error = { code: 'ARTIFACT_INVALID', message: /Tally-model.*lines/ }
  t.match(problem, error)
  t.match(examples, [
    { request: 'four', error },
    { request: 'five', error },
  ])
  t.notOk('ms' in examples[0], 'nobody was asked')
})
