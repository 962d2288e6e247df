import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describeError, fail } from './errors.js'
import { type ImagePlan, planImage, readImage } from './image.js'
import type { FileLayout } from './lane-messages.js'
import type { Ledger } from './ledger.js'
import type { Reclaim } from './reclaim.js'
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
    const plan = await planAsset(url)
    try {
      if (!this.ledger.reserve(plan.bytes)) {
        throw fail('MEMORY_FULL', {
          model: fileURLToPath(url),
          needBytes: plan.bytes,
          freeBytes: this.ledger.freeBytes,
        })
      }
      try {
        const memory = await readImage(plan)
        return { url: url.href, memory, file: plan.files[0]!.layout, bytes: plan.bytes }
      } catch (error) {
        this.ledger.release(plan.bytes)
        throw error
      }
    } finally {
      plan.close()
    }
  }
}

/** An asset as an image of its own, without scratch. */
export async function planAsset(url: URL): Promise<ImagePlan> {
  const path = fileURLToPath(url)
  const { size } = await stat(path).catch(error => {
    throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: describeError(error) }, error)
  })
  return planImage(path, [{ name: 'asset', path, bytes: size, isTensorFile: false }], 0, 0)
}
