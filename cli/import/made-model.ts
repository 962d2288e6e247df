import type { TensorSource } from '../../core/tensor-file.js'

/** What an import makes of a file: a model of one of our plugins, not yet written. */
export interface MadeModel {
  /** The plugin that can run it. */
  readonly plugin: 'DocSim' | 'TopicalPageRank'
  /** Where it comes from, as people say it: `a Doc2Vec of gensim 4.4.0`. */
  readonly source: string
  /** What the model says of itself; those of the user must agree. */
  readonly fixed: Readonly<Record<string, number>>
  /** What it was made with; the user's win. */
  readonly params: Readonly<Record<string, unknown>>
  /** How much there is: words, topics, numbers of a vector. */
  readonly figures: Readonly<Record<string, number>>
  /** What a user should know of it. */
  readonly notes: readonly string[]
  /** @param params  of the plugin, checked */
  content(params: Readonly<Record<string, unknown>>): TensorSource
}
