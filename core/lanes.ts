import { fail, HostError } from './errors.js'
import { Lane, type LaneOptions } from './lane.js'
import { loadError, readCrash, requestError } from './lane-crash.js'
import { type LoadJob, Outcome, type TurnResult } from './lane-messages.js'
import { LaneModel, Pending, type PredictRequest, type Settle } from './lane-queue.js'
import type { Ledger } from './ledger.js'
import type { Log } from './plugin.js'
import { Residents } from './residents.js'
import { type Errand, isLarge, type PendingLoad, packRequests, type RunningTurn } from './turn.js'
import { WaitingModels } from './waiting-models.js'

/**
 * The main thread's side of the lanes: who runs what, where, and when.
 *
 *   predict ──▶ queue of its model ──▶ ring of models ──▶ a turn of an idle lane ──▶ answer
 *                                     (taken in turn)     (loads, drops and garbage ride along)
 *
 * A lane has one turn at a time. A model starts in one lane and becomes resident in another when its own are busy.
 */
export interface LanesOptions extends LaneOptions {
  readonly lanes: number
  readonly queueLimit: number
  readonly loadTimeoutMs: number
  readonly log: Log
  /** Counts the heap bytes that a model keeps in each lane where it is resident. */
  readonly ledger: Ledger
}

const maxBlamelessCrashes = 3
const nothingToDo = () => ({ drops: [], collect: false, loads: [], ...packRequests([], false) })

export class Lanes {
  readonly #lanes: Lane[]
  readonly #residents: Residents
  readonly #errands = new Map<Lane, Errand>()
  readonly #loads: PendingLoad[] = []
  readonly #turns = new Map<Lane, RunningTurn>()
  readonly #waiting: WaitingModels
  /** By plugin: what a request took of late. */
  readonly #usualMs = new Map<string, number>()
  readonly #watchdog: NodeJS.Timeout
  #isFlushPlanned = false
  #isClosed = false
  #idle: (() => void)[] = []

