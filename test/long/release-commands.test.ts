import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { jsonExample, outputKey, planFile, planOf, releaseId, trained } from '../helpers/release.js'
import { runCli, startCliWith } from '../helpers/run-cli.js'
import { s3Env, startS3 } from '../helpers/s3-server.js'
import { storePlugins } from '../helpers/store.js'

/** `modelhost publish` and `modelhost probe` as processes. */

t.test('publish tells its result as JSON, and writes the merged targets', async t => {
  const s3 = await startS3(t, { [outputKey('A')]: trained() })
  const plan = await planFile(t, planOf({ A: {} }))
  const targets = join(await folder(t, { 'targets.json': '{"B":"B/1.tar.gz"}' }), 'targets.json')
  const publish = (...more: string[]) =>
    runCli(
      ['publish', plan, '--targets', targets, '--plugin', pluginPath('probe'), '--s3-endpoint', s3.url, ...more],
      '',
      { ...s3Env, MODELHOST_S3_PATH_STYLE: 'true' },
    )
  const { code, stdout, stderr } = await publish()
  t.equal(code, 0, stderr)
  const A = `A/${releaseId}.tar.gz`
  t.match(JSON.parse(stdout), {
    stage: 'dev',
    id: releaseId,
    models: [{ name: 'A', target: A, state: 'put' }],
    targetsParameter: '/modelhost/claims/dev/targets',
    former: { B: 'B/1.tar.gz' },
    targets: { A, B: 'B/1.tar.gz' },
  })
  t.match(stderr, /ready model=A .*\n.*put model=A url=s3:/)
  t.equal(await readFile(targets, 'utf8'), `{"A":"${A}","B":"B/1.tar.gz"}`)

  await writeFile(targets, '{}')
  const [promoted, wrongStage, noStage] = await Promise.all([
    publish('--stage', 'prod'),
    publish('--stage', 'Prod'),
    publish('--bucket', 'elsewhere'),
  ])
  t.match(JSON.parse(promoted.stdout), {
    stage: 'prod',
    targetsParameter: '/modelhost/claims/prod/targets',
    targets: { A },
  })
  t.match(wrongStage, { code: 2, stderr: /--stage "Prod" is no name of a stage/ })
  t.match(noStage, { code: 2, stderr: /--bucket is for another stage than the plan's/ })
})

t.test('a release goes on when nobody reads its log any more', async t => {
  const s3 = await startS3(t, { [outputKey('A')]: trained() })
  const plan = await planFile(t, planOf({ A: {} }))
  const TMPDIR = await folder(t)
  const args = ['publish', plan, '--plugin', pluginPath('probe'), '--s3-endpoint', s3.url]
  const child = startCliWith({ ...s3Env, MODELHOST_S3_PATH_STYLE: 'true', TMPDIR }, args)
  child.stderr.destroy()
  const ended = once(child, 'close')
  t.match(JSON.parse(await text(child.stdout)), { models: [{ name: 'A', state: 'put' }] })
  t.same(await ended, [0, null])
  t.same(await readdir(TMPDIR), [])
})

t.test('probe asks a host as it asks SageMaker, and names each model that does not answer', async t => {
  const path = await folder(t, {
    'A/20261127-185427.tar.gz/Probe-params.json': '{"model_name": "Probe"}',
    'B/20261127-185427.tar.gz/Probe-params.json': '{"model_name": "Probe", "on_load": "refuse"}',
  })
  const { url } = await startHost(t, { plugins: storePlugins, store: path })
  const plugins = storePlugins.flatMap(plugin => ['--plugin', plugin])
  const ask = async (plan: unknown, ...more: string[]) => {
    const file = await planFile(t, plan)
    return runCli(['probe', 'models', file, '--endpoint-url', url, ...plugins, ...more], '', s3Env)
  }
  const invoke = (...args: string[]) =>
    runCli(['invoke', ...args, '--type', 'application/json'], '{"text":"x"}', {
      ...s3Env,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
    })
  const [well, bad, wrong, invoked, refused] = await Promise.all([
    ask(planOf({ A: { examples: [jsonExample({ text: 'x' })] } })),
    ask(planOf({ A: {}, B: {} }), '--json', '--log-level', 'error'),
    ask(planOf({ C: { plugin: 'Absent' } })),
    invoke('sagemaker:models', '--model', 'A/20261127-185427.tar.gz'),
    invoke('sagemaker:models', '--model', 'absent.tar.gz'),
  ])
  t.match(well, { code: 0 })
  t.match(well.stdout, /^ {2}target +cold ms +tries +warm ms +max ms +status\n {2}A\/20261127-185427\.tar\.gz .* ok\n$/)
  t.match(bad.stderr, /^modelhost: 1 of 2 models of models do not answer\.\n {2}B: ModelError: .*asked to refuse.*\n$/)
  t.equal(bad.code, 1)
  t.match(JSON.parse(bad.stdout), {
    endpoint: 'models',
    stage: 'dev',
    models: [
      { name: 'A', isWell: true, tries: 1, warm: { calls: 3 } },
      { name: 'B', isWell: false, error: { name: 'ModelError', status: 422 } },
    ],
  })
  t.match(wrong, { code: 2, stderr: /C has no examples, and its plugin, Absent, is not here\. Add --plugin PATH/ })
  t.same(invoked, { code: 0, stdout: '{"text":"x","lane":0}\n', stderr: '' })
  t.match(refused, {
    code: 1,
    stdout: '',
    stderr: /^modelhost: models: ValidationError: There is no "absent\.tar\.gz"/,
  })
})
