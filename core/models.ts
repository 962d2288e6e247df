import type { ArtifactFileInfo } from './artifact-folder.js'
import { Assets, type LoadedAsset } from './assets.js'
import type { Catalog } from './catalog.js'
import type { Settings } from './config.js'
import { describeError, fail, isHostError } from './errors.js'
import { type ImagePlan, type LookedFile, planImage } from './image.js'
import type { LoadJob } from './lane-messages.js'
import type { LaneModel, Pending, PredictRequest, Settle } from './lane-queue.js'
import type { Lanes } from './lanes.js'
import type { Ledger } from './ledger.js'
import type { Loader } from './loader.js'
import { type ArtifactDescription, describeArtifact } from './params.js'
import type { AnyPlugin, Log } from './plugin.js'
import { roundMs } from './quantities.js'
import { Reclaim } from './reclaim.js'
import { Semaphore } from './semaphore.js'
import { createSharedMemory, pageBytes, type SharedMemory } from './shared-memory.js'

/**
 * The table of hosted models. A name goes through
 *
 *   (unknown) ──load──▶ loading ──▶ ready ──unload──▶ leaving ──▶ (unknown)
 *                          └─ failed ─▶ (unknown)
 *
 * Only a ready model is known to callers.
 */
interface Entry {
  readonly modelName: string
  readonly modelUrl: string
  /** Rises with each load; the list's order, and what its page tokens name. */
  readonly sequence: number
  state: 'loading' | 'ready' | 'leaving'
  /** Settles when loading, then when leaving, is over; never rejects. */
  settled: Promise<void>
  hosted: Hosted | undefined
}

/** What a ready model holds. */
interface Hosted {
  readonly description: ArtifactDescription
  readonly laneModel: LaneModel
  readonly assets: readonly LoadedAsset[]
  readonly bytes: number
  readonly loadedAt: Date
  readonly loadMs: number
}

export interface ModelInfo {
  readonly modelName: string
  readonly modelUrl: string
  readonly plugin: string
  readonly pluginVersion: string
  /** Bytes that the model holds: its image, and the heap declared for each lane. */
  readonly bytes: number
  /** Lanes in which it is resident. */
  readonly lanes: number
  readonly waiting: number
  readonly running: number
  readonly loadedAt: string
  readonly loadMs: number
}

/** Why a model came or went, in log lines: here a caller alone decides. */
const onRequest = 'request'
/** More at once would only wait for the loader. */
const loadsAtOnce = 8

export class Models {
  readonly #entries = new Map<string, Entry>()
  readonly #loads = new Semaphore(loadsAtOnce)
  readonly #reclaim: Reclaim
  readonly #assets: Assets
  #sequence = 0
  #key = 0

  constructor(
    private readonly settings: Pick<Settings, 'loadTimeoutMs'>,
    private readonly catalog: Catalog,
    private readonly lanes: Lanes,
    private readonly loader: Loader,
    private readonly ledger: Ledger,
    private readonly log: Log,
  ) {
    this.#reclaim = new Reclaim(lanes, loader)
    this.#assets = new Assets(ledger, this.#reclaim, loader)
  }

  get usedBytes(): number {
    return this.ledger.usedBytes
  }

