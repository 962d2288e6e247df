/** How the epochs of a training are cut into what one thread learns from at a time. */
export interface Schedule {
  /** Where each batch of an epoch begins, and the end of the last: documents. */
  readonly starts: Uint32Array
  readonly documents: number
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

/** Batch `index` of all epochs: its documents, and how many epochs have passed where it begins. */
export function batchAt({ starts, documents }: Schedule, index: number) {
  const perEpoch = starts.length - 1
  const epoch = Math.floor(index / perEpoch)
  const from = starts[index % perEpoch]!
  const to = starts[(index % perEpoch) + 1]!
  return { epoch, from, to, passed: epoch + from / documents }
}

/** The first batch that begins when so many epochs have passed, or later. */
export function batchAfter({ starts, documents }: Schedule, epochs: number): number {
  const whole = Math.floor(epochs)
  // Of an epoch's batches, the first one that does not begin too early lies between these.
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (whole + starts[middle]! / documents < epochs) low = middle + 1
    else high = middle
  }
  return whole * (starts.length - 1) + low
}

/** How the learning rate falls: in a line, from `alpha` where `from` epochs have passed to `least` where `end` have. */
export interface Fall {
  readonly from: number
  readonly alpha: number
  readonly end: number
  readonly least: number
}

/**
 * The learning rate of a batch, constant within it.
 *
 * @param passed  epochs that have passed where it begins
 * @see gensim/models/word2vec.py: _get_next_alpha
 */
export function alphaAt({ from, alpha, end, least }: Fall, passed: number): number {
  if (passed >= end) return least
  // A thread may hold a batch from before the fall began.
  return Math.max(least, alpha - (alpha - least) * (Math.max(0, passed - from) / (end - from)))
}