  constructor(private readonly options: LanesOptions) {
    this.#residents = new Residents(options.ledger, options.log)
    const onEndedIdle = (lane: Lane) => this.#residents.forget(lane)
    this.#lanes = Array.from({ length: options.lanes }, (_, i) => new Lane(i, options, onEndedIdle))
    this.#waiting = new WaitingModels(options.ledger, () => this.#flush())
    for (const lane of this.#lanes) this.#errands.set(lane, { drops: [], collects: [] })
    const shortestMs = Math.min(options.predictTimeoutMs, options.loadTimeoutMs)
    this.#watchdog = setInterval(() => this.#endRunaways(), Math.max(5, Math.min(250, shortestMs / 10)))
    this.#watchdog.unref()
  }

  get size(): number {
    return this.#lanes.length
  }

  /** Waits until every thread has started. */
  async start(): Promise<void> {
    await Promise.all(this.#lanes.map(lane => this.#collectIn(lane)))
  }

  /**
   * Loads a model in one lane. Its heap bytes there are reserved already; from success on they are the lanes' to release.
   *
   * @throws HostError what the plugin's `load` found, LOAD_FAILED, LOAD_TIMEOUT
   */
  load(job: LoadJob, heapBytes: number): Promise<LaneModel> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(fail('DRAINING', {}))
      this.#loads.push({ job, heapBytes, crashes: 0, resolve, reject })
      this.#plan()
    })
  }

  /**
   * Accepts a request; `settle` is called once, with its answer or error.
   *
   * @throws HostError QUEUE_FULL; DRAINING once the lanes are closed
   */
  predict(model: LaneModel, request: PredictRequest, settle: Settle): Pending {
    if (model.queue.length >= this.options.queueLimit) {
      throw fail('QUEUE_FULL', { model: model.job.modelName, limit: this.options.queueLimit })
    }
    if (this.#isClosed) throw fail('DRAINING', {})
    const pending = new Pending(model, request, settle)
    model.queue.push(pending)
    this.#waiting.add(model)
    this.#plan()
    return pending
  }

  /** The caller is gone: what waits is dropped, what runs is told. */
  cancel(pending: Pending): void {
    if (pending.lane) {
      const index = this.#turns.get(pending.lane)?.requests.indexOf(pending) ?? -1
      if (index >= 0) pending.lane.abort(index)
      return
    }
    const place = pending.model.queue.indexOf(pending)
    if (place < 0) return
    pending.model.queue.splice(place, 1)
    pending.reject(fail('CALLER_GONE', {}))
    pending.model.noticeIdle()
  }

  /** Drops a model from every lane, after the requests accepted for it. */
  async unload(model: LaneModel): Promise<void> {
    await model.idle()
    const drops = [...model.residents].map(async lane => {
      await new Promise<void>(resolve => this.#errands.get(lane)!.drops.push({ model, done: resolve }))
      this.#residents.leave(lane, model)
    })
    this.#plan()
    await Promise.all(drops)
  }

  /** Collects garbage in the lanes that dropped something. */
  async collectGarbage(): Promise<void> {
    await Promise.all(this.#lanes.filter(lane => lane.hasGarbage).map(lane => this.#collectIn(lane)))
  }

  status() {
    const running = [...this.#turns.values()].reduce((sum, turn) => sum + turn.requests.length, 0)
    return { lanes: this.#lanes.length, busy: this.#turns.size, waiting: this.#waiting.count, running }
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  /** Answers everything that is accepted with an error; what runs goes on unheard. */
  abandon(error: HostError): void {
    for (const load of this.#loads.splice(0)) load.reject(error)
    for (const model of this.#waiting.takeAll()) {
      for (const pending of model.queue.splice(0)) pending.reject(error)
      model.noticeIdle()
    }
    for (const turn of this.#turns.values()) {
      turn.load?.reject(error)
      for (const pending of turn.requests) pending.reject(error)
    }
  }

  /** What is left, as of plugins that ask on nobody's behalf, is answered as what comes later. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.abandon(fail('DRAINING', {}))
    clearInterval(this.#watchdog)
    this.#waiting.stop()
    await Promise.all(this.#lanes.map(lane => lane.close()))
  }

  #collectIn(lane: Lane): Promise<void> {
    lane.hasGarbage = false
    const done = new Promise<void>(resolve => this.#errands.get(lane)!.collects.push(resolve))
    this.#plan()
    return done
  }

  /** What arrives in one turn of the event loop is handed out together. */
  #plan(): void {
    if (this.#isFlushPlanned) return
    this.#isFlushPlanned = true
    setImmediate(() => {
      this.#isFlushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    for (let isProgress = true; isProgress; ) {
      isProgress = false
      for (const lane of this.#idleLanes()) {
        const turn = this.#fill(lane)
        if (!turn) continue
        isProgress = true
        void this.#run(lane, turn)
      }
    }
    if (this.#isIdle()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #idleLanes(): Lane[] {
    const idle = this.#lanes.filter(lane => !lane.isBusy)
    // New models go where the fewest are.
    return this.#loads.length > 0 && idle.length > 1 ? idle.sort((a, b) => a.residents.size - b.residents.size) : idle
  }

  #isIdle(): boolean {
    return this.#turns.size === 0 && this.#waiting.isEmpty && this.#loads.length === 0
  }

  /** What this lane does next, or undefined where there is nothing for it. Loads and requests alternate. */
  #fill(lane: Lane): RunningTurn | undefined {
    const waiting = this.#errands.get(lane)!
    const errand = { drops: waiting.drops.splice(0), collects: waiting.collects.splice(0) }
    const spread: LaneModel[] = []
    let requests: Pending[] = []
    if (lane.didLoad || this.#loads.length === 0) requests = this.#waiting.take(lane, spread)
    // A load of unknown length goes alone: requests would wait for it.
    const load = requests.length === 0 ? this.#loads.shift() : undefined
    lane.didLoad = load !== undefined
    if (!load && requests.length + errand.drops.length + errand.collects.length === 0) return undefined
    // Beside drops and loads, which may end the thread, a body stays here, to be sent again.
    const isAlone = errand.drops.length + spread.length === 0
    const isTransferred = isAlone && requests[0] !== undefined && isLarge(requests[0])
    return { errand, load, spread, requests, isTransferred }
  }

  async #run(lane: Lane, turn: RunningTurn): Promise<void> {
    lane.isBusy = true
    this.#turns.set(lane, turn)
    for (const pending of turn.requests) pending.lane = lane
    let hasCrashed = false
    try {
      const loads = turn.load ? [turn.load.job] : turn.spread.map(model => model.job)
      const drops = turn.errand.drops.map(({ model }) => model.job.key)
      const collect = turn.errand.collects.length > 0
      const result = await lane.run({ drops, collect, loads, ...packRequests(turn.requests, turn.isTransferred) })
      this.#settle(lane, turn, result)
    } catch (error) {
      hasCrashed = true
      this.#recover(lane, turn, error)
    }
    this.#turns.delete(lane)
    if (turn.errand.drops.length > 0 && turn.errand.collects.length === 0) lane.hasGarbage = true
    for (const { done } of turn.errand.drops) done()
    for (const done of turn.errand.collects) done()
    for (const pending of turn.requests) pending.model.noticeIdle()
    if (hasCrashed) {
      this.#flush()
      // Until its new thread has started, others take what there is.
      await lane.run(nothingToDo()).catch(() => {})
    }
    lane.isBusy = false
    this.#flush()
  }

  #settle(lane: Lane, turn: RunningTurn, result: TurnResult): void {
    if (turn.load) {
      const loaded = result.loads[0]!
      if (loaded.ok) turn.load.resolve(this.#residents.enter(lane, this.#create(turn.load)))
      else turn.load.reject(new HostError(loaded.code, loaded.message))
    }
    // A load that failed leaves the image with the lane until its garbage is collected.
    if (result.loads.some(({ ok }) => !ok)) lane.hasGarbage = true
    const failures = new Map<LaneModel, HostError>()
    for (const [k, model] of turn.spread.entries()) {
      const loaded = result.loads[k]!
      if (loaded.ok) {
        this.#residents.enter(lane, model)
      } else {
        this.options.ledger.release(model.heapBytes)
        failures.set(model, new HostError(loaded.code, loaded.message))
      }
    }
    const homeless: Pending[] = []
    const attributes = new Map(result.attributes)
    let offset = 0
    for (let i = 0; i < turn.requests.length; i++) {
      const pending = turn.requests[i]!
      const { model } = pending
      const outcome = result.answers[i * 3]!
      model.running--
      pending.lane = undefined
      if (outcome === Outcome.missing) {
        const failure = failures.get(model)
        // Not there after all: it becomes resident again.
        if (!failure) this.#residents.leave(lane, model)
        if (failure && !this.#residents.staysHome(model, failure.message)) pending.reject(failure)
        else homeless.push(pending)
        continue
      }
      const predictMs = result.answers[i * 3 + 2]!
      model.tookMs(predictMs)
      this.#usualMs.set(model.job.pluginName, model.expectedMs)
      if (outcome >= 0) {
        model.confinedTo = undefined
        const length = result.answers[i * 3 + 1]!
        const body = result.bytes.subarray(offset, offset + length)
        offset += length
        pending.resolve({ type: result.types[outcome]!, customAttributes: attributes.get(i) ?? '', body, predictMs })
      } else {
        const { code, message } = result.failures[Outcome.failureIndex(outcome)]!
        pending.reject(new HostError(code, message))
      }
    }
    this.#putBack(homeless, turn)
  }

  #create({ job, heapBytes }: PendingLoad): LaneModel {
    return new LaneModel(job, heapBytes, this.#usualMs.get(job.pluginName))
  }

  /** After a crash: what ran fails, the rest goes back to the head of its queue. */
  #recover(lane: Lane, turn: RunningTurn, error: unknown): void {
    const { options } = this
    const crash = readCrash(turn, error)
    const { isTimeout, isBlameless, problem, model } = crash
    const fields = { lane: lane.index, isTimeout, problem, model: (crash.load ?? model)?.job.modelName }
    options.log.warn(fields, 'lane restarted')
    this.#residents.forget(lane)
    if (model) model.confinedTo = lane
    for (const model of turn.spread) options.ledger.release(model.heapBytes)
    if (turn.load) {
      if (isBlameless) turn.load.crashes++
      const isOver = crash.load || turn.load.crashes > maxBlamelessCrashes
      if (isOver) turn.load.reject(loadError(turn.load.job, crash, options))
      else this.#loads.unshift(turn.load)
    }
    const staysHome = crash.spread !== undefined && this.#residents.staysHome(crash.spread, problem)
    const others: Pending[] = []
    for (const pending of turn.requests) {
      pending.model.running--
      if (pending === crash.request) pending.reject(requestError(pending.model, crash, options))
      else if (pending.model === crash.spread && !staysHome)
        pending.reject(loadError(pending.model.job, crash, options))
      else others.push(pending)
    }
    if (isBlameless) for (const pending of others) pending.crashes++
    this.#putBack(others, turn, problem)
  }

  #putBack(pendings: readonly Pending[], turn: RunningTurn, problem = ''): void {
    for (const pending of pendings.toReversed()) {
      pending.lane = undefined
      const { model } = pending
      if (model.givenUp) {
        pending.reject(model.givenUp)
        continue
      }
      if (turn.isTransferred || pending.crashes > maxBlamelessCrashes) {
        pending.reject(fail('LANE_CRASHED', { model: model.job.modelName, problem }))
        continue
      }
      model.queue.unshift(pending)
      this.#waiting.add(model)
    }
  }

  #endRunaways(): void {
    for (const [lane] of this.#turns) {
      const { index, forMs } = lane.running()
      const limitMs = index >= 0 ? this.options.predictTimeoutMs : this.options.loadTimeoutMs
      if (index !== -1 && forMs >= limitMs) lane.kill()
    }
  }
}
