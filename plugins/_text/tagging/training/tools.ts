import type { ArtifactWriter, Checkpoints, Log, Progress } from 'modelhost'
import type { Refuse } from '../../text-files.js'
import type { Tagger } from '../tagger.js'
import type { TrainedTagger } from './tagger-source.js'
import type { TimeLimit } from './time-left.js'

export interface TaggerTools extends TimeLimit {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
  readonly refuse: Refuse
  /**
   * Says how good a tagger is that learned so far: asked after each epoch of the first run. It changes nothing, unless
   * `patience` has the best one end the training, or the time is too short for all runs.
   */
  readonly development?: ((tagger: Tagger) => Development) | undefined
  /** Absent: nothing is saved. */
  readonly saving?: Saving | undefined
}

export interface Saving {
  readonly checkpoints: Checkpoints
  /** Writes the model, at a checkpoint as at the end. */
  write(artifact: ArtifactWriter, trained: TrainedTagger): Promise<void>
}

export interface Development {
  /** Told in the progress, by their names. */
  readonly figures: Readonly<Record<string, number>>
  /** The higher, the better. */
  readonly score: number
}
