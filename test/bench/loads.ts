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
    await measureTime(folder, folders, bytes.length)
    for (const lanes of [2, 8]) await measureBytes(folders, bytes.length, lanes)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function measureTime(folder: string, folders: readonly string[], fileBytes: number): Promise<void> {
  const seconds: { plain: number[]; host: number[] } = { plain: [], host: [] }
  for (let round = 0; round <= rounds; round++) {
    const plain = await plainLoop(folder)
    const host = await startServe()
    try {
      const hosted = await timed(() => loadAll(host.url, folders))
      // The first round warms up.
      if (round === 0) continue
      seconds.plain.push(plain)
      seconds.host.push(hosted)
    } finally {
      await host.stop()
    }
  }
  const [plain, hosted] = [median(seconds.plain), median(seconds.host)]
  const times = `${hosted.toFixed(2)} s; plain loop ${plain.toFixed(2)} s; ${(hosted / plain).toFixed(2)}x`
  console.log(`${models} artifacts of ${fileBytes} bytes: ${times}`)
}

/** Loads and invokes all; the first few make each lane import the plugin, which is paid once, not for each model. */
async function measureBytes(folders: readonly string[], fileBytes: number, lanes: number): Promise<void> {
  const host = await startServe('--lanes', String(lanes))
  try {
    const above = async (count: number, since: number) => ((await memoryOf(host.pid)).pss - since) / count - fileBytes
    const start = (await memoryOf(host.pid)).pss
    await loadAndInvoke(host.url, folders, 0, lanes * 2)
    const warm = (await memoryOf(host.pid)).pss
    await loadAndInvoke(host.url, folders, lanes * 2, models)
    const each = Math.round(await above(models - lanes * 2, warm))
    const all = Math.round(await above(models, start))
    console.log(
      `${lanes} lanes: ${each} bytes above its file a loaded model; ${all} with what the lanes take at their first use`,
    )
  } finally {
    await host.stop()
  }
}

async function loadAndInvoke(url: string, folders: readonly string[], from: number, to: number): Promise<void> {
  const some = folders.slice(from, to)
  const chain = async (first: number) => {
    for (let i = first; i < some.length; i += atOnce) {
      await load(url, `m${from + i}`, some[i]!)
      await invoke(url, `m${from + i}`, '{"from": 0, "count": 262080}', 'application/json')
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, k) => chain(k)))
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
