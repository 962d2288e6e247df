import { defineKernel } from 'modelhost/kernels'

/**
 * The M step of variational Bayes, and the random numbers that a training begins with. Addresses are bytes in the
 * kernel's memory. Nothing is checked.
 *
 * Matrices have a row of f64 a word, `rowBytesOf(topics)` bytes. A cell is one word in one document; cells stand word by
 * word, a word's documents in order.
 */
export interface WordsKernel {
  /** lambda, exp(psi(lambda)), and by topic 1 / exp(psi(sum of lambda)). */
  setMatrices(rowBytes: number, lambda: number, expected: number, scale: number): void
  /** By cell: f64 count / phi, u32 document; by word, u32: the end of its cells, and the next one to learn from. */
  setCells(shares: number, rows: number, ends: number, cursors: number): void
  /**
   * @param theta    a row of exp(E[log theta]) by document of the batch
   * @param scratch  a row of this thread's own
   */
  setDocuments(theta: number, scratch: number): void
  /**
   * exp(psi(lambda)) of the words from `from` to `to`.
   *
   * @param total  a row: the sum of their lambda
   */
  expect(from: number, to: number, total: number): void
  /**
   * lambda = (1 - rate) lambda + rate (eta + ratio S), S being what documents `first` to `last` say; then as `expect`.
   *
   * @see scikit-learn, sklearn/decomposition/_lda.py: _em_step
   */
  learn(
    from: number,
    to: number,
    total: number,
    first: number,
    last: number,
    eta: number,
    rate: number,
    ratio: number,
  ): void
  /** Begins the random numbers of one row of one step. */
  seed(seed: number, step: number, row: number): void
  /** Writes f64 of the gamma distribution of shape 100 and scale 0.01. */
  draw(at: number, count: number): void
}

export const wordsKernel = defineKernel<WordsKernel>(new URL('./words.wasm', import.meta.url))
