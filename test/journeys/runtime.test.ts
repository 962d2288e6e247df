import { readSettings, startHost as start } from 'modelhost/host'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { clientOf } from '../helpers/runtime-client.js'
import { storePlugins as plugins, probeStore } from '../helpers/store.js'

t.test('the AWS SDK asks models of a store, which are loaded for it', async t => {
  const store = await probeStore(t, { 'news/de': { greeting: 'hallo ' }, broken: { on_load: 'throw' } })
  const host = await startHost(t, { plugins, store })
  const ask = clientOf(t, host)
  const answer = await ask('news/de', 'welt')
  t.equal(answer.ContentType, 'application/json')
  t.match(JSON.parse(answer.Body.transformToString()), { text: 'hallo welt' })
  await t.rejects(ask('news/fr', 'x'), { name: 'ValidationError', message: /"news\/fr"/ })
  await t.rejects(ask('../news', 'x'), { name: 'ValidationError' })
  await t.rejects(ask('broken', 'x'), { name: 'ModelError', OriginalStatusCode: 422, OriginalMessage: /LOAD_FAILED/ })
  const wrong = { name: 'ModelError', OriginalStatusCode: 400, OriginalMessage: /REQUEST_INVALID/ }
  await t.rejects(ask('news/de', '{"txt": 1}', 'application/json'), wrong)
  const thrown = { name: 'ModelError', OriginalStatusCode: 500, ErrorCode: 'INTERNAL_FAILURE_FROM_MODEL' }
  await t.rejects(ask('news/de', '{"text": "", "action": "throw"}', 'application/json'), thrown)
})

t.test('a model that loads for long is not ready, until it is', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' } })
  const host = await startHost(t, { plugins, store, lanes: 1, loadWaitMs: 50 })
  await t.rejects(clientOf(t, host)('slow', 'x'), {
    name: 'ModelNotReadyException',
    $metadata: { httpStatusCode: 429 },
  })
  const late = await host.invoke('slow', 'x')
  t.equal(late.status, 429)
  t.match(late.headers.get('server-timing'), /^load;dur=[\d.]+$/)
  t.equal(late.headers.get('retry-after'), '1')
  await latch.arrived('slow ')
  latch.open('slow ')
  const { Body } = await clientOf(t, host, 10)('slow', 'x')
  t.match(JSON.parse(Body.transformToString()), { text: 'slow x' })
  t.match((await host.invoke('slow', 'x')).headers.get('server-timing'), /^predict;dur=[\d.]+$/)
})

t.test('the answer of a cold model tells what its load took', async t => {
  const host = await startHost(t, { plugins, store: await probeStore(t, { a: {} }) })
  const cold = await fetch(`${host.url}/invocations`, {
    method: 'POST',
    headers: { 'x-amzn-sagemaker-target-model': 'a', 'content-type': 'text/plain' },
    body: 'x',
  })
  t.equal(cold.status, 200)
  t.match(cold.headers.get('server-timing'), /^load;dur=[\d.]+, predict;dur=[\d.]+$/)
})

t.test('a host of one model answers at the URLs of SageMaker, without a target', async t => {
  const single = await probeArtifact(t, { greeting: 'one ' })
  const host = await startHost(t, { plugins: [pluginPath('probe')], single })
  const ask = clientOf(t, host)
  const { Body } = await ask(undefined, 'x')
  t.match(JSON.parse(Body.transformToString()), { text: 'one x' })
  await t.rejects(ask('a', 'x'), { name: 'ValidationError', message: /serves one model only/ })
  t.equal((await fetch(`${host.url}/ping`)).status, 200)
})

t.test('while its one model is loaded, a host is alive but not ready, and says so everywhere', async t => {
  const latch = createLatch(t)
  const single = await probeArtifact(t, { greeting: 'one ', on_load: 'wait' })
  const flags = { plugins: [pluginPath('probe')], single, port: 0, lanes: 1, logLevel: 'silent' }
  const host = await start({ settings: (await readSettings({ flags, env: {} })).settings })
  t.teardown(() => host.close())
  const statusOf = async (path: string) => (await fetch(`${host.url}${path}`)).status
  t.equal(await statusOf('/ping'), 503)
  t.equal(await statusOf('/health/ready'), 503)
  t.equal(await statusOf('/health/live'), 200)
  await t.rejects(clientOf(t, host)(undefined, 'x'), { name: 'ModelNotReadyException' })
  await latch.arrived('one ')
  latch.open('one ')
  await host.ready
  t.equal(await statusOf('/ping'), 200)
  t.equal(await statusOf('/health/ready'), 200)
  t.equal((await clientOf(t, host)(undefined, 'x')).ContentType, 'application/json')
})
