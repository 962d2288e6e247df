import type { Figures, Learned, RunsState } from './learned.js'
import type { LearnedSums } from './pack.js'
import type { TimeLeft } from './time-left.js'

export interface LearnSettings {
  readonly epochs: number
  readonly runs: number
  readonly seed: number
  readonly cost?: number | undefined
}

export interface Look {
  readonly figures: Figures
  /** Is the first run to end? */
  readonly isEnough: boolean
}

export interface LearnOptions {
  readonly time: TimeLeft
  /** Figures to tell until there are others. */
  readonly figures?: Figures | undefined
  /** How often as many epochs are made once more, behind this. */
  readonly repeats?: number
  /** Gets what the first run learned after each epoch; says what to tell, and whether that was enough. */
  readonly lookAt?: (learned: LearnedSums) => Look
  /** Where nothing is looked at: does what is done at the end, to see how long that takes. */
  readonly rehearse?: (learned: LearnedSums) => void
  /** Where an earlier training was. */
  readonly found?: RunsState | undefined
  /** Is it time to save where this one is? */
  readonly isDue?: () => boolean
  /** Saves it. Until that is done, nothing is learned. @param learned  as if the training ended here */
  readonly save?: (state: RunsState, figures: Figures, learned: () => Learned) => Promise<void>
}
