/** How often each word (column) is in each document (row): compressed sparse rows. */
export interface CountMatrix {
  readonly rows: number
  readonly columns: number
  /** rows + 1: where the cells of each row begin, and the end of the last. */
  readonly indptr: Uint32Array
  /** The column of each cell; distinct within a row. */
  readonly indices: Uint32Array
  /** The count of each cell, above 0. */
  readonly data: Float64Array | Uint32Array
}

/**
 * Of latent Dirichlet allocation; names and meanings are scikit-learn's, `n_topics` being its `n_components`.
 *
 * @see scikit-learn, sklearn.decomposition.LatentDirichletAllocation
 */
export interface TopicSettings {
  readonly n_topics: number
  readonly learning_method: 'batch' | 'online'
  /** Passes over all documents. */
  readonly max_iter: number
  /** kappa and tau0 of the learning rate (tau0 + t)^-kappa; online only. */
  readonly learning_decay: number
  readonly learning_offset: number
  /** Documents of a step; online only. */
  readonly batch_size: number
  /** Every so many passes the perplexity decides whether to stop; 0 or less: never. */
  readonly evaluate_every: number
  /** Stops where the perplexity moved by less. */
  readonly perp_tol: number
  /** alpha; 1 / n_topics where it is not given. */
  readonly doc_topic_prior?: number | undefined
  /** eta; 1 / n_topics where it is not given. */
  readonly topic_word_prior?: number | undefined
  readonly mean_change_tol: number
  readonly max_doc_update_iter: number
  /** Of the random starts, 0 to 2^32 - 1. */
  readonly seed: number
}

/** scikit-learn's. */
export const topicDefaults = {
  learning_method: 'batch',
  max_iter: 10,
  learning_decay: 0.7,
  learning_offset: 10,
  batch_size: 128,
  evaluate_every: -1,
  perp_tol: 0.1,
  mean_change_tol: 1e-3,
  max_doc_update_iter: 100,
  seed: 0,
} as const
