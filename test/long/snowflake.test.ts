import { setTimeout } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { type Fault, startFaultProxy } from '../helpers/fault-proxy.js'
import { linesLog } from '../helpers/lines-log.js'
import { snowflakeClient } from '../helpers/snowflake-client.js'

const plugins = [pluginPath('probe'), pluginPath('noop')]

/** What goes wrong between Snowflake and a host. */
const faults: readonly Fault[] = [
  { kind: 'answer', status: 503 },
  { kind: 'answer', status: 429 },
  { kind: 'answer', status: 504 },
  { kind: 'lose' },
  { kind: 'reset' },
  { kind: 'reset', after: 100 },
  { kind: 'truncate', after: 30 },
  { kind: 'stall' },
  { kind: 'stall', after: 10 },
]

t.test(
  'whatever goes wrong on the way, no row is lost, doubled or out of order, and each is predicted once',
  async t => {
    for (const flags of [{}, { snowflakeAsync: true, snowflakeAsyncAfterMs: 2 }]) {
      const { log, lines } = linesLog()
      const host = await startHost(t, { plugins, ...flags }, log)
      const artifact = await probeArtifact(t)
      for (let m = 0; m < 10; m++) await host.load(`m${m}`, artifact)
      const proxy = await startFaultProxy(t, host)
      // A third of all requests.
      proxy.onRequest = ({ method }) => {
        const fault = faults[Math.floor(Math.random() * faults.length)]!
        if (Math.random() < 1 / 3) proxy.next(`${method} /snowflake`, fault)
      }
      const texts = Array.from({ length: 4000 }, (_, i) => `text ${i} ${'with some words '.repeat(i % 50)}`)
      for (const { path, rows } of [
        { path: '/snowflake/m0', rows: texts.map(text => [text, 'tell']) },
        { path: '/snowflake', rows: texts.map((text, i) => [`m${i % 10}`, `each ${text}`, 'tell']) },
      ]) {
        const client = snowflakeClient(t, {
          url: proxy.url + path,
          maxBatchRows: 50,
          parallel: 16,
          firstPauseMs: 5,
          proxyTimeoutMs: 400,
          limitMs: 60_000,
        })
        const answers = (await client.query(rows)) as { text: string }[]
        t.same(
          answers.map(({ text }) => text),
          rows.map(row => row.at(-2)),
        )
        const failures = client.seen.filter(({ status }) => status !== 200 && status !== 202).length
        t.ok(failures > 20, `${failures} of ${client.seen.length} requests failed`)
      }
      const told = lines('told').map(({ text }) => text)
      t.equal(told.length, 8000)
      t.equal(new Set(told).size, 8000)
    }
  },
)

t.test('10 MB of rows come back whole, a hundred models or one, and the host answers pings meanwhile', async t => {
  const host = await startHost(t, { plugins, lanes: 1 })
  const artifact = await probeArtifact(t)
  for (let m = 0; m < 20; m++) await host.load(`m${m}`, artifact)
  const rows = Array.from({ length: 60_000 }, (_, i) => [i, `m${i % 20}`, `text ${i} `.repeat(8)])
  const body = JSON.stringify({ data: rows })
  t.ok(body.length > 5_000_000)
  let isOver = false
  const pings = (async () => {
    let slowestMs = 0
    while (!isOver) {
      const startMs = performance.now()
      await fetch(`${host.url}/ping`)
      slowestMs = Math.max(slowestMs, performance.now() - startMs)
      await setTimeout(5)
    }
    return slowestMs
  })()
  const headers = { 'content-type': 'application/json', 'sf-external-function-query-batch-id': 'x' }
  const answer = await fetch(`${host.url}/snowflake`, { method: 'POST', headers, body })
  t.equal(answer.status, 200)
  const { data } = (await answer.json()) as { data: [number, { text: string }][] }
  isOver = true
  t.equal(data.length, rows.length)
  t.ok(data.every(([number, { text }], i) => number === i && text === rows[i]![2]))
  t.comment({ slowestPingMs: Math.round(await pings) })
})

t.test('rows that are all wrong end with the size of their answer, not with the memory', async t => {
  const host = await startHost(t, { plugins, lanes: 1 })
  await host.load('m', await probeArtifact(t))
  const body = `{"data":[${'[0,5],'.repeat(300_000)}[1]]}`
  const answer = await fetch(`${host.url}/snowflake/m`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.equal(answer.status, 413)
  t.match(await answer.json(), { error: { code: 'ANSWER_TOO_LARGE', message: /fewer rows/ } })
})

t.test('a query outlives its host: what it had accepted is answered, the rest goes to the next one', async t => {
  const store = await folder(t, { 'm/Probe-params.json': '{"model_name": "Probe"}' })
  const first = await startHost(t, { plugins, lanes: 1, store })
  const { port } = new URL(first.url)
  const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`)
  const client = snowflakeClient(t, {
    url: `${first.url}/snowflake/m`,
    maxBatchRows: 20,
    parallel: 16,
    firstPauseMs: 20,
    limitMs: 60_000,
  })
  const answers = client.query(texts.map(text => [text]))
  while (client.seen.length < 200) await setTimeout(1)
  await first.host.close({ delayMs: 50 })
  const served = client.seen.length
  t.ok(client.seen.every(({ status }) => status === 200 || status === 503 || status === 'connection'))
  await startHost(t, { plugins, lanes: 1, store, port: Number(port) })
  t.same(
    ((await answers) as { text: string }[]).map(({ text }) => text),
    texts,
  )
  const after = client.seen.slice(served).filter(({ status }) => status === 200).length
  t.ok(served >= 200 && after > 0, `${served} requests before, ${after} answers after`)
})
