import type { Log, Progress } from 'modelhost'
import type { Refuse } from '../../text-files.js'

export interface TaggerTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
  readonly refuse: Refuse
}

/** Often enough to watch, seldom enough to cost nothing. */
export const progressEveryMs = 250
