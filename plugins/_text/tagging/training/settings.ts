import type { CorpusSettings } from './corpus.js'

/** Of a training. */
export interface TaggerSettings extends CorpusSettings {
  /** Templates of features; without any those of the language. @see parseTemplate */
  readonly templates: readonly string[]
  /** The training file whose copies of features count, by its name without `.conllu`; without it there are no copies. */
  readonly domain?: string | undefined
  readonly epochs: number
  /** Passes without a better score on the development set after which it ends; the best pass counts. Absent: all are made. */
  readonly patience?: number | undefined
  readonly runs: number
  /** By how much the first tag must lose in learning where another one is right; 0 where that is not said. */
  readonly cost?: number | undefined
  readonly seed: number
  /** Features that occur less often are left out. */
  readonly min_count: number
  /** Weights nearer to 0 are left out. */
  readonly threshold: number
}
