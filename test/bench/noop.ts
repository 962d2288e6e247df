import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load, startBareFastify, startServe } from './host-process.js'
import { median, wrk } from './wrk.js'

const rounds = 5
const seconds = 2

/** What the host costs: a no-op prediction beside bare Fastify, same body, in turn. */
export async function noop(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  await writeFile(join(folder, 'Noop-params.json'), '{"model_name": "Noop"}')
  const bare = await startBareFastify()
  const host = await startServe()
  try {
    await load(host.url, 'm', folder)
    const body = 'x'.repeat(200)
    const rows = []
    for (const connections of [1, 8, 64]) {
      const rates: { bare: number[]; host: number[] } = { bare: [], host: [] }
      for (let round = 0; round <= rounds; round++) {
        for (const [name, { url }] of [
          ['bare', bare],
          ['host', host],
        ] as const) {
          const rate = await wrk({ url: `${url}/models/m/invoke`, body, type: 'text/plain', connections, seconds })
          // The first round warms up.
          if (round > 0) rates[name].push(rate)
        }
      }
      const [bareRate, hostRate] = [median(rates.bare), median(rates.host)]
      rows.push({
        connections,
        'bare Fastify/s': Math.round(bareRate),
        'no-op invoke/s': Math.round(hostRate),
        'share %': Math.round((hostRate / bareRate) * 100),
      })
    }
    console.table(rows)
  } finally {
    await Promise.all([bare.stop(), host.stop()])
    await rm(folder, { recursive: true })
  }
}
