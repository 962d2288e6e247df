import type { Log, Progress } from 'modelhost'
import type { Refuse } from '../../text-files.js'
import type { Tagger } from '../tagger.js'

export interface TaggerTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
  readonly refuse: Refuse
  /**
   * Says how good a tagger is that learned so far: asked after each epoch of the first run. It changes nothing, unless
   * `patience` has the best one end the training.
   */
  readonly development?: ((tagger: Tagger) => Development) | undefined
}

export interface Development {
  /** Told in the progress, by their names. */
  readonly figures: Readonly<Record<string, number>>
  /** The higher, the better. */
  readonly score: number
}
