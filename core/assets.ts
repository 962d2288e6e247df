import { fileURLToPath } from 'node:url'
import type { ArtifactReader } from './artifact-reader.js'
import { fail } from './errors.js'
import { type ImagePlan, planImage } from './image.js'
import type { FileLayout } from './lane-messages.js'
import type { Ledger } from './ledger.js'
import type { Loader } from './loader.js'
import { allocateImage, type Reclaim } from './reclaim.js'
import type { SharedMemory } from './shared-memory.js'

export interface LoadedAsset {
  readonly url: string
  readonly memory: SharedMemory
  readonly file: FileLayout
  readonly bytes: number
}

/** What many models share: each file once, counted, and given up with the last model that uses it. */
export class Assets {
  readonly #held = new Map<string, { users: number; asset: Promise<LoadedAsset> }>()

  constructor(
    private readonly ledger: Ledger,
    private readonly reclaim: Reclaim,
    private readonly loader: Loader,
  ) {}

  /** Takes the asset in, reading it where nobody has yet. Each call needs one `release`. */
  async acquire(url: URL): Promise<LoadedAsset> {
    let held = this.#held.get(url.href)
    if (!held) {
      held = { users: 0, asset: this.#read(url) }
      this.#held.set(url.href, held)
    }
    held.users++
    try {
      return await held.asset
    } catch (error) {
      if (this.#held.get(url.href) === held) this.#held.delete(url.href)
      throw error
    }
  }

  release(asset: LoadedAsset): void {
    const held = this.#held.get(asset.url)
    if (!held || --held.users > 0) return
    this.#held.delete(asset.url)
    this.ledger.release(asset.bytes)
    void this.reclaim.gaveUp(asset.bytes)
  }

  async #read(url: URL): Promise<LoadedAsset> {
    const plan = await planAsset(url, this.loader)
    if (!this.ledger.reserve(plan.bytes)) {
      throw fail('MEMORY_FULL', { model: url.pathname, needBytes: plan.bytes, freeBytes: this.ledger.freeBytes })
    }
    try {
      const memory = await allocateImage(plan, url.pathname, this.reclaim)
      await this.loader.fill(memory.buffer, plan.files)
      return { url: url.href, memory, file: plan.files[0]!.layout, bytes: plan.bytes }
    } catch (error) {
      this.ledger.release(plan.bytes)
      throw error
    }
  }
}

/** An asset as an image of its own, without scratch. */
export async function planAsset(url: URL, reader: ArtifactReader): Promise<ImagePlan> {
  const path = fileURLToPath(url)
  return planImage(path, await reader.look(await reader.measure([{ name: 'asset', path }])), 0, 0)
}
