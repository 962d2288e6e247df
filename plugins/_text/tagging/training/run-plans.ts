import type { Log } from 'modelhost'
import { Rounds } from '../../../_model/rounds.js'
import type { Control } from './control.js'
import type { TimeLeft } from './time-left.js'

/**
 * Passes of a run before time is kept for further ones. The first passes teach more than further runs do. (English tagger,
 * EWT, on its development set: one run of one pass 95.14, five of one 95.27; one of three 95.68, five of three 95.73.)
 */
const leastEpochs = 3

/** How many epochs runs make where the time is limited: about as many each, so that all of them end in time. */
export class RunPlans {
  readonly #plans = new Map<number, Rounds>()

  /**
   * @param threads  that make runs at the same time
   * @param repeats  how often as many epochs are made once more after all these runs
   */
  constructor(
    private readonly options: {
      readonly wanted: number
      readonly threads: number
      readonly repeats: number
      readonly control: Control
      readonly time: TimeLeft
      readonly log: Log
    },
  ) {}

  /** @param done  epochs that an earlier training made of it */
  begin(run: number, done: number): void {
    const { wanted, threads, repeats, control, time, log } = this.options
    const { secondsLeft } = time
    const [left, looked] = [secondsLeft(), time.lookSeconds]
    // Later runs learn as much, and nobody looks at what they learn.
    const learningShare = () => 1 - (time.lookSeconds - looked) / Math.max(left - secondsLeft(), 1e-3)
    const later = () => repeats + Math.ceil(control.untaken / threads)
    const plan: Rounds = new Rounds({
      ...{ wanted, unit: 'epochs', done, secondsLeft },
      // Others are planned as it is.
      log: this.#plans.size === 0 ? log : quiet,
      reserve: () => time.reserve,
      repeats: () => (plan.done < leastEpochs ? 0 : later() * Math.max(0, learningShare())),
    })
    this.#plans.set(run, plan)
  }

  /** After an epoch of a run. @returns epochs that it is to make in all */
  end(run: number): number {
    const plan = this.#plans.get(run)!
    plan.end()
    return plan.planned
  }

  /** What was done meanwhile, such as saving, is no part of an epoch. */
  skip(): void {
    for (const plan of this.#plans.values()) plan.skip()
  }
}

/** Nobody needs to be told what others say. */
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }
