import type { HostError } from './errors.js'
import type { Lane } from './lane.js'
import type { LoadJob, RequestHead } from './lane-messages.js'

/** What a caller sends to a model. */
export interface PredictRequest {
  readonly requestId: string
  readonly head: RequestHead
  readonly body: Uint8Array
}

/** What a model answers. */
export interface PredictAnswer {
  readonly type: string
  readonly customAttributes: string
  readonly body: Uint8Array
  /** What it took in its lane. */
  readonly predictMs: number
}

/** Called once; a callback, because a promise a request is felt at tens of thousands a second. */
export type Settle = (error: HostError | undefined, answer: PredictAnswer | undefined) => void

/** An accepted request: it waits in its model's queue, then runs in a lane. */
export class Pending {
  readonly sinceMs = performance.now()
  /** Crashes that nobody was to blame for while it was in a lane. */
  crashes = 0
  /** Where it runs. */
  lane: Lane | undefined
  #settle: Settle | undefined

  constructor(
    readonly model: LaneModel,
    readonly request: PredictRequest,
    settle: Settle,
  ) {
    this.#settle = settle
  }

  resolve(answer: PredictAnswer): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(undefined, answer)
  }

  reject(error: HostError): void {
    const settle = this.#settle
    this.#settle = undefined
    settle?.(error, undefined)
  }
}

/** A model as the lanes know it: where it is resident, and what waits for it. */
export class LaneModel {
  readonly queue: Pending[] = []
  readonly residents = new Set<Lane>()
  running = 0
  /** Moving mean of what one request takes in a lane. */
  meanMs: number | undefined
  /** Does it stand in the ring of models that have something waiting? */
  isInRing = false
  /** False once it could not become resident in a further lane. */
  maySpread = true
  /** The lane that it ended, until it answers again: so that it ends no other meanwhile. */
  confinedTo: Lane | undefined
  #givenUp: HostError | undefined
  readonly #idle: (() => void)[] = []

  constructor(
    readonly job: LoadJob,
    /** Heap bytes that each lane keeps for it. */
    readonly heapBytes: number,
    /** What a request takes with other models of its plugin, until it has answered one itself. */
    private readonly usualMs = 1,
  ) {}

  get expectedMs(): number {
    return this.meanMs ?? this.usualMs
  }

  tookMs(ms: number): void {
    this.meanMs = this.meanMs === undefined ? ms : this.meanMs + 0.2 * (ms - this.meanMs)
  }

  /** Why no request of it runs any more. */
  get givenUp(): HostError | undefined {
    return this.#givenUp
  }

  /** Answers what waits, and what comes back from a lane that ended, with an error. */
  giveUp(error: HostError): void {
    this.#givenUp = error
    for (const pending of this.queue.splice(0)) pending.reject(error)
    this.noticeIdle()
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (this.queue.length + this.running > 0) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  noticeIdle(): void {
    if (this.queue.length + this.running > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}
