/** What a training needs of its context to end in time. */
export interface TimeLimit {
  /** As the context has it; absent: there is no limit. The clock, too. */
  readonly secondsLeft?: (() => number) | undefined
}

/**
 * What comes after the learning is about as much work as to look at what was learned: it is packed, written, and measured
 * with the development set twice, as what was learned and as the whole.
 */
const looksAtEnd = 3

/** How long there is to learn. */
export class TimeLeft {
  readonly secondsLeft: () => number
  /** Without a limit a training may still be told to end. */
  readonly isLimited: boolean
  #longestLook: number | undefined
  #lookSeconds = 0

  constructor({ secondsLeft }: TimeLimit) {
    this.secondsLeft = secondsLeft ?? (() => Number.POSITIVE_INFINITY)
    this.isLimited = this.secondsLeft() < Number.POSITIVE_INFINITY
  }

  /** Times a look at what was learned. */
  look<T>(work: () => T): T {
    const before = this.secondsLeft()
    const result = work()
    const taken = before - this.secondsLeft()
    // Without a limit there is no clock, and nobody asks.
    const seconds = Number.isFinite(taken) ? taken : 0
    this.#longestLook = Math.max(this.#longestLook ?? 0, seconds)
    this.#lookSeconds += seconds
    return result
  }

  /** Seconds of all looks. */
  get lookSeconds(): number {
    return this.#lookSeconds
  }

  /** Has it ever looked? */
  get hasLooked(): boolean {
    return this.#longestLook !== undefined
  }

  /** Seconds that what comes after the learning takes, by what is known so far. */
  get reserve(): number {
    return looksAtEnd * (this.#longestLook ?? 0)
  }

  /** Is it time to end the learning? */
  get isOver(): boolean {
    return this.secondsLeft() <= this.reserve
  }
}
