import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { ArtifactReader } from './artifact-reader.js'
import { fail } from './errors.js'
import { type ImagePlan, planImage } from './image.js'
import type { AssetNeed } from './lane-bytes.js'
import type { AssetImage } from './lane-messages.js'
import type { Ledger } from './ledger.js'
import type { Loader } from './loader.js'
import { allocateImage, type Reclaim } from './reclaim.js'
import type { Room } from './room.js'

export interface LoadedAsset {
  /** What it is held by. */
  readonly id: string
  readonly image: AssetImage
  readonly bytes: number
}

/** What many models share: each file once, counted, and given up with the last model that uses it. */
export class Assets {
  readonly #held = new Map<string, { users: number; asset: Promise<LoadedAsset> }>()
  #key = 0

  constructor(
    private readonly ledger: Ledger,
    private readonly room: Room,
    private readonly reclaim: Reclaim,
    private readonly loader: Loader,
    private readonly lanes: number,
  ) {}

  /**
   * Takes the asset in, reading it where nobody has yet. Each call needs one `release`.
   *
   * @param owner  the model that needs it, for errors
   * @param isHolding  does its load hold other assets?
   */
  async acquire(need: AssetNeed, owner: string, isHolding: boolean): Promise<LoadedAsset> {
    const id = `${need.scratchBytes} ${need.url.href}`
    let held = this.#held.get(id)
    if (!held) {
      held = { users: 0, asset: this.#read(id, need, owner, isHolding) }
      this.#held.set(id, held)
    }
    held.users++
    try {
      return await held.asset
    } catch (error) {
      if (this.#held.get(id) === held) this.#held.delete(id)
      throw error
    }
  }

  release(asset: LoadedAsset): void {
    const held = this.#held.get(asset.id)
    if (!held || --held.users > 0) return
    this.#held.delete(asset.id)
    this.ledger.release(asset.bytes)
    void this.reclaim.gaveUp(asset.bytes)
  }

  async #read(id: string, need: AssetNeed, owner: string, isHolding: boolean): Promise<LoadedAsset> {
    const { url } = need
    const plan = await planAsset(need, this.loader, this.lanes)
    await this.room.take(owner, plan.bytes, isHolding)
    try {
      const memory = await allocateImage(plan, url.pathname, this.reclaim)
      await this.loader.fill(memory.buffer, plan.files)
      const image = { key: ++this.#key, memory, file: plan.files[0]!.layout, scratch: plan.scratch }
      return { id, image, bytes: plan.bytes }
    } catch (error) {
      this.ledger.release(plan.bytes)
      throw error
    }
  }
}

/**
 * An asset as an image of its own.
 *
 * @throws HostError ARTIFACT_FILE_UNREADABLE, ARTIFACT_TOO_LARGE
 */
export async function planAsset(need: AssetNeed, reader: ArtifactReader, lanes: number): Promise<ImagePlan> {
  const path = fileURLToPath(need.url)
  await access(path).catch(error => {
    if (error.code !== 'ENOENT') return
    const problem = `it is not there. Its plugin names it as the asset "${need.name}", and a compiler, such as tsc, copies no such file`
    throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem }, error)
  })
  return planImage(path, await reader.look(await reader.measure([{ name: 'asset', path }])), lanes, need.scratchBytes)
}