  /**
   * Loads an artifact folder under a name. Waits where the name is just leaving.
   *
   * @throws HostError MODEL_ALREADY_LOADED, MODEL_LOADING, MEMORY_FULL, MODEL_TOO_LARGE, and whatever is wrong with the artifact
   */
  async load(modelName: string, modelUrl: string): Promise<ModelInfo> {
    for (let old = this.#entries.get(modelName); old; old = this.#entries.get(modelName)) {
      if (old.state === 'ready') throw fail('MODEL_ALREADY_LOADED', { model: modelName })
      if (old.state === 'loading') throw fail('MODEL_LOADING', { model: modelName })
      await old.settled
    }
    const sequence = ++this.#sequence
    const entry: Entry = {
      modelName,
      modelUrl,
      sequence,
      state: 'loading',
      settled: Promise.resolve(),
      hosted: undefined,
    }
    this.#entries.set(modelName, entry)
    const loading = this.#loads.run(() =>
      this.#limited(modelName, areFilesRead => this.#host(modelName, modelUrl, areFilesRead)),
    )
    entry.settled = loading.then(
      hosted => {
        entry.hosted = hosted
        entry.state = 'ready'
      },
      () => {
        this.#entries.delete(modelName)
      },
    )
    try {
      const hosted = await loading
      await entry.settled
      const info = describe(entry, hosted)
      const { plugin, bytes, loadMs: ms } = info
      const { usedBytes } = this.ledger
      this.log.info({ model: modelName, cause: onRequest, plugin, bytes, ms, usedBytes }, 'model loaded')
      return info
    } catch (error) {
      const cause = isHostError(error) ? error.code : 'INTERNAL'
      this.log.warn({ model: modelName, url: modelUrl, cause, error: describeError(error) }, 'load failed')
      throw error
    }
  }

  /**
   * Makes the name unknown, lets accepted requests finish, drops the model everywhere, and gives its memory back.
   * Waits where the name is just loading.
   *
   * @throws HostError MODEL_NOT_LOADED
   */
  async unload(modelName: string): Promise<void> {
    let entry = this.#entries.get(modelName)
    if (entry?.state === 'loading') {
      await entry.settled
      entry = this.#entries.get(modelName)
    }
    const hosted = entry?.hosted
    if (!entry || !hosted || entry.state !== 'ready') throw fail('MODEL_NOT_LOADED', { model: modelName })
    const { bytes } = describe(entry, hosted)
    entry.state = 'leaving'
    entry.hosted = undefined
    const leaving = this.#drop(hosted)
    const left = entry
    entry.settled = leaving.finally(() => {
      if (this.#entries.get(modelName) === left) this.#entries.delete(modelName)
    })
    const startMs = performance.now()
    await entry.settled
    const ms = roundMs(performance.now() - startMs)
    const { usedBytes } = this.ledger
    this.log.info({ model: modelName, cause: onRequest, bytes, ms, usedBytes }, 'model unloaded')
    await this.#reclaim.gaveUp(hosted.bytes)
  }

  /** @throws HostError MODEL_NOT_LOADED */
  get(modelName: string): ModelInfo {
    const entry = this.#entries.get(modelName)
    return describe(entry!, this.#ready(modelName))
  }

  /** @throws HostError MODEL_NOT_LOADED */
  mustBeReady(modelName: string): void {
    this.#ready(modelName)
  }

  /**
   * The ready models that were loaded after the one of a sequence number, oldest first.
   *
   * @returns at most `limit` of them, and the sequence number to go on from where there are more
   */
  list(after: number, limit: number): { models: ModelInfo[]; next: number | undefined } {
    const models: ModelInfo[] = []
    let last = after
    for (const entry of this.#entries.values()) {
      if (entry.sequence <= after || !entry.hosted) continue
      if (models.length === limit) return { models, next: last }
      models.push(describe(entry, entry.hosted))
      last = entry.sequence
    }
    return { models, next: undefined }
  }

  /**
   * Accepts a request for a model; `settle` is called once, with its answer or error.
   *
   * @throws HostError MODEL_NOT_LOADED, QUEUE_FULL
   */
  predict(modelName: string, request: PredictRequest, settle: Settle): Pending {
    return this.lanes.predict(this.#ready(modelName).laneModel, request, settle)
  }

  /** The caller of an accepted request is gone. */
  cancel(pending: Pending): void {
    this.lanes.cancel(pending)
  }

  stop(): void {
    this.#reclaim.stop()
  }

  #ready(modelName: string): Hosted {
    const hosted = this.#entries.get(modelName)?.hosted
    if (!hosted) throw fail('MODEL_NOT_LOADED', { model: modelName })
    return hosted
  }

  /**
   * Gives up a load whose files do not come in time; what it held is released when it ends after all. The plugin's part
   * has a limit in its lane. Waiting for a turn has none: it says nothing about the artifact.
   */
  async #limited(modelName: string, load: (areFilesRead: () => void) => Promise<Hosted>): Promise<Hosted> {
    const limitMs = this.settings.loadTimeoutMs
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(fail('LOAD_TIMEOUT', { model: modelName, limitMs })), limitMs)
    })
    const hosting = load(() => clearTimeout(timer))
    try {
      return await Promise.race([hosting, tooLate])
    } catch (error) {
      if (isHostError(error) && error.code === 'LOAD_TIMEOUT') void this.#dropLate(hosting)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #dropLate(hosting: Promise<Hosted>): Promise<void> {
    const hosted = await hosting.catch(() => undefined)
    if (!hosted) return
    await this.#drop(hosted)
    await this.#reclaim.gaveUp(hosted.bytes)
  }

  async #host(modelName: string, modelUrl: string, areFilesRead: () => void): Promise<Hosted> {
    const startMs = performance.now()
    const description = await describeArtifact(modelUrl, this.catalog, this.loader)
    const { plugin, folder, files } = description
    const assets = await this.#acquireAssets(modelName, description)
    try {
      const plan = planImage(folder, await this.#look(files), this.lanes.size, plugin.scratchBytes ?? 0)
      const heapBytes = heapBytesOf(modelName, description)
      await this.#reserve(modelName, plan.bytes + heapBytes)
      try {
        const memory = await this.#createMemory(modelName, plan)
        await this.loader.fill(memory.buffer, plan.files)
        areFilesRead()
        const job = this.#job(modelName, description, plan, memory, assets)
        const laneModel = await this.lanes.load(job, heapBytes)
        const loadMs = performance.now() - startMs
        return { description, laneModel, assets, bytes: plan.bytes, loadedAt: new Date(), loadMs }
      } catch (error) {
        this.ledger.release(plan.bytes + heapBytes)
        void this.#reclaim.gaveUp(plan.bytes)
        throw error
      }
    } catch (error) {
      for (const asset of assets) this.#assets.release(asset)
      throw error
    }
  }

  /** The loader looks at the usual file in passing; then there is nothing more to ask. */
  async #look(files: readonly ArtifactFileInfo[]): Promise<readonly LookedFile[]> {
    const looked = files.filter((file): file is LookedFile => file.look !== undefined)
    return looked.length === files.length ? looked : this.loader.look(files)
  }

  async #acquireAssets(modelName: string, { plugin, params }: ArtifactDescription): Promise<LoadedAsset[]> {
    const urls = askPlugin(modelName, plugin, () => Object.values<URL>(plugin.assets?.(params) ?? {}))
    const acquired: LoadedAsset[] = []
    try {
      for (const url of urls) acquired.push(await this.#assets.acquire(url))
      return acquired
    } catch (error) {
      for (const asset of acquired) this.#assets.release(asset)
      throw error
    }
  }

  async #reserve(modelName: string, needBytes: number): Promise<void> {
    const { ledger } = this
    if (needBytes > ledger.budgetBytes) {
      throw fail('MODEL_TOO_LARGE', { model: modelName, needBytes, budgetBytes: ledger.budgetBytes })
    }
    if (!ledger.reserve(needBytes))
      throw fail('MEMORY_FULL', { model: modelName, needBytes, freeBytes: ledger.freeBytes })
    // The ledger has room; what was given up but not yet collected must not come on top of it.
    if (ledger.usedBytes + this.#reclaim.owedBytes > ledger.budgetBytes) await this.#reclaim.run()
  }

  async #createMemory(modelName: string, plan: ImagePlan): Promise<SharedMemory> {
    const bytes = pageBytes + plan.bytes
    try {
      return createSharedMemory(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
    // Each memory reserves addresses until every thread has collected it.
    await this.#reclaim.run()
    try {
      return createSharedMemory(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw fail(
        'RESOURCES_SHORT',
        { problem: `no addresses are left for model "${modelName}" (${error.message})` },
        error,
      )
    }
  }

  #job(
    modelName: string,
    { plugin, folder, prefix, params }: ArtifactDescription,
    plan: ImagePlan,
    memory: SharedMemory,
    assets: readonly LoadedAsset[],
  ): LoadJob {
    const names = Object.keys(plugin.assets?.(params) ?? {})
    return {
      key: ++this.#key,
      modelName,
      pluginName: plugin.name,
      module: this.catalog.get(plugin.name)!.module,
      folder,
      prefix,
      params,
      memory,
      files: plan.files.map(file => file.layout),
      scratch: plan.scratch,
      assets: Object.fromEntries(names.map((name, i) => [name, { memory: assets[i]!.memory, file: assets[i]!.file }])),
    }
  }

  async #drop({ laneModel, assets, bytes }: Hosted): Promise<void> {
    await this.lanes.unload(laneModel)
    this.ledger.release(bytes)
    for (const asset of assets) this.#assets.release(asset)
  }
}

/** What a plugin answers on this thread may fail as its `load` may. */
function askPlugin<T>(model: string, plugin: AnyPlugin, question: () => T): T {
  try {
    return question()
  } catch (error) {
    if (isHostError(error)) throw error
    throw fail('LOAD_FAILED', { model, plugin: plugin.name, problem: describeError(error) }, error)
  }
}

function heapBytesOf(modelName: string, { plugin, files }: ArtifactDescription): number {
  return askPlugin(modelName, plugin, () => {
    const bytes = Math.ceil(plugin.estimateSize?.(files) ?? 0)
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new RangeError(`estimateSize returned ${bytes}`)
    return bytes
  })
}

function describe({ modelName, modelUrl }: Entry, hosted: Hosted): ModelInfo {
  const { description, laneModel, bytes, loadedAt, loadMs } = hosted
  return {
    modelName,
    modelUrl,
    plugin: description.plugin.name,
    pluginVersion: description.plugin.version,
    bytes: bytes + laneModel.heapBytes * laneModel.residents.size,
    lanes: laneModel.residents.size,
    waiting: laneModel.queue.length,
    running: laneModel.running,
    loadedAt: loadedAt.toISOString(),
    loadMs: roundMs(loadMs),
  }
}
