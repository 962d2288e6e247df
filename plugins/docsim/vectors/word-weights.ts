/** What a word counts in the mean of a text's word vectors. */
export interface WeightSettings {
  readonly weighting: 'uniform' | 'sif'
  readonly sif_a: number
}

export type WordWeight = (word: number) => number

/**
 * Smooth inverse frequency: a / (a + p(w)), so that frequent words count less.
 *
 * @param counts  how often each word stands in the training texts; p(w) is its share
 * @returns undefined where all words count alike
 * @see Arora, Liang and Ma 2017, A Simple but Tough-to-Beat Baseline for Sentence Embeddings
 */
export function wordWeight({ weighting, sif_a: a }: WeightSettings, counts: Uint32Array): WordWeight | undefined {
  if (weighting === 'uniform') return undefined
  let total = 0
  for (const count of counts) total += count
  const scaled = a * total
  return word => scaled / (scaled + counts[word]!)
}
