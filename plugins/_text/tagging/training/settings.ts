/** Of a training. */
export interface TaggerSettings {
  readonly language: string
  /** German: tokens as a text has them, `im` instead of `in dem`. */
  readonly surface_tokens: boolean
  /** Adds a copy of each sentence with `X - Y` as one word. */
  readonly join_hyphens: boolean
  /** Templates of features; without any those of the language. @see parseTemplate */
  readonly templates: readonly string[]
  /** The training file whose copies of features count, by its name without `.conllu`; without it there are no copies. */
  readonly domain?: string
  readonly epochs: number
  readonly runs: number
  readonly seed: number
  /** Features that occur less often are left out. */
  readonly min_count: number
  /** Weights nearer to 0 are left out. */
  readonly threshold: number
}
