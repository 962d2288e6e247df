import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { pluginPath } from '../helpers/artifacts.js'
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
