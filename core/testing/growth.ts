/** Does the heap of a host's lanes grow, model by model? */
import { Finding } from './checks.js'
import type { LaneHost } from './lane-host.js'

export interface Growth {
  /** What a model keeps on the heap of a lane. */
  readonly heapBytes: number
  /** Time of each load, in ms. */
  readonly loadMs: readonly number[]
}

interface Model {
  load(): Promise<void>
  ask(): Promise<void>
  unload(): Promise<void>
}

/** What the engine keeps of code that has just become hot; measured: up to 90 KB in each of two times three loads, 2 KB a load in many. */
const noiseBytes = 256 << 10
const noiseBytesPerLoad = 4096
/** After these, code is compiled and caches are full. */
const firstLoads = 2

/**
 * Loads, asks and unloads a model again and again. It is loaded when this begins, and not when this ends.
 *
 * @param loads  how often; half of them are compared with the other half
 * @throws Finding where each load leaves something on the heap
 */
export async function findGrowth(host: LaneHost, loads: number, model: Model): Promise<Growth> {
  const loadMs: number[] = []
  const cycle = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const startMs = performance.now()
      await model.load()
      loadMs.push(performance.now() - startMs)
      await model.ask()
      await model.unload()
    }
    return host.heapBytes()
  }
  await model.unload()
  const half = Math.max(1, Math.ceil(loads / 2))
  const heaps = [await cycle(firstLoads), await cycle(half), await cycle(half)] as const
  const grown = Math.min(heaps[1] - heaps[0], heaps[2] - heaps[1])
  const allowedBytes = noiseBytes + half * noiseBytesPerLoad
  if (grown > allowedBytes) {
    throw new Finding(
      `${grown} bytes more after ${half} loads and unloads, and as many again after ${half} more (${heaps.join(', ')} bytes)`,
      `less than ${allowedBytes} bytes more`,
    )
  }
  await model.load()
  await model.ask()
  const heapBytes = Math.max(0, (await host.heapBytes()) - heaps[2])
  await model.unload()
  return { heapBytes, loadMs }
}
