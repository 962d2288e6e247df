import type { ArtifactFileInfo } from './artifact-folder.js'
import { Assets, type LoadedAsset } from './assets.js'
import type { Catalog } from './catalog.js'
import type { Settings } from './config.js'
import { describeError, fail, isHostError } from './errors.js'
import { type ImagePlan, type LookedFile, planImage } from './image.js'
import { assetsOf, heapBytesOf, paramsBytesOf, scratchBytesOf } from './lane-bytes.js'
import type { LoadJob } from './lane-messages.js'
import type { LaneModel } from './lane-queue.js'
import type { Lanes } from './lanes.js'
import type { Ledger } from './ledger.js'
import type { Loader } from './loader.js'
import { type ArtifactDescription, type ArtifactPlace, describeArtifact } from './params.js'
import type { AnyPlugin } from './plugin.js'
import { allocateImage, Reclaim } from './reclaim.js'
import type { Room } from './room.js'
import { Semaphore } from './semaphore.js'
import type { SharedMemory } from './shared-memory.js'

/** What a ready model holds. */
export interface Hosted {
  readonly description: ArtifactDescription
  readonly laneModel: LaneModel
  readonly assets: ReadonlyMap<string, LoadedAsset>
  /** Its image, params and examples; not what each lane keeps. */
  readonly bytes: number
  readonly loadedAt: Date
  readonly loadMs: number
}

/** The time that the files of one load have. */
interface Clock {
  start(): void
  stop(): void
}

/** What a model costs, taken and given back: files ▶ plan ▶ budget ▶ memory ▶ a lane, and all of it undone. */
export class Hosting {
  readonly #loads: Semaphore
  readonly #reclaim: Reclaim
  readonly #assets: Assets
  #key = 0
  #entering = 0

  constructor(
    private readonly settings: Pick<Settings, 'loadTimeoutMs' | 'loadsAtOnce'>,
    private readonly catalog: Catalog,
    private readonly lanes: Lanes,
    private readonly loader: Loader,
    private readonly ledger: Ledger,
    private readonly room: Room,
  ) {
    this.#loads = new Semaphore(settings.loadsAtOnce)
    this.#reclaim = new Reclaim(lanes, loader)
    this.#assets = new Assets(ledger, room, this.#reclaim, loader, lanes.size)
  }

  /** Loads that have their room, and are not done yet: each ends, and its bytes are free then, or its model ready. */
  get entering(): number {
    return this.#entering
  }

  /**
   * Takes in the artifact in a folder; some at a time, others wait.
   *
   * @throws HostError MEMORY_FULL, MODEL_TOO_LARGE, LOAD_TIMEOUT, and whatever is wrong with the artifact
   */
  host(modelName: string, place: ArtifactPlace): Promise<Hosted> {
    return this.#loads.run(() => this.#limited(modelName, clock => this.#host(modelName, place, clock)))
  }

  /** Drops a model everywhere, after the requests accepted for it. */
  async drop({ laneModel, assets, bytes }: Hosted): Promise<void> {
    await this.lanes.unload(laneModel)
    this.ledger.release(bytes)
    for (const asset of assets.values()) this.#assets.release(asset)
  }

  /** The memory of a dropped model goes back to the system: now, or soon where it is little. */
  async giveBack({ bytes }: Hosted): Promise<void> {
    await this.#reclaim.gaveUp(bytes)
  }

  stop(): void {
    this.#reclaim.stop()
  }

