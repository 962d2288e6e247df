import type { Log } from 'modelhost'

export interface RoundsOptions {
  /** Rounds that the params ask for. */
  readonly wanted: number
  /** What a round is, for the log: `epochs`. */
  readonly unit: string
  /** Rounds that an earlier run made. */
  readonly done?: number
  /** May the training end in the middle of a round? Otherwise whole ones are planned. */
  readonly inParts?: boolean
  /** As the training's context has it; without it there is no limit. The clock, too: what it lost is what was taken. */
  readonly secondsLeft?: (() => number) | undefined
  /** Seconds that the work after the last round takes, by what is known so far. */
  readonly reserve?: () => number
  /** How often as many rounds are made again after these: by further runs, for one. */
  readonly repeats?: () => number
  readonly log: Log
}

/** A round may take longer than the ones before it. */
const caution = 1.1
/** What takes less says little of how long a round takes. */
const leastSeconds = 0.1

/**
 * How many rounds a training makes: those that its params ask for, or as many as end in time. Planned anew after each
 * round, so that what falls with the rounds, such as a learning rate, can end where the rounds do.
 */
export class Rounds {
  #planned: number
  #done: number
  #roundSeconds = 0
  #lastSeconds = 0
  /** Since when rounds are measured. */
  #since: { readonly done: number; readonly left: number }
  #isShort = false

  constructor(private readonly options: RoundsOptions) {
    this.#done = options.done ?? 0
    this.#planned = Math.max(options.wanted, this.#done)
    this.#since = { done: this.#done, left: this.#secondsLeft() }
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

  /** What the next round may take; 0 where nothing is known, or nobody limits the time. */
  get roundSeconds(): number {
    return Math.max(this.#roundSeconds, this.#lastSeconds) * caution
  }

  /** A round has ended: plans the rest. */
  end(): void {
    this.reach(this.#done + 1)
  }

  /** So many rounds have ended, the last one perhaps in part: plans the rest. */
  reach(done: number): void {
    const { wanted, unit, inParts = false, reserve, repeats, log } = this.options
    this.#done = done
    const left = this.#secondsLeft()
    if (left === Number.POSITIVE_INFINITY) return
    this.#measure(left)
    const seconds = Math.max(0, left - (reserve?.() ?? 0))
    const fitting = seconds === 0 ? 0 : this.roundSeconds > 0 ? seconds / this.roundSeconds : Number.POSITIVE_INFINITY
    const again = repeats?.() ?? 0
    // Those that are done are made again as well.
    const most = Math.min(wanted, Math.max(0, (fitting - again * done) / (1 + again)))
    this.#planned = Math.min(Math.max(wanted, done), done + (inParts ? most : Math.floor(most)))
    if (this.#planned >= wanted || this.#isShort) return
    this.#isShort = true
    const planned = roundTo(this.#planned)
    log.info({ planned, wanted, unit, secondsLeft: roundTo(left) }, 'fewer rounds fit into the time')
  }

  /** What was done since the last round, such as saving, is no part of the next. */
  skip(): void {
    this.#since = { done: this.#done, left: this.#secondsLeft() }
  }

  #secondsLeft(): number {
    return this.options.secondsLeft?.() ?? Number.POSITIVE_INFINITY
  }

  #measure(left: number): void {
    const { done, left: before } = this.#since
    const taken = before - left
    const made = this.#done - done
    // A stop takes all time at once.
    if (!(taken >= leastSeconds && made > 0 && Number.isFinite(taken))) return
    this.#since = { done: this.#done, left }
    const seconds = taken / made
    // The first rounds are slower than others: code is not compiled, memory is touched for the first time.
    this.#roundSeconds = this.#roundSeconds === 0 ? seconds : 0.5 * this.#roundSeconds + 0.5 * seconds
    this.#lastSeconds = seconds
  }
}

/** For people. */
export const roundTo = (value: number, digits = 3): number => Number(value.toFixed(digits))
