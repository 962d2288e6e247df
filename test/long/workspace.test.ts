import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli, startCli } from '../helpers/run-cli.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'
import { workspace } from '../helpers/workspace.js'

const plugin = ['--plugin', pluginPath('tally')]

/** A model of the Tally plugin that is trained from a copy with two lines. */
const lines = (name: string, params: object = {}) => ({
  [`models/${name}/inputData.json`]: { Training: { path: 'data.txt' } },
  [`models/${name}/${name}-params.json`]: { model_name: 'Tally', ...params },
  [`models/${name}/data.txt`]: 'one\ntwo\n',
})

/** A host of the command line over a store. */
async function serve(t: Test, store: string) {
  const child = startCli('serve', '--store', store, '--port', '0', '--log-level', 'warn')
  t.teardown(() => child.kill())
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const url = line.replace('listening on ', '')
  const invoke = async (target: string, body: string) => {
    const headers = { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': target }
    const answer = await fetch(`${url}/invocations`, { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  return { url, invoke }
}

t.test('what is marked is trained, each into its folder; one that fails does not hold up the others', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, Broken: true, 'More lines': true, Idle: false },
    ...lines('Lines', { scale: '3' }),
    ...lines('Broken', { behaviour: 'throws' }),
    ...lines('More lines'),
    ...lines('Idle', { behaviour: 'no such' }),
  })
  const shown = await runCli(['train', '--all', path, ...plugin, '--jobs', '3'])
  t.equal(shown.code, 1)
  const build = join(path, 'build')
  t.match(
    shown.stdout,
    new RegExp(`^${build}/Lines: Lines \\(Tally\\), trained in [\\d.]+ s\n${build}/More lines: .*\n$`),
  )
  t.match(shown.stderr, /^Lines {6}\| .* info {2}read lines=2 threads=1 channels=\["train"\]$/m)
  t.match(shown.stderr, /\nmodelhost: 1 of 3 models was not trained:\n {2}Broken: .*x is not a function.*\n$/)
  t.same((await readdir(build)).sort(), ['Lines', 'More lines'])
  t.match(JSON.parse(await readFile(join(build, 'Lines/Tally-params.json'), 'utf8')), { model_name: 'Tally', scale: 3 })
})

t.test('with --json all is told as JSON, and --only leaves out the others', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, Broken: true, Other: true },
    ...lines('Lines'),
    ...lines('Broken', { behaviour: 'refuses' }),
    ...lines('Other'),
  })
  const args = ['--only', 'Lines', '--only', 'Broken', '--json', '--log-level', 'silent']
  const shown = await runCli(['train', '--all', path, ...plugin, ...args])
  t.equal(shown.code, 1)
  t.match(JSON.parse(shown.stdout), [
    { name: 'Lines', plugin: 'Tally', folder: join(path, 'build/Lines'), files: [{}, {}], seconds: Number },
    { name: 'Broken', plugin: 'Tally', error: /claims\.csv.*it is too small/ },
  ])
  t.notMatch(shown.stderr, / info /)
})

t.test('a signal stops all that run, and what waits is not begun', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { Lines: true, Waiting: true },
    ...lines('Lines', { behaviour: 'hangs' }),
    ...lines('Waiting'),
  })
  const child = startCli('train', '--all', path, ...plugin, '--jobs', '1')
  const ended = once(child, 'close')
  const log: string[] = []
  await new Promise<void>(resolve => {
    createInterface(child.stderr).on('line', line => {
      log.push(line)
      if (line.includes('hanging')) resolve()
    })
  })
  child.kill('SIGTERM')
  t.same(await ended, [1, null])
  t.match(log.join('\n'), /2 of 2 models were not trained:\n {2}Lines: .*\n {2}Waiting: stopped by SIGTERM/)
  t.same(await readdir(join(path, 'build')), [])
})

t.test('what has no copy on this machine is fetched from S3', async t => {
  const s3 = await startS3(t, { 'claims/factchecks_de.csv': 'a\nb\nc\n' })
  const path = await workspace(t, {
    'models/Lines/inputData.json': { Training: { Uri: 's3://STAGE/claims/', file_name: 'factchecks_de.csv' } },
  })
  const env = { ...s3Env, MODELHOST_S3_PATH_STYLE: 'true', MODELHOST_S3_ENDPOINT: s3.url }
  const shown = await runCli(['train', '--all', path, ...plugin, '--stage', 'models'], '', env)
  t.match(shown, { code: 0, stderr: /read lines=3/ })
})

t.test('init, train --all, serve: three types of models answer, and bad input is named', async t => {
  const path = join(await folder(t), 'demo')
  t.equal((await runCli(['init', path])).code, 0)
  const trained = await runCli(['train', '--all', path])
  t.match(trained, { code: 0, stdout: /build\/DocSim: .*\n.*build\/TopicalPageRank: .*\n.*build\/NER: / })
  t.match(trained.stderr, /^NER {13}\| .* learning .* sentences/m)

  const { url, invoke } = await serve(t, join(path, 'build'))
  const health = await fetch(`${url}/ping`)
  t.equal(health.status, 200)
  for (const [name, expected] of [
    ['DocSim', [Number, Number, [{ id: 'ernaehrung-02', text: /Zucker/ }]]],
    [
      'TopicalPageRank',
      [
        [
          ['modernes windrad', Number],
          [/./, Number],
          [/./, Number],
        ],
      ],
    ],
    ['NER', [[{ text: 'Lena Hoffmann', label: 'PER' }, { label: 'ORG' }, { text: 'Boston', label: 'LOC' }]]],
  ] as const) {
    const params = JSON.parse(await readFile(join(path, `build/${name}/${name}-params.json`), 'utf8'))
    const answers = await Promise.all(params.examples.map((example: object) => invoke(name, JSON.stringify(example))))
    t.match(
      answers,
      expected.map(body => ({ status: 200, body })),
      name,
    )
  }
  t.match(await invoke('DocSim', '{"text1": "a"}'), { status: 400, body: { error: { message: /text2/ } } })
  t.match(await invoke('NER', '{"text": 5}'), { status: 400, body: { error: { message: /text must be a string/ } } })
  t.match(await invoke('Nobody', '{}'), { status: 404, body: { error: { message: /Nobody/ } } })
})

t.test('the tests that a new workspace brings pass, and fail where a file is wrong', async t => {
  const path = join(await folder(t), 'demo')
  t.equal((await runCli(['init', path, '--models', 'NER'])).code, 0)
  await mkdir(join(path, 'bin'))
  await symlink(fileURLToPath(new URL('../../../cli/modelhost.js', import.meta.url)), join(path, 'bin', 'modelhost'))
  const runTests = () => {
    const env = { PATH: `${join(path, 'bin')}:${process.env['PATH']}` }
    return spawnSync(process.execPath, ['--test'], { cwd: path, env, encoding: 'utf8' })
  }
  const first = runTests()
  t.equal(first.status, 0, first.stdout)
  t.match(first.stdout, /NER learns from the copy of its data, and answers its examples/)

  const params = join(path, 'models/NER/NER-params.json')
  await writeFile(params, (await readFile(params, 'utf8')).replace('"mode"', '"moed"'))
  const second = runTests()
  t.equal(second.status, 1)
  t.match(second.stdout + second.stderr, /"moed" is not a known parameter\. Did you mean "mode"/)
})