  /**
   * Gives up a load whose files do not come in time; what it held is released when it ends after all. The plugin's part
   * has a limit in its lane. Waiting for a turn, or for room, has none: it says nothing about the artifact.
   */
  async #limited(modelName: string, load: (clock: Clock) => Promise<Hosted>): Promise<Hosted> {
    const limitMs = this.settings.loadTimeoutMs
    let timer: NodeJS.Timeout | undefined
    let giveUp: () => void = () => {}
    let isOver = false
    const tooLate = new Promise<never>((_, reject) => {
      giveUp = () => reject(fail('LOAD_TIMEOUT', { model: modelName, limitMs }))
    })
    const clock: Clock = {
      start: () => {
        if (!isOver) timer = setTimeout(giveUp, limitMs)
      },
      stop: () => clearTimeout(timer),
    }
    clock.start()
    const hosting = load(clock)
    try {
      return await Promise.race([hosting, tooLate])
    } catch (error) {
      if (isHostError(error) && error.code === 'LOAD_TIMEOUT') void this.#dropLate(hosting)
      throw error
    } finally {
      isOver = true
      clock.stop()
    }
  }

  async #dropLate(hosting: Promise<Hosted>): Promise<void> {
    const hosted = await hosting.catch(() => undefined)
    if (!hosted) return
    await this.drop(hosted)
    await this.#reclaim.gaveUp(hosted.bytes)
  }

  async #host(modelName: string, place: ArtifactPlace, clock: Clock): Promise<Hosted> {
    const startMs = performance.now()
    const description = await describeArtifact(place.folder, this.catalog, this.loader, place)
    const { plugin, params, folder, files, paramsFileBytes } = description
    clock.stop()
    const assets = await this.#acquireAssets(modelName, description)
    clock.start()
    try {
      const scratchBytes = askPlugin(modelName, plugin, () => scratchBytesOf(plugin, params, files))
      const heapBytes = askPlugin(modelName, plugin, () => heapBytesOf(plugin, files))
      const plan = planImage(folder, await this.#look(files), this.lanes.size, scratchBytes)
      const bytes = plan.bytes + paramsBytesOf(paramsFileBytes)
      clock.stop()
      await this.#reserve(modelName, bytes + heapBytes, assets.size > 0)
      this.#entering++
      try {
        clock.start()
        const memory = await allocateImage(plan, modelName, this.#reclaim)
        await this.loader.fill(memory.buffer, plan.files)
        clock.stop()
        const job = this.#job(modelName, description, plan, memory, assets)
        const laneModel = await this.lanes.load(job, heapBytes)
        const loadMs = performance.now() - startMs
        return { description, laneModel, assets, bytes, loadedAt: new Date(), loadMs }
      } catch (error) {
        this.ledger.release(bytes + heapBytes)
        void this.#reclaim.gaveUp(bytes)
        throw error
      } finally {
        this.#entering--
      }
    } catch (error) {
      for (const asset of assets.values()) this.#assets.release(asset)
      throw error
    }
  }

  /** The loader looks at the usual file in passing; then there is nothing more to ask. */
  async #look(files: readonly ArtifactFileInfo[]): Promise<readonly LookedFile[]> {
    const looked = files.filter((file): file is LookedFile => file.look !== undefined)
    return looked.length === files.length ? looked : this.loader.look(files)
  }

  /** By the names that the plugin has for them. */
  async #acquireAssets(
    modelName: string,
    { plugin, params, files }: ArtifactDescription,
  ): Promise<Map<string, LoadedAsset>> {
    const needs = askPlugin(modelName, plugin, () => assetsOf(plugin, params, files))
    const acquired = new Map<string, LoadedAsset>()
    try {
      for (const need of needs) {
        acquired.set(need.name, await this.#assets.acquire(need, modelName, acquired.size > 0))
      }
      return acquired
    } catch (error) {
      for (const asset of acquired.values()) this.#assets.release(asset)
      throw error
    }
  }

  async #reserve(modelName: string, needBytes: number, isHolding: boolean): Promise<void> {
    const { ledger } = this
    await this.room.take(modelName, needBytes, isHolding)
    // The ledger has room; what was given up but not yet collected must not come on top of it.
    if (ledger.usedBytes + this.#reclaim.owedBytes > ledger.budgetBytes + spareBytes) await this.#reclaim.run()
  }

  #job(
    modelName: string,
    { plugin, folder, prefix, params, examples }: ArtifactDescription,
    plan: ImagePlan,
    memory: SharedMemory,
    assets: ReadonlyMap<string, LoadedAsset>,
  ): LoadJob {
    return {
      key: ++this.#key,
      modelName,
      pluginName: plugin.name,
      module: this.catalog.get(plugin.name)!.module,
      folder,
      prefix,
      params,
      examples,
      memory,
      files: plan.files.map(file => file.layout),
      scratch: plan.scratch,
      assets: Object.fromEntries([...assets].map(([name, { image }]) => [name, image])),
    }
  }
}

/**
 * Memory that waits for its collection may come on top of the budget up to here: a collection a load would cost more
 * than the load. Also of a small budget: a process that has one is larger than this before the first load.
 */
const spareBytes = 40 << 20

/** What a plugin answers on this thread may fail as its `load` may. */
function askPlugin<T>(model: string, plugin: AnyPlugin, question: () => T): T {
  try {
    return question()
  } catch (error) {
    if (isHostError(error)) throw error
    throw fail('LOAD_FAILED', { model, plugin: plugin.name, problem: describeError(error) }, error)
  }
}
