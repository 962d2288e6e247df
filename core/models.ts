import { describeError, fail, isHostError } from './errors.js'
import type { Hosted, Hosting } from './hosting.js'
import type { Invocation, Invoker, SettleInvocation } from './invoker.js'
import type { LaneModel, PredictRequest } from './lane-queue.js'
import type { Lanes } from './lanes.js'
import type { Ledger } from './ledger.js'
import type { ArtifactPlace } from './params.js'
import type { Log } from './plugin.js'
import { roundMs } from './quantities.js'

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

export interface ModelInfo {
  readonly modelName: string
  readonly modelUrl: string
  readonly plugin: string
  readonly pluginVersion: string
  /** Bytes that the model holds: its image, its params, and the heap declared for each lane. */
  readonly bytes: number
  /** Lanes in which it is resident. */
  readonly lanes: number
  readonly waiting: number
  readonly running: number
  readonly loadedAt: string
  readonly loadMs: number
}

/** Why a model came or went, in log lines. */
export type Cause = 'request' | 'demand' | 'preload' | 'start' | 'eviction' | 'idle' | 'crashes'

export class Models implements Invoker {
  readonly #entries = new Map<string, Entry>()
  #sequence = 0
  #leaving = 0
  /** Called after a model has come or gone. */
  onChange: (() => void) | undefined

  constructor(
    private readonly hosting: Hosting,
    private readonly lanes: Lanes,
    private readonly ledger: Ledger,
    private readonly log: Log,
  ) {}

  get usedBytes(): number {
    return this.ledger.usedBytes
  }

  /** Models that are on their way out, and hold their bytes until they have answered. */
  get leaving(): number {
    return this.#leaving
  }

  /**
   * Loads an artifact under a name. Waits where the name is just leaving.
   *
   * @param place  where the artifact is
   * @param modelUrl  how callers know that place
   * @throws HostError MODEL_ALREADY_LOADED, MODEL_LOADING, MEMORY_FULL, MODEL_TOO_LARGE, and whatever is wrong with the artifact
   */
  async load(
    modelName: string,
    place: ArtifactPlace,
    { modelUrl = place.folder, cause = 'request' }: { modelUrl?: string; cause?: Cause } = {},
  ): Promise<ModelInfo> {
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
    const loading = this.hosting.host(modelName, place)
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
      this.log.info({ model: modelName, cause, plugin, bytes, ms, usedBytes }, 'model loaded')
      this.onChange?.()
      return info
    } catch (error) {
      const code = isHostError(error) ? error.code : 'INTERNAL'
      this.log.warn({ model: modelName, url: modelUrl, cause: code, error: describeError(error) }, 'load failed')
      throw error
    }
  }

  /**
   * Makes the name unknown, lets accepted requests finish, drops the model everywhere, and gives its memory back.
   * Waits where the name is just loading.
   *
   * @param unusedMs  time since its last request, for the log
   * @throws HostError MODEL_NOT_LOADED
   */
  async unload(modelName: string, cause: Cause = 'request', unusedMs?: number): Promise<void> {
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
    this.#leaving++
    const leaving = this.hosting.drop(hosted)
    const left = entry
    entry.settled = leaving.finally(() => {
      this.#leaving--
      if (this.#entries.get(modelName) === left) this.#entries.delete(modelName)
    })
    const startMs = performance.now()
    await entry.settled
    const ms = roundMs(performance.now() - startMs)
    const { usedBytes } = this.ledger
    const unused = unusedMs === undefined ? {} : { unusedMs }
    this.log.info({ model: modelName, cause, bytes, ms, usedBytes, ...unused }, 'model unloaded')
    this.onChange?.()
    await this.hosting.giveBack(hosted)
  }

  /** @throws HostError MODEL_NOT_LOADED */
  get(modelName: string): ModelInfo {
    const entry = this.#entries.get(modelName)
    return describe(entry!, this.#ready(modelName))
  }

  expect(modelName: string): void {
    this.#ready(modelName)
  }

  /** Where a name stands; undefined where it is unknown. */
  stateOf(modelName: string): Entry['state'] | undefined {
    return this.#entries.get(modelName)?.state
  }

  /** @throws HostError MODEL_NOT_LOADED */
  laneModelOf(modelName: string): LaneModel {
    return this.#ready(modelName).laneModel
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

  invoke(modelName: string, request: PredictRequest, settle: SettleInvocation): Invocation {
    const { laneModel } = this.#ready(modelName)
    const pending = this.lanes.predict(laneModel, request, (error, answer) => settle(error, answer, undefined))
    return { cancel: () => this.lanes.cancel(pending) }
  }

  #ready(modelName: string): Hosted {
    const hosted = this.#entries.get(modelName)?.hosted
    if (!hosted) throw fail('MODEL_NOT_LOADED', { model: modelName })
    return hosted
  }
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
