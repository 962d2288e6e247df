import { setImmediate } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.js'
import { createLatch } from '../helpers/latch.js'
import { linesLog } from '../helpers/lines-log.js'
import { snowflakeClient } from '../helpers/snowflake-client.js'
import { waiting } from '../helpers/waiting.js'

const plugins = [pluginPath('probe'), pluginPath('noop')]
const texts = (count: number) => Array.from({ length: count }, (_, i) => `text ${i}`)
/** What the probe answers to a text. */
const echoed = (rows: readonly string[]) => rows.map(text => ({ text, lane: 0 }))

t.test('between Snowflake and a host', async t => {
  const { log, lines } = linesLog()
  const told = () => lines('told').map(({ text }) => text)
  const host = await startHost(t, { plugins, snowflakeDigest: true }, log)
  await host.load('größe/a', await probeArtifact(t))
  await host.load('b', await probeArtifact(t, { greeting: 'hello ' }))
  const path = 'snowflake/gr%C3%B6%C3%9Fe%2Fa'

  t.test('a query runs over parallel batches, packed both ways: each row has its answer, in order', async t => {
    const rows = texts(1000)
    for (const compression of ['NONE', 'GZIP', 'DEFLATE'] as const) {
      const one = snowflakeClient(t, { url: `${host.url}/${path}`, compression })
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
    const proxy = await startFaultProxy(t, host)
    const faults: readonly Fault[] = [
      { kind: 'lose' },
      { kind: 'answer', status: 503 },
      { kind: 'truncate', after: 20 },
      { kind: 'reset' },
      { kind: 'reset', after: 50 },
      { kind: 'answer', status: 429 },
    ]
    for (let i = 0; i < 18; i++) proxy.next('POST /snowflake', faults[i % faults.length]!)
    const rows = texts(300)
    const client = snowflakeClient(t, { url: `${proxy.url}/${path}`, maxBatchRows: 30, firstPauseMs: 2 })
    t.same(await client.query(rows.map(text => [text, 'tell'])), echoed(rows))
    t.same(told().toSorted(), rows.toSorted())
    t.equal(client.seen.filter(({ status }) => status !== 200).length, 18)
  })

  t.test('a batch goes on when its caller hangs up, and the next try has its answer', async t => {
    const latch = createLatch(t)
    const post = (signal?: AbortSignal) =>
      fetch(`${host.url}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sf-external-function-query-batch-id': 'q:1' },
        body: '{"data":[[0,"gate","wait"],[1,"once","tell"]]}',
        ...(signal ? { signal } : {}),
      })
    const caller = new AbortController()
    const first = post(caller.signal).catch((error: Error) => error.name)
    await latch.arrived('gate')
    const second = post()
    caller.abort()
    t.equal(await first, 'AbortError')
    latch.open('gate')
    const answer = '{"data":[[0,{"text":"gate","lane":0}],[1,{"text":"once","lane":0}]]}'
    t.equal(await (await second).text(), answer)
    t.equal(await (await post()).text(), answer)
    t.equal(told().filter(text => text === 'once').length, 1)
  })

  t.test('a host that goes answers the batches that it has accepted', async t => {
    const latch = createLatch(t)
    const post = (url: string, body: string) =>
      fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const one = post(`${host.url}/${path}`, '{"data":[[0,"gate","wait"]]}')
    await latch.arrived('gate')
    const each = post(`${host.url}/snowflake`, '{"data":[[7,"b","another","wait"],[8,"nobody","x"]]}')
    await latch.arrived('another')
    const gone = host.close()
    latch.open('gate')
    latch.open('another')
    t.same(await (await one).text(), '{"data":[[0,{"text":"gate","lane":0}]]}')
    const answer = await each
    t.equal(answer.status, 200)
    const error = { error: { code: 'MODEL_NOT_LOADED' } }
    t.match(await answer.json(), {
      data: [
        [7, { text: 'hello another' }],
        [8, error],
      ],
    })
    await gone
  })
})

t.test(
  'a host with a store loads the models that rows name, and what cannot be loaded is an error in its rows',
  async t => {
    const store = await folder(t, {
      'users/1/Probe-params.json': '{"model_name": "Probe", "greeting": "one "}',
      'users/2/Probe-params.json': '{"model_name": "Probe", "greeting": "two "}',
      'broken/x-params.json': '{"model_name": "Nobody"}',
    })
    const host = await startHost(t, { plugins, store })
    const client = snowflakeClient(t, { url: `${host.url}/snowflake`, maxBatchRows: 100 })
    const answers = await client.query([
      ['users/1', 'a'],
      ['broken', 'b'],
      ['users/2', 'c'],
      ['../users/1', 'd'],
      ['users/3', 'e'],
    ])
    t.match(answers, [
      { text: 'one a' },
      { error: { code: 'PLUGIN_UNKNOWN' } },
      { text: 'two c' },
      { error: { code: 'TARGET_INVALID' } },
      { error: { code: 'TARGET_NOT_FOUND' } },
    ])
  },
)

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

t.test('a host that has too much to do', async t => {
  const host = await startHost(t, { plugins, lanes: 1, queueLimit: 2, drainTimeoutMs: 50, drainDelayMs: 0 })
  await host.load('m', await probeArtifact(t))
  const latch = createLatch(t)

  t.test('slows a query down, and fails it not', async t => {
    const rows = texts(300)
    const url = `${host.url}/snowflake/m`
    const client = snowflakeClient(t, { url, maxBatchRows: 10, parallel: 12, firstPauseMs: 2 })
    const busy = host.invoke('m', { text: 'gate', action: 'wait' })
    await latch.arrived('gate')
    const answers = client.query(rows.map(text => [text]))
    while (!client.seen.some(({ status }) => status === 503)) await setImmediate()
    latch.open('gate')
    t.same(await answers, echoed(rows))
    t.equal((await busy).status, 200)
  })

  t.test('answers batches with 503 when its time to drain is over', async t => {
    const post = (path: string, body: string) =>
      fetch(host.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const running = post('/snowflake', '{"data":[[0,"m","last","wait"]]}')
    await latch.arrived('last')
    const waits = post('/snowflake/m', '{"data":[[0,"behind it"]]}')
    await waiting(host, 'm', 1)
    await host.close()
    for (const answer of [await running, await waits]) {
      t.equal(answer.status, 503)
      t.match(await answer.json(), { error: { code: 'DRAINING' } })
    }
  })
})
