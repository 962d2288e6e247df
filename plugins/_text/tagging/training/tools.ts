import type { Log, Progress } from 'modelhost'
import type { Refuse } from '../../text-files.js'
import type { TaggedSentence } from './corpus.js'

export interface TaggerTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
  readonly refuse: Refuse
  /** Sentences to tag after each epoch of the first run, to see how far it is. */
  readonly development?: readonly TaggedSentence[] | undefined
}
