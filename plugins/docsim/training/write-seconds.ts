import type { Corpus } from './vocabulary.js'

export interface WritingSettings {
  readonly vector_size: number
  readonly remove_principal_components: number
  readonly search: 'none' | 'vector' | 'bm25'
}

// A second, on one core of a busy machine: products and sums, steps of the eigenvectors, tokens of postings, bytes written.
const speed = { sums: 2e8, eigenvectors: 5e7, postings: 1.5e6, bytes: 5e7 }
/** A token with all that a search keeps of it. */
const searchTokenBytes = 32
const leastSeconds = 0.2

/**
 * How long it takes, roughly and rather too long, to make a model of learned vectors and to write it: what a training with
 * little time has to keep of it.
 */
export function estimateWriteSeconds(corpus: Corpus, settings: WritingSettings): number {
  const { vector_size: size, remove_principal_components: removed, search } = settings
  const documents = corpus.tokenCounts.length
  const tokens = corpus.tokenCounts.reduce((sum, count) => sum + count, 0)
  const isByVectors = search === 'vector'
  const means = removed > 0 || isByVectors ? (tokens + documents) * size : 0
  const products = removed > 0 ? (documents * size ** 2) / 2 : 0
  const eigenvectors = removed > 0 ? size ** 3 : 0
  const vectorBytes = 4 * size * (corpus.vocabulary.words.length + (isByVectors ? documents : 0))
  const searched = search === 'none' ? 0 : tokens
  return (
    leastSeconds +
    (means + products) / speed.sums +
    eigenvectors / speed.eigenvectors +
    searched / speed.postings +
    (vectorBytes + searched * searchTokenBytes) / speed.bytes
  )
}
