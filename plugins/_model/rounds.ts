import type { Log } from 'modelhost'

export interface RoundsOptions {
  /** Rounds that the params ask for. */
  readonly wanted: number
  /** What a round is, for the log: `epochs`. */
  readonly unit: string
  /** Rounds that an earlier run made. */
  readonly done?: number
  /** As the training's context has it; without it there is no limit. */
  readonly secondsLeft?: (() => number) | undefined
  /** Seconds that the work after the last round takes, by what is known so far. */
  readonly reserve?: () => number
  readonly log: Log
  readonly now?: () => number
}

/** A round may take longer than the ones before it. */
const caution = 1.1

/**
 * How many rounds a training makes: those that its params ask for, or as many as end in time. Planned anew after each
 * round, so that what falls with the rounds, such as a learning rate, can end where the rounds do.
 */
export class Rounds {
  #planned: number
  #done: number
  #roundMs = 0
  #startedMs: number
  readonly #now: () => number

  constructor(private readonly options: RoundsOptions) {
    this.#now = options.now ?? (() => performance.now())
    this.#done = options.done ?? 0
    this.#planned = Math.max(options.wanted, this.#done)
    this.#startedMs = this.#now()
  }

  /** Rounds in all, those of an earlier run among them. */
  get planned(): number {
    return this.#planned
  }

  get done(): number {
    return this.#done
  }

  /** Is there time for another round? */
  get goesOn(): boolean {
    return this.#done < this.#planned
  }

  /** A round has ended: plans the rest. */
  end(): void {
    const { wanted, unit, secondsLeft, reserve, log } = this.options
    const nowMs = this.#now()
    const lastMs = nowMs - this.#startedMs
    // The first rounds are slower than others: code is not compiled, memory is touched for the first time.
    this.#roundMs = this.#roundMs === 0 ? lastMs : 0.5 * this.#roundMs + 0.5 * lastMs
    this.#startedMs = nowMs
    this.#done++
    const left = secondsLeft?.() ?? Number.POSITIVE_INFINITY
    if (left === Number.POSITIVE_INFINITY) return
    const roundSeconds = (Math.max(this.#roundMs, lastMs) * caution) / 1000
    const seconds = Math.max(0, left - (reserve?.() ?? 0))
    const more = roundSeconds > 0 ? Math.floor(seconds / roundSeconds) : seconds > 0 ? wanted : 0
    const planned = Math.min(wanted, this.#done + more)
    if (planned < this.#planned)
      log.info({ planned, wanted, unit, secondsLeft: left }, 'fewer rounds fit into the time')
    this.#planned = planned
  }
}
