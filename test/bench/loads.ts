import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { encodeTensorFile } from 'modelhost'
import { invoke, load, memoryOf, startServe } from './host-process.js'
import { median } from './wrk.js'

const models = 1000
const rounds = 5
const atOnce = 8

/** A thousand artifacts of 1 MB: time for all, beside a plain loop; bytes of each, after an invoke. */
export async function loads(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  try {
    const bytes = encodeTensorFile({ tensors: { weights: new Float32Array(2 ** 18 - 64).fill(0.5) } })
    const folders = Array.from({ length: models }, (_, i) => join(folder, `m${i}`))
    for (const path of folders) {
      await mkdir(path)
      await writeFile(join(path, 'Weights-params.json'), '{"model_name": "Weights"}')
      await writeFile(join(path, 'Weights-model'), bytes)
    }
    const seconds: { plain: number[]; host: number[] } = { plain: [], host: [] }
    let perModel = 0
    let startBytes = 0
    for (let round = 0; round <= rounds; round++) {
      const plain = await plainLoop(folder)
      const host = await startServe()
      try {
        startBytes = (await memoryOf(host.pid)).pss
        const hosted = await timed(() => loadAll(host.url, folders))
        // The first round warms up.
        if (round > 0) {
          seconds.plain.push(plain)
          seconds.host.push(hosted)
        }
        for (let i = 0; i < models; i++)
          await invoke(host.url, `m${i}`, '{"from": 0, "count": 262080}', 'application/json')
        perModel = ((await memoryOf(host.pid)).pss - startBytes) / models
      } finally {
        await host.stop()
      }
    }
    const [plain, hosted] = [median(seconds.plain), median(seconds.host)]
    console.log(
      `${models} artifacts of ${bytes.length} bytes: ${hosted.toFixed(2)} s; plain loop ${plain.toFixed(2)} s; ${(hosted / plain).toFixed(2)}x`,
    )
    const above = ((perModel / bytes.length - 1) * 100).toFixed(1)
    console.log(`bytes a loaded model (PSS after an invoke of each): ${Math.round(perModel)}, ${above}% above its file`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1000
}

async function loadAll(url: string, folders: readonly string[]): Promise<void> {
  const lane = async (first: number) => {
    for (let i = first; i < folders.length; i += atOnce) await load(url, `m${i}`, folders[i]!)
  }
  await Promise.all(Array.from({ length: atOnce }, (_, k) => lane(k)))
}

/** In a process of its own that ends with it, so that the host gets memory as fresh, and as used, as the loop got. */
async function plainLoop(folder: string): Promise<number> {
  const script = new URL('./plain-loop.js', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder])
  return Number(stdout)
}
