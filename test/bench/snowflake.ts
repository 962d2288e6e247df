import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, type ServerProcess, startServe } from './host-process.js'
import { median } from './wrk.js'

const rounds = 5
const seconds = 1
const pings = 200
const clients = 4
const rowsType = 'application/vnd.modelhost.rows+json'

/** What the Snowflake routes cost beside `/models/{m}/invoke`, and how long `/ping` takes while batches of 10 MB run. */
export async function snowflake(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  await writeFile(join(folder, 'Noop-params.json'), '{"model_name": "Noop"}')
  const host = await startServe('--max-body-bytes', '16MB')
  try {
    for (let m = 0; m < 100; m++) await load(host.url, `m${m}`, folder)
    await overhead(host)
    await slowestPings(host)
  } finally {
    await host.stop()
    await rm(folder, { recursive: true })
  }
}

const text =
  'a tweet of some hundred and forty letters, as they were when they could not be longer, and a little more of it'
const rowsOf = (count: number, models?: number) => {
  const rows = Array.from({ length: count }, (_, i) => (models ? [i, `m${i % models}`, text] : [i, text]))
  return Buffer.from(JSON.stringify({ data: rows }))
}

async function overhead({ url }: ServerProcess): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const table: Record<string, string | number>[] = []
  for (const rows of [1, 100, 10_000]) {
    const ways = [
      { name: 'invoke', path: '/models/m0/invoke', type: rowsType, body: rowsOf(rows), id: false },
      { name: 'snowflake/m0', path: '/snowflake/m0', type: 'application/json', body: rowsOf(rows), id: true },
      { name: 'snowflake', path: '/snowflake', type: 'application/json', body: rowsOf(rows, 10), id: true },
    ]
    const perBatch = ways.map(() => [] as number[])
    for (let round = 0; round < rounds; round++) {
      for (const [i, { path, type, body, id }] of ways.entries()) {
        const startMs = performance.now()
        let calls = 0
        for (; performance.now() - startMs < (seconds * 1000) / rounds; calls++) {
          const batch = id ? { 'sf-external-function-query-batch-id': `${round}:${rows}:${calls}` } : {}
          await call(url + path, { method: 'POST', agent, headers: { 'content-type': type, ...batch } }, body)
        }
        perBatch[i]!.push((performance.now() - startMs) / calls)
      }
    }
    const [invoke, one, several] = perBatch.map(median) as [number, number, number]
    table.push({
      rows,
      'invoke ms': invoke.toFixed(2),
      'snowflake/{model} ms': one.toFixed(2),
      ratio: (one / invoke).toFixed(2),
      'snowflake, 10 models ms': several.toFixed(2),
    })
  }
  agent.destroy()
  console.table(table)
}

async function slowestPings({ url }: ServerProcess): Promise<void> {
  const loads = [
    { name: 'nothing else', path: '', body: Buffer.alloc(0) },
    { name: '10 MB, one model', path: '/snowflake/m0', body: rowsOf(76_000) },
    { name: '10 MB, 100 models', path: '/snowflake', body: rowsOf(72_000, 100) },
    { name: '10 MB, 70,000 models, most not there', path: '/snowflake', body: rowsOf(70_000, 100_000) },
  ]
  const table = []
  for (const { name, path, body } of loads) table.push({ 'while there is': name, ...(await ping(url, path, body)) })
  console.table(table)
}

async function ping(url: string, path: string, body: Buffer) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  let isOver = path === ''
  let batches = 0
  const startMs = performance.now()
  const posting = Array.from({ length: clients }, async (_, client) => {
    for (let i = 0; !isOver; i++) {
      const headers = {
        'content-type': 'application/json',
        'sf-external-function-query-batch-id': `${name(path)}:${client}:${i}`,
        'accept-encoding': 'gzip',
      }
      await call(url + path, { method: 'POST', agent, headers }, body)
      batches++
    }
  })
  const times: number[] = []
  for (let i = 0; i < pings; i++) {
    const pingMs = performance.now()
    await call(`${url}/ping`, { agent: false })
    times.push(performance.now() - pingMs)
  }
  isOver = true
  await Promise.all(posting)
  agent.destroy()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(pings - 1, Math.floor(pings * share))]!.toFixed(1)
  const perSecond = batches / ((performance.now() - startMs) / 1000)
  return { 'p50 ms': at(0.5), 'p99 ms': at(0.99), 'max ms': at(1), 'batches/s': perSecond.toFixed(1) }
}

const name = (path: string) => `${path}${performance.now()}`

function call(url: string, options: object, body?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, answer => {
      answer
        .resume()
        .on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
