import { describeError, fail, HostError, isHostError } from './errors.js'
import { Failures } from './failures.js'
import type { Invocation, Invoker, SettleInvocation } from './invoker.js'
import type { PredictRequest } from './lane-queue.js'
import { Load } from './load.js'
import type { Cause, ModelInfo, Models } from './models.js'
import type { Log } from './plugin.js'
import type { Recency } from './recency.js'
import { Semaphore } from './semaphore.js'
import type { Settings } from './setting-table.js'
import type { ArtifactSource, FetchedArtifact } from './store/artifact-source.js'
import { checkTarget } from './store/target.js'
import type { TargetState } from './target-state.js'

/**
 * Loads models when they are asked for.
 *
 *   request ──▶ ready? ──yes──▶ its lane
 *                 └─no──▶ joins the load of its target, or begins it:
 *                           store ▶ folder ▶ room (others are evicted) ▶ image ▶ lane ──▶ all that joined
 *
 * A request that has waited for `loadWaitMs` is told to come again; the load goes on.
 */
export class OnDemand implements Invoker {
  readonly #loads = new Map<string, Load>()
  readonly #failures = new Failures()
  readonly #fetches: Semaphore
  readonly #atOnce: Semaphore
  readonly #crashes = new Map<string, number>()
  #arriving = 0

  constructor(
    private readonly settings: Pick<
      Settings,
      'loadWaitMs' | 'loadsAtOnce' | 'loadQueueLimit' | 'queueLimit' | 'heldBodyBytes'
    >,
    private readonly source: ArtifactSource,
    private readonly models: Models,
    private readonly recency: Recency,
    private readonly log: Log,
  ) {
    this.#fetches = new Semaphore(settings.loadsAtOnce * fetchesALoad)
    this.#atOnce = new Semaphore(settings.loadsAtOnce)
  }

  /** Models that may hold memory already, and are not ready yet. */
  get arriving(): number {
    return this.#arriving
  }

