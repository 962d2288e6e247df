import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { waiting } from '../helpers/waiting.js'

const plugins = [pluginPath('probe')]

t.test('unloading waits for the predictions already accepted', async t => {
  const host = await startHost(t, { plugins })
  const latch = createLatch(t)
  await host.load('slow', await probeArtifact(t))

  const accepted = host.invoke('slow', { text: 'first', action: 'wait' })
  await latch.arrived('first')
  const unloaded = host.unload('slow')
  while ((await fetch(`${host.url}/models/slow`)).status === 200);
  t.equal((await host.invoke('slow', 'second')).status, 404, 'unknown to new calls at once')
  latch.open('first')

  t.equal((await accepted).status, 200)
  t.equal((await unloaded).status, 200)
})

t.test('a load that meets an unload waits for it, and nothing is left over', async t => {
  const host = await startHost(t, { plugins })
  const latch = createLatch(t)
  const path = await probeArtifact(t)
  await host.load('again', path)
  const before = host.host.models.usedBytes
  const accepted = host.invoke('again', { text: 'hold', action: 'wait' })
  await latch.arrived('hold')
  const unloaded = host.unload('again')
  const reloaded = host.load('again', path)
  latch.open('hold')
  t.same([(await accepted).status, (await unloaded).status, (await reloaded).status], [200, 200, 200])
  t.equal((await host.invoke('again', 'x')).status, 200)
  t.equal(host.host.models.usedBytes, before)
})

