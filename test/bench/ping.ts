import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, type ServerProcess, startBareFastify, startServe } from './host-process.js'
import { median } from './wrk.js'

const clients = 8
const pings = 200
const rounds = 3

/** `/ping` while eight clients post bodies of 5 MB as fast as they can. */
export async function ping(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  await writeFile(join(folder, 'Noop-params.json'), '{"model_name": "Noop"}')
  const host = await startServe()
  const bare = await startBareFastify()
  try {
    await load(host.url, 'm', folder)
    const servers = [
      { name: 'host', server: host, path: '/ping' },
      { name: 'bare Fastify', server: bare, path: '/nowhere' },
    ]
    const figures = servers.map(({ name }) => ({
      name,
      p50: [] as number[],
      p99: [] as number[],
      posts: [] as number[],
    }))
    for (let round = 0; round < rounds; round++) {
      for (const [i, { server, path }] of servers.entries()) {
        const { times, posts } = await measure(server, path)
        const { p50, p99, posts: rates } = figures[i]!
        p50.push(times[Math.floor(pings * 0.5)]!)
        p99.push(times[Math.floor(pings * 0.99)]!)
        rates.push(posts)
      }
    }
    console.table(
      figures.map(({ name, p50, p99, posts }) => ({
        server: name,
        'ping p50 ms': median(p50).toFixed(1),
        'ping p99 ms': median(p99).toFixed(1),
        'bodies of 5 MB/s': Math.round(median(posts)),
      })),
    )
  } finally {
    await Promise.all([host.stop(), bare.stop()])
    await rm(folder, { recursive: true })
  }
}

async function measure({ url }: ServerProcess, path: string): Promise<{ times: number[]; posts: number }> {
  const body = Buffer.alloc(5_000_000, 'x')
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  let isOver = false
  let posts = 0
  const startMs = performance.now()
  const posting = Array.from({ length: clients }, async () => {
    while (!isOver) {
      await call(`${url}/models/m/invoke`, { method: 'POST', agent, headers: { 'content-type': 'text/plain' } }, body)
      posts++
    }
  })
  const times: number[] = []
  for (let i = 0; i < pings; i++) {
    const pingMs = performance.now()
    await call(url + path, { agent: false })
    times.push(performance.now() - pingMs)
  }
  isOver = true
  await Promise.all(posting)
  agent.destroy()
  return { times: times.sort((a, b) => a - b), posts: posts / ((performance.now() - startMs) / 1000) }
}

function call(url: string, options: object, body?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, answer => answer.resume().on('end', resolve))
    sent.on('error', reject)
    sent.end(body)
  })
}