  /** Requests that wait for a load. */
  get waiting(): number {
    return [...this.#loads.values()].reduce((sum, { waiting }) => sum + waiting, 0)
  }

  expect(target: string): void {
    if (this.models.stateOf(target) !== 'ready') this.#join(checkTarget(target))
  }

  invoke(target: string, request: PredictRequest, settle: SettleInvocation): Invocation {
    if (this.models.stateOf(target) === 'ready') return this.#ask(target, request, settle, undefined)
    const load = this.#join(checkTarget(target))
    const { queueLimit, heldBodyBytes, loadWaitMs } = this.settings
    // Bodies that wait for a store must leave room for those of models that are here.
    const bytes = this.#waitingBytes() + request.body.length
    if (load.waiting >= queueLimit || bytes > heldBodyBytes / 2) throw load.notReady()
    return load.wait(request, settle, loadWaitMs)
  }

  /**
   * Loads a target if it is not here, whatever became of it a moment ago.
   *
   * @throws HostError what is wrong with it
   */
  async load(target: string, cause: Cause): Promise<ModelInfo> {
    if (this.models.stateOf(target) !== 'ready') await (this.#loads.get(target) ?? this.#begin(target, cause)).done
    return this.models.get(target)
  }

  /** Drops a model, after the requests accepted for it. */
  async unload(target: string, cause: Cause): Promise<void> {
    const load = this.#loads.get(target)
    if (load) await load.done.catch(() => {})
    const usedMs = this.recency.lastUsedMs(target)
    this.recency.leave(target)
    this.#crashes.delete(target)
    await this.models.unload(target, cause, usedMs && Math.round(performance.now() - usedMs))
  }

  stateOf(target: string): TargetState {
    const state = this.models.stateOf(target)
    const isLoading = this.#loads.has(target)
    const failure = this.#failures.get(target)
    const hasFailed = failure !== undefined && !isLoading && state === undefined
    const usedMs = this.recency.lastUsedMs(target)
    return {
      state: state ?? (isLoading ? 'loading' : hasFailed ? 'failed' : 'unloaded'),
      isPinned: this.recency.isPinned(target),
      residentBytes: state === 'ready' ? this.models.get(target).bytes : 0,
      lastUsedAt: usedMs === undefined ? undefined : new Date(Date.now() - performance.now() + usedMs),
      error: hasFailed ? failure.error : undefined,
      retryAt: hasFailed ? new Date(failure.retryAtMs) : undefined,
    }
  }

  /** Answers everything that waits for a load with an error. */
  abandon(error: HostError): void {
    for (const load of this.#loads.values()) load.fail(error)
  }

  /** @throws HostError why the last load failed, LOADS_FULL */
  #join(target: string): Load {
    const load = this.#loads.get(target)
    if (load) return load
    this.#failures.check(target)
    const { loadQueueLimit: limit, loadsAtOnce } = this.settings
    if (this.#loads.size >= limit + loadsAtOnce) throw fail('LOADS_FULL', { model: target, limit })
    return this.#begin(target, 'demand')
  }

  #begin(target: string, cause: Cause): Load {
    const load = new Load(target)
    this.#loads.set(target, load)
    const loading = this.#run(target, cause, () => this.#finish(load))
    load.done = loading.catch(cause => this.#giveUp(load, asHostError(cause)))
    // Whoever waits is told by `settle`; there may be nobody.
    load.done.catch(() => {})
    return load
  }

  #finish(load: Load): void {
    const { target } = load
    this.recency.enter(target, this.models.laneModelOf(target))
    this.#loads.delete(target)
    const failure = this.#failures.get(target)
    // After crashes a load proves nothing; an answer does.
    if (failure && endsLane.includes(failure.error.code)) this.#crashes.set(target, maxCrashes - 1)
    else this.#failures.forget(target)
    // At once: without work it may be evicted.
    load.handOut((request, settle, loadMs) => this.#ask(target, request, settle, loadMs))
  }

  #giveUp(load: Load, error: HostError): never {
    this.#failures.note(load.target, error)
    this.#loads.delete(load.target)
    load.fail(error)
    throw error
  }

  async #run(target: string, cause: Cause, finish: () => void): Promise<void> {
    let artifact = await this.#fetch(target)
    for (let reads = 1; ; reads++) {
      const failure = await this.#atOnce.run(() => this.#take(artifact, cause, finish))
      if (!failure) return
      // Loads that hold assets may have been in each other's way; one of them gave its own back.
      if (failure.code === 'MEMORY_FULL' && this.#arriving > 0 && reads < maxReads) {
        artifact = await this.#fetch(target)
        continue
      }
      // Another host that shares the cache may have removed the files while they were read.
      const isOfFiles = failure.status === 404 || failure.status === 422
      if (!isOfFiles || artifact.lease === 0 || reads === maxReads) throw failure
      const again = await this.#fetch(target)
      if (again.copy === artifact.copy) {
        this.source.release(again)
        throw failure
      }
      artifact = again
    }
  }

  async #fetch(target: string): Promise<FetchedArtifact> {
    try {
      return await this.#fetches.run(() => this.source.fetch(target))
    } catch (error) {
      const { code: cause, message } = asHostError(error)
      // Anybody may ask for what is not there.
      const level = cause === 'TARGET_NOT_FOUND' || cause === 'TARGET_INVALID' ? 'debug' : 'warn'
      this.log[level]({ model: target, url: this.#urlOf(target), cause, error: message }, 'load failed')
      throw error
    }
  }

  /** @returns why it could not be loaded */
  async #take(artifact: FetchedArtifact, cause: Cause, finish: () => void): Promise<HostError | undefined> {
    const { target, folder, root, kind } = artifact
    this.#arriving++
    try {
      const place = { folder, root, isOneFolderDeeperAllowed: kind === 'archive' }
      await this.models.load(target, place, { modelUrl: this.#urlOf(target), cause })
      finish()
      return undefined
    } catch (error) {
      return this.#inWordsOfCallers(error, artifact)
    } finally {
      this.#arriving--
      this.source.release(artifact)
    }
  }

  #ask(target: string, request: PredictRequest, settle: SettleInvocation, loadMs: number | undefined): Invocation {
    this.recency.touch(target)
    return this.models.invoke(target, request, (error, answer) => {
      this.recency.touch(target)
      if (error) this.#noteCrash(target, error)
      else if (this.#crashes.size > 0) this.#noteAnswer(target)
      settle(error, answer, loadMs)
    })
  }

  /**
   * A model that ends its lane time and again is given up like one that cannot be loaded, with all that waits for it:
   * each of those requests could end a lane.
   */
  #noteCrash(target: string, error: HostError): void {
    if (!endsLane.includes(error.code) || this.models.stateOf(target) !== 'ready') return
    const count = (this.#crashes.get(target) ?? 0) + 1
    this.#crashes.set(target, count)
    if (count < maxCrashes) return
    this.#failures.note(target, error)
    const laneModel = this.models.laneModelOf(target)
    this.unload(target, 'crashes').catch(() => {})
    laneModel.giveUp(error)
  }

  #waitingBytes(): number {
    let bytes = 0
    for (const load of this.#loads.values()) bytes += load.waitingBytes
    return bytes
  }

  #noteAnswer(target: string): void {
    if (this.#crashes.delete(target)) this.#failures.forget(target)
  }

  #urlOf(target: string): string {
    return `${this.source.url}/${target}`
  }

  /** Where the files lie on this machine says nothing to those who know the store. */
  #inWordsOfCallers(error: unknown, { folder, target }: FetchedArtifact): HostError {
    const { code, message } = asHostError(error)
    return new HostError(code, message.replaceAll(folder, this.#urlOf(target)), { cause: error })
  }
}

/** More than are loaded: one that the store is slow to bring keeps nothing of this machine busy, and should keep nobody waiting. */
const fetchesALoad = 4
/** Of an artifact in a cache that hosts share. */
const maxReads = 3
/** In a row, without an answer between. */
const maxCrashes = 3
const endsLane: readonly string[] = ['LANE_CRASHED', 'PREDICT_TIMEOUT', 'LOAD_FAILED', 'LOAD_TIMEOUT']

const asHostError = (error: unknown): HostError =>
  isHostError(error) ? error : fail('INTERNAL', { problem: describeError(error) }, error)
