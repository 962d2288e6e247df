import type { Lane } from './lane.js'
import type { LaneRequest, LoadJob } from './lane-messages.js'

/** What a caller sends to a model. */
export type PredictRequest = Omit<LaneRequest, 'key' | 'offset' | 'length'> & { readonly body: Uint8Array }

/** What a model answers. */
export interface PredictAnswer {
  readonly type: string
  readonly customAttributes: string
  readonly body: Uint8Array
}

/** An accepted request: it waits in its model's queue, then runs in a lane. */
export interface Pending {
  readonly model: LaneModel
  readonly request: PredictRequest
  readonly answer: Promise<PredictAnswer>
  readonly resolve: (answer: PredictAnswer) => void
  readonly reject: (error: unknown) => void
  readonly sinceMs: number
  /** Crashes that nobody was to blame for while it was in a lane. */
  crashes: number
  /** Where it runs. */
  at: { readonly lane: Lane; readonly index: number } | undefined
}

export function createPending(model: LaneModel, request: PredictRequest): Pending {
  let resolve: Pending['resolve'] = () => {}
  let reject: Pending['reject'] = () => {}
  const answer = new Promise<PredictAnswer>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { model, request, answer, resolve, reject, sinceMs: performance.now(), crashes: 0, at: undefined }
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
  readonly #idle: (() => void)[] = []

  constructor(
    readonly job: LoadJob,
    /** Heap bytes that each lane keeps for it. */
    readonly heapBytes: number,
  ) {}

  get expectedMs(): number {
    return this.meanMs ?? 1
  }

  tookMs(ms: number): void {
    this.meanMs = this.meanMs === undefined ? ms : this.meanMs + 0.2 * (ms - this.meanMs)
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
