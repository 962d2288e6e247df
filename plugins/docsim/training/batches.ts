/** Documents that one thread learns from at one learning rate. */
export interface Schedule {
  /** Where each batch of an epoch begins, and the end of the last: documents. */
  readonly starts: Uint32Array
  readonly documents: number
  readonly epochs: number
  readonly alpha: number
  readonly min_alpha: number
}

const batchTokens = 10_000

/**
 * Cuts an epoch into batches: as many whole documents as have 10,000 tokens together.
 *
 * @param tokenCounts  of each document
 * @see gensim/models/word2vec.py: _job_producer
 */
export function cutBatches(tokenCounts: Uint32Array): Uint32Array {
  const starts = [0]
  let tokens = 0
  for (const [document, count] of tokenCounts.entries()) {
    if (tokens + count > batchTokens && document > starts.at(-1)!) {
      starts.push(document)
      tokens = 0
    }
    tokens += count
  }
  starts.push(tokenCounts.length)
  return Uint32Array.from(starts)
}

/** How many batches all epochs have. */
export const batchCount = ({ starts, epochs }: Schedule): number => (starts.length - 1) * epochs

/**
 * Batch `index` of all epochs: the learning rate falls with progress from `alpha` to `min_alpha`, constant within it.
 *
 * @see gensim/models/word2vec.py: _get_next_alpha
 */
export function batchAt(schedule: Schedule, index: number) {
  const { starts, documents, epochs, alpha, min_alpha: minAlpha } = schedule
  const perEpoch = starts.length - 1
  const epoch = Math.floor(index / perEpoch)
  const from = starts[index % perEpoch]!
  const to = starts[(index % perEpoch) + 1]!
  const progress = (epoch + from / documents) / epochs
  return { epoch, from, to, alpha: Math.max(minAlpha, alpha - (alpha - minAlpha) * progress) }
}