t.test('an unload that meets a running load waits for it and unloads', async t => {
  const host = await startHost(t, { plugins })
  const path = await probeArtifact(t)
  const [loaded, unloaded] = await Promise.all([host.load('brief', path), host.unload('brief')])
  t.equal(loaded.status, 200)
  if (unloaded.status === 404) t.equal((await host.unload('brief')).status, 200, 'the unload came first')
  else t.equal(unloaded.status, 200)
  t.equal((await host.unload('brief')).status, 404)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('loads and unloads of one name at once leave exactly one model or none', async t => {
  const host = await startHost(t, { plugins })
  const path = await probeArtifact(t)
  const statuses = await Promise.all(
    Array.from({ length: 60 }, (_, i) => (i % 2 ? host.unload('churn') : host.load('churn', path))),
  )
  const codes = statuses.map(({ status }) => status)
  t.ok(
    codes.every(code => [200, 404, 409].includes(code)),
    codes.join(' '),
  )
  const { status } = await fetch(`${host.url}/models/churn`)
  if (status === 200) t.equal((await host.unload('churn')).status, 200)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('of 32 requests together the one that loops for ever fails, and 31 are answered', async t => {
  const host = await startHost(t, { plugins, lanes: 1, predictTimeoutMs: 500 })
  const latch = createLatch(t)
  await host.load('m', await probeArtifact(t))
  // The lane is held, so that the 32 wait and then travel in one turn.
  const held = host.invoke('m', { text: 'gate', action: 'wait' })
  await latch.arrived('gate')
  const together = Array.from({ length: 32 }, (_, i) =>
    host.invoke('m', { text: `n${i}`, action: i === 16 ? 'loop' : 'echo' }),
  )
  await waiting(host, 'm', 32)
  latch.open('gate')
  t.equal((await held).status, 200)
  const answers = await Promise.all(together)
  t.same(
    answers.map(({ status }) => status),
    Array.from({ length: 32 }, (_, i) => (i === 16 ? 500 : 200)),
  )
  t.match(await answers[16]!.json(), { error: { code: 'PREDICT_TIMEOUT', message: /500 ms/ } })
  t.match(await answers[31]!.json(), { text: 'n31' })
  t.equal((await host.invoke('m', 'after')).status, 200)
})

t.test('a model becomes resident in a second lane while its first is busy', async t => {
  const host = await startHost(t, { plugins, lanes: 2 })
  const latch = createLatch(t)
  await host.load('hot', await probeArtifact(t))
  await host.load('cold', await probeArtifact(t))
  const held = host.invoke('hot', { text: 'busy', action: 'wait' })
  await latch.arrived('busy')
  t.equal((await host.invoke('hot', 'meanwhile')).status, 200, 'answered while the first lane is busy')
  t.match(await (await fetch(`${host.url}/models/hot`)).json(), { lanes: 2 })
  t.match(await (await fetch(`${host.url}/models/cold`)).json(), { lanes: 1 })
  latch.open('busy')
  await held
})

t.test('a full queue is 503 with Retry-After, and starves no other model', async t => {
  const host = await startHost(t, { plugins, lanes: 1, queueLimit: 3 })
  const latch = createLatch(t)
  await host.load('hot', await probeArtifact(t))
  await host.load('other', await probeArtifact(t))
  const held = host.invoke('hot', { text: 'busy', action: 'wait' })
  await latch.arrived('busy')
  const queued = [1, 2, 3].map(i => host.invoke('hot', `n${i}`))
  await waiting(host, 'hot', 3)
  const refused = await host.invoke('hot', 'one too many')
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('retry-after'), '1')
  t.match(await refused.json(), { error: { code: 'QUEUE_FULL' } })
  const other = host.invoke('other', 'mine')
  await waiting(host, 'other', 1)
  latch.open('busy')
  t.same(
    (await Promise.all([held, ...queued, other])).map(({ status }) => status),
    [200, 200, 200, 200, 200],
  )
})

t.test('a caller that goes away aborts its prediction', async t => {
  const host = await startHost(t, { plugins })
  const latch = createLatch(t)
  await host.load('m', await probeArtifact(t))
  const call = request(`${host.url}/models/m/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  call.on('error', () => {})
  call.end(JSON.stringify({ text: 'x', action: 'abort' }))
  await latch.arrived('abort')
  call.destroy()
  await latch.arrived('aborted')
  t.equal((await host.invoke('m', 'after')).status, 200)
})

t.test('close finishes what was accepted and refuses what comes after', async t => {
  const host = await startHost(t, { plugins })
  const latch = createLatch(t)
  await host.load('m', await probeArtifact(t))
  const idle = request(`${host.url}/ping`, { agent: false })
  idle.end()
  await once(idle, 'response')
  const held = host.invoke('m', { text: 'last', action: 'wait' })
  await latch.arrived('last')
  const closed = host.close()
  latch.open('last')
  const answer = await held
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('connection'), 'close')
  await closed
  await t.rejects(fetch(`${host.url}/ping`))
})

t.test('a connection that never says anything does not hold a host that closes', async t => {
  const host = await startHost(t, { plugins, drainTimeoutMs: 60_000 })
  const silent = connect(Number(new URL(host.url).port), '127.0.0.1')
  await once(silent, 'connect')
  // The host has seen it once it answers a later one.
  await fetch(`${host.url}/ping`)
  await Promise.all([host.close(), once(silent, 'close')])
})

t.test('what cannot end in time is answered with 503', async t => {
  const host = await startHost(t, { plugins, drainTimeoutMs: 200 })
  const latch = createLatch(t)
  await host.load('m', await probeArtifact(t))
  const stuck = host.invoke('m', { text: 'never', action: 'wait' })
  await latch.arrived('never')
  await host.close()
  const answer = await stuck
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'DRAINING' } })
})

t.test('when the time to drain is over, what waits to load, to unload or to arrive is answered too', async t => {
  const host = await startHost(t, { plugins, lanes: 1, drainTimeoutMs: 300 })
  const latch = createLatch(t)
  await host.load('m', await probeArtifact(t))
  await host.load('other', await probeArtifact(t))
  const call = (method: string, path: string, headers = {}) => request(`${host.url}${path}`, { method, headers })
  const upload = call('POST', '/models/other/invoke', { 'content-length': 100_000 })
  const stuck = call('POST', '/models/m/invoke', { 'content-type': 'application/json' })
  const answers = [upload, stuck].map(one => once(one, 'response'))
  upload.write('the beginning')
  stuck.end(JSON.stringify({ text: 'stuck', action: 'wait' }))
  await latch.arrived('stuck')
  const url = await probeArtifact(t)
  const unload = call('DELETE', '/models/m')
  const loads = Array.from({ length: 12 }, () => call('POST', '/models'))
  answers.push(...[unload, ...loads].map(one => once(one, 'response')))
  const sent = [unload, ...loads].map(one => once(one, 'finish'))
  unload.end()
  for (const [i, load] of loads.entries()) load.end(JSON.stringify({ model_name: `new ${i}`, url }))
  await Promise.all(sent)
  while ((await fetch(`${host.url}/models/m`)).status === 200);
  const closed = host.close()
  for (const [answer] of await Promise.all(answers)) {
    t.equal(answer.statusCode, 503)
    t.match(JSON.parse(await text(answer)), { error: { code: 'DRAINING' } })
  }
  await closed
})
