import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { load, memoryOf, startServe, unload } from './host-process.js'

const megabyte = 2 ** 20

/** Loads and unloads, again and again: memory must stay flat, and nothing may run out. */
export async function churn(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  const host = await startServe()
  try {
    await writeFile(join(folder, 'Weights-params.json'), '{"model_name": "Weights"}')
    const file = join(folder, 'Weights-model')
    await writeFile(file, encodeTensorFile({ tensors: { weights: new Float32Array((50 * megabyte) / 4).fill(1) } }))
    const start = (await memoryOf(host.pid)).rss
    const curve: number[] = []
    for (let i = 0; i < 100; i++) {
      await load(host.url, 'large', folder)
      await unload(host.url, 'large')
      curve.push((await memoryOf(host.pid)).rss - start)
    }
    const peak = Math.max(...curve) / megabyte
    const every10 = curve.filter((_, i) => i % 10 === 9).map(bytes => Math.round(bytes / megabyte))
    console.log(
      `100 x (load, unload) of 50 MB: peak ${peak.toFixed(0)} MB above the start; MB every 10: ${every10.join(' ')}`,
    )

    await writeFile(file, encodeTensorFile({ tensors: { weights: new Float32Array(16) } }))
    const count = 50_000
    const atOnce = 8
    const before = (await memoryOf(host.pid)).rss
    const startMs = performance.now()
    await Promise.all(
      Array.from({ length: atOnce }, async (_, k) => {
        for (let i = k; i < count; i += atOnce) {
          await load(host.url, `tiny-${i}`, folder)
          await unload(host.url, `tiny-${i}`)
        }
      }),
    )
    const ms = (performance.now() - startMs) / count
    const grown = ((await memoryOf(host.pid)).rss - before) / megabyte
    console.log(
      `${count} x (load, unload) of tiny models: all 200, ${ms.toFixed(2)} ms each, RSS ${grown.toFixed(0)} MB above the start`,
    )
  } finally {
    await host.stop()
    await rm(folder, { recursive: true })
  }
}
