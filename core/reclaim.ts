import { fail } from './errors.js'
import { collectGarbage } from './garbage.js'
import type { ImagePlan } from './image.js'
import type { Lanes } from './lanes.js'
import type { Loader } from './loader.js'
import { createSharedMemory, pageBytes, type SharedMemory } from './shared-memory.js'

/** A collection costs 10 to 20 ms, so it is called when it pays. */
const worthBytes = 64 << 20
const worthImages = 1000
const burstOverMs = 100

/** Gives the memory of dropped images back to the system. */
export class Reclaim {
  #bytes = 0
  #images = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(
    private readonly lanes: Lanes,
    private readonly loader: Loader,
  ) {}

  /** Bytes given up that the process still holds. */
  get owedBytes(): number {
    return this.#bytes
  }

  /** An image was dropped everywhere. Resolves when its memory is given back, or soon will be. */
  async gaveUp(bytes: number): Promise<void> {
    this.#bytes += bytes
    this.#images++
    if (this.#bytes >= worthBytes || this.#images >= worthImages) {
      // A run that began before this image was dropped did not see it.
      while (this.#bytes >= worthBytes || this.#images >= worthImages) await this.run()
      return
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.run(), burstOverMs)
    this.#timer.unref()
  }

  /** Collects now, in the lanes that dropped something, the loader and this thread. Callers at the same time share one run. */
  run(): Promise<void> {
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #collect(): Promise<void> {
    clearTimeout(this.#timer)
    this.#bytes = 0
    this.#images = 0
    await Promise.all([this.lanes.collectGarbage(), this.loader.collectGarbage()])
    collectGarbage()
  }
}

/**
 * The memory of an image. Each reserves addresses until every thread has collected it, so where none are left, garbage
 * is collected first.
 *
 * @param owner  whose it is, for errors
 * @throws HostError RESOURCES_SHORT
 */
export async function allocateImage(plan: ImagePlan, owner: string, reclaim: Reclaim): Promise<SharedMemory> {
  const bytes = pageBytes + plan.bytes
  try {
    return createSharedMemory(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  await reclaim.run()
  try {
    return createSharedMemory(bytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw fail('RESOURCES_SHORT', { problem: `no addresses are left for "${owner}" (${error.message})` }, error)
  }
}
