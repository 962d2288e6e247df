/** Ends a training that does not end by itself: some time after it should have. */
import { TrainLimit } from './train-limit.js'

/** Why a training should end before its params say. */
export type EndReason = 'stop' | 'time'

export interface DeadlineOptions {
  readonly maxSeconds: number | undefined
  readonly stop: AbortSignal | undefined
  /** Aborts the training; nothing is kept. */
  readonly signal: AbortSignal | undefined
  /** From when it should end until it is ended. */
  readonly graceSeconds: number
}

/** What timers of Node take; later is never. */
const maxTimerMs = 2 ** 31 - 1

export class Deadline {
  readonly limit: TrainLimit
  readonly #ender = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #startedMs = performance.now()
  #isOverdue = false

  constructor(private readonly options: DeadlineOptions) {
    const { maxSeconds, stop, signal, graceSeconds } = options
    this.limit = new TrainLimit(maxSeconds)
    if (signal?.aborted) this.#abort()
    else signal?.addEventListener('abort', this.#abort)
    if (stop?.aborted) this.#stop()
    else stop?.addEventListener('abort', this.#stop)
    if (maxSeconds !== undefined) this.#endIn(maxSeconds + graceSeconds)
  }

  /** Ends the thread. */
  get signal(): AbortSignal {
    return this.#ender.signal
  }

  /** Was the training ended because it did not end by itself? */
  get isOverdue(): boolean {
    return this.#isOverdue
  }

  /** Why the training should have ended by now; undefined where nothing says that it should. */
  get reason(): EndReason | undefined {
    const { stop, maxSeconds } = this.options
    if (stop?.aborted) return 'stop'
    const isOver = maxSeconds !== undefined && performance.now() - this.#startedMs >= maxSeconds * 1000
    return isOver ? 'time' : undefined
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.options.signal?.removeEventListener('abort', this.#abort)
    this.options.stop?.removeEventListener('abort', this.#stop)
  }

  readonly #abort = () => this.#ender.abort(this.options.signal?.reason)

  readonly #stop = () => {
    this.limit.stop()
    this.#endIn(this.options.graceSeconds)
  }

  #endIn(seconds: number): void {
    if (seconds * 1000 > maxTimerMs) return
    const end = () => {
      if (this.#ender.signal.aborted) return
      this.#isOverdue = true
      this.#ender.abort()
    }
    this.#timers.push(setTimeout(end, seconds * 1000))
  }
}
