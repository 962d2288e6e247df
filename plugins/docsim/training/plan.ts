import type { Rounds } from '../../_model/rounds.js'
import { alphaAt, batchAfter, batchAt, type Schedule } from './batches.js'
import type { SharedProgress } from './shared-progress.js'

/**
 * Where a training ends. When that moves, the learning rate falls anew: from where it is, to its least at the new end.
 */
export class Plan {
  /** What the threads were told; undefined where they stand still. */
  #told: number | undefined

  constructor(
    private readonly schedule: Schedule,
    private readonly rounds: Rounds,
    private readonly progress: SharedProgress,
  ) {
    this.#follow()
  }

  /** Epochs that were made, the last perhaps in part. */
  get epochs(): number {
    return batchAt(this.schedule, this.progress.taken).passed
  }

  /** Epochs there are to be in all. */
  get end(): number {
    return this.rounds.planned
  }

  get alpha(): number {
    return alphaAt(this.progress.fall, this.epochs)
  }

  /** To be asked after each batch. */
  update(): void {
    this.rounds.reach(this.epochs)
    this.#follow()
  }

  /** No thread begins another batch; `goOn` lets them. */
  halt(): void {
    this.#told = undefined
    this.progress.endBefore(0)
  }

  goOn(): void {
    this.rounds.skip()
    this.#follow()
  }

  #follow(): void {
    const { planned, goesOn } = this.rounds
    if (!goesOn) return void this.halt()
    if (planned === this.#told) return
    this.#told = planned
    const { fall } = this.progress
    if (planned !== fall.end) this.progress.fall = { ...fall, from: this.epochs, alpha: this.alpha, end: planned }
    this.progress.endBefore(batchAfter(this.schedule, planned))
  }
}
