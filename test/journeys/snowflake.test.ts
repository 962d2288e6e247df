import { setImmediate } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.js'
import { createLatch } from '../helpers/latch.js'
import { linesLog } from '../helpers/lines-log.js'
import { snowflakeClient } from '../helpers/snowflake-client.js'

const plugins = [pluginPath('probe'), pluginPath('noop')]
const texts = (count: number) => Array.from({ length: count }, (_, i) => `text ${i}`)
/** What the probe answers to a text. */
const echoed = (rows: readonly string[]) => rows.map(text => ({ text, lane: 0 }))

t.test('a query runs over parallel batches, packed both ways: each row has its answer, in order', async t => {
  const host = await startHost(t, { plugins, snowflakeDigest: true })
  await host.load('größe/a', await probeArtifact(t))
  await host.load('b', await probeArtifact(t, { greeting: 'hello ' }))
  const rows = texts(1500)
  for (const compression of ['NONE', 'GZIP', 'DEFLATE'] as const) {
    const one = snowflakeClient(t, { url: `${host.url}/snowflake/gr%C3%B6%C3%9Fe%2Fa`, compression })
    t.same(await one.query(rows.map(text => [text])), echoed(rows))
  }
  const each = snowflakeClient(t, { url: `${host.url}/snowflake`, signature: '(MODEL VARCHAR, TEXT VARCHAR)' })
  const models = ['größe/a', 'b', null] as const
  const answers = await each.query(rows.map((text, i) => [models[i % 3], text]))
  const expected = rows.map((text, i) => [{ text, lane: 0 }, { text: `hello ${text}`, lane: 0 }, null][i % 3])
  t.same(answers, expected)
  t.ok(each.seen.every(({ status }) => status === 200))
})

t.test('a batch whose answer is lost is answered again, and its rows are predicted once', async t => {
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins }, log)
  await host.load('m', await probeArtifact(t))
  const proxy = await startFaultProxy(t, host)
  const faults: readonly Fault[] = [
    { kind: 'lose' },
    { kind: 'answer', status: 503 },
    { kind: 'truncate', after: 20 },
    { kind: 'reset' },
    { kind: 'reset', after: 50 },
    { kind: 'answer', status: 429 },
  ]
  for (let i = 0; i < 20; i++) proxy.next('POST /snowflake', faults[i % faults.length]!)
  const rows = texts(600)
  const client = snowflakeClient(t, { url: `${proxy.url}/snowflake/m`, maxBatchRows: 60, firstPauseMs: 2 })
  t.same(await client.query(rows.map(text => [text, 'tell'])), echoed(rows))
  const told = lines('told').map(({ text }) => text)
  t.equal(told.length, 600)
  t.equal(new Set(told).size, 600)
  t.equal(client.seen.filter(({ status }) => status !== 200).length, 20)
})

t.test('what a query asks too much of, slows it down and fails it not', async t => {
  const host = await startHost(t, { plugins, lanes: 1, queueLimit: 2 })
  await host.load('m', await probeArtifact(t))
  const rows = texts(300)
  const client = snowflakeClient(t, { url: `${host.url}/snowflake/m`, maxBatchRows: 5, parallel: 12, firstPauseMs: 2 })
  const latch = createLatch(t)
  const busy = host.invoke('m', { text: 'gate', action: 'wait' })
  await latch.arrived('gate')
  const answers = client.query(rows.map(text => [text]))
  while (!client.seen.some(({ status }) => status === 503)) await setImmediate()
  latch.open('gate')
  t.same(await answers, echoed(rows))
  t.equal((await busy).status, 200)
})

t.test('a batch goes on when its caller hangs up, and the next try has its answer', async t => {
  const { log, lines } = linesLog()
  const latch = createLatch(t)
  const host = await startHost(t, { plugins }, log)
  await host.load('m', await probeArtifact(t))
  const post = (signal?: AbortSignal) =>
    fetch(`${host.url}/snowflake/m`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sf-external-function-query-batch-id': 'q:1' },
      body: '{"data":[[0,"gate","wait"],[1,"x","tell"]]}',
      ...(signal ? { signal } : {}),
    })
  const caller = new AbortController()
  const first = post(caller.signal).catch((error: Error) => error.name)
  await latch.arrived('gate')
  const second = post()
  caller.abort()
  t.equal(await first, 'AbortError')
  latch.open('gate')
  const answer = '{"data":[[0,{"text":"gate","lane":0}],[1,{"text":"x","lane":0}]]}'
  t.equal(await (await second).text(), answer)
  t.equal(await (await post()).text(), answer)
  t.equal(lines('told').length, 1)
})

t.test('an accepted batch is polled until it is done', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins, snowflakeAsync: true, snowflakeAsyncAfterMs: 10 })
  await host.load('m', await probeArtifact(t))
  const client = snowflakeClient(t, { url: `${host.url}/snowflake`, proxyTimeoutMs: 500, parallel: 2, maxBatchRows: 1 })
  const answers = client.query([
    ['m', 'gate', 'wait'],
    ['m', 'another'],
  ])
  await latch.arrived('gate')
  while (client.seen.filter(({ method, status }) => method === 'GET' && status === 202).length < 4) await setImmediate()
  latch.open('gate')
  t.same(await answers, echoed(['gate', 'another']))
  t.equal(client.seen.filter(({ method }) => method === 'POST').length, 2)
})

t.test('a host that goes answers the batches that it has accepted', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins, lanes: 2 })
  const url = `${host.url}/snowflake`
  await host.load('m', await probeArtifact(t))
  const post = (path: string, body: string, id: string) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sf-external-function-query-batch-id': id },
      body,
    }).then(async answer => [answer.status, await answer.text()])
  const one = post('/m', '{"data":[[0,"gate","wait"]]}', 'q:1')
  const each = post('', '{"data":[[7,"m","gate","wait"],[8,"nobody","x"]]}', 'q:2')
  await latch.arrived('gate', 2)
  const gone = host.host.close()
  latch.open('gate')
  t.same(await one, [200, '{"data":[[0,{"text":"gate","lane":0}]]}'])
  const [status, text] = await each
  t.equal(status, 200)
  t.match(JSON.parse(text as string).data, [
    [7, { text: 'gate' }],
    [8, { error: { code: 'MODEL_NOT_LOADED' } }],
  ])
  await gone
})

t.test('when the time to drain is over, batches are answered 503, and no thread is left', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins, drainTimeoutMs: 50, drainDelayMs: 0 })
  await host.load('m', await probeArtifact(t))
  const headers = { 'content-type': 'application/json', 'sf-external-function-query-batch-id': 'q' }
  const answers = ['/snowflake/m', '/snowflake'].map(path =>
    fetch(host.url + path, { method: 'POST', headers, body: '{"data":[[0,"m","wait"]]}' }).then(
      answer => answer.status,
    ),
  )
  await latch.arrived('m')
  const other = fetch(`${host.url}/snowflake`, { method: 'POST', headers, body: '{"data":[[0,"m","gate","wait"]]}' })
  await latch.arrived('gate')
  await host.close()
  t.equal(await answers[0], 503)
  t.equal((await other).status, 503)
  t.ok([200, 503].includes(await answers[1]!))
})
