import { defineKernel } from 'modelhost/kernels'

/** Bytes of a row of one f64 a topic: padded to an even number of them. */
export const rowBytesOf = (topics: number): number => Math.ceil(topics / 2) * 16

/** Rows of a block come in fours. */
export const paddedRows = (rows: number): number => Math.ceil(rows / 4) * 4

/** Scratch of one thread: gamma, theta, sums over words and priors, f64 a topic; the topic of each column, u32. */
export const scratchBytesOf = (topics: number): number => 5 * rowBytesOf(topics)

/**
 * The E step of variational Bayes for one document, float64 throughout. Addresses are bytes in the kernel's memory, all
 * of f64 numbers at multiples of 8. Nothing is checked.
 *
 * A *block* has a row for each word of the document: exp(E[log beta]) by topic, `rowBytesOf` bytes; `paddedRows` rows,
 * the last of them 0, as are their counts.
 *
 * @see Hoffman, Blei and Bach 2010, Online Learning for Latent Dirichlet Allocation
 * @see scikit-learn, sklearn/decomposition/_lda.py: _update_doc_distribution
 */
export interface DocumentKernel {
  /** @param scratch  `scratchBytesOf` bytes of this thread's own: first gamma, then theta, a row each */
  setTopics(topics: number, alpha: number, scratch: number): void
  /** Begins a document from the gamma in scratch. */
  begin(): void
  /** `clear`, `add`, `update` until gamma moves by less than `tolerance` a topic. @returns rounds */
  fit(block: number, counts: number, rows: number, rounds: number, tolerance: number): number
  /** Sums over words = 0; += a block; gamma from them. For a document of more words than one block has. */
  clear(): void
  add(block: number, counts: number, rows: number): void
  /** @returns by how much gamma moved, a topic in the mean */
  update(): number
  /** count / (theta . row + 2^-52) for each row of a block, f64 each. */
  weigh(block: number, counts: number, out: number, rows: number): void
  /** Puts gamma and theta in scratch back into the order of topics. Last of all. */
  spread(): void
  /**
   * Fills a block from a matrix of exp(psi(lambda)), a row a word.
   *
   * @param words  u32 each: which rows
   * @param scale  f64 by topic: 1 / exp(psi(sum of lambda)), 0 in the padding
   */
  gather(block: number, words: number, count: number, matrix: number, scale: number): void
  /** The same where the block holds lambda itself. @param base  its most frequent value */
  expectRows(block: number, count: number, scale: number, base: number): void
  /** A block's rows where all of lambda is `base`. */
  fillRows(block: number, count: number, scale: number, base: number): void
  /** Single numbers of a block, exp(psi(lambda)) * factor. Lists of f64, f64 and u32 with an even `count` of entries. */
  expectAt(block: number, lambdas: number, factors: number, targets: number, count: number): void
  /** exp(psi(x)), psi as scikit-learn approximates it. */
  expPsiOf(x: number): number
}

export const documentKernel = defineKernel<DocumentKernel>(new URL('./document.wasm', import.meta.url))
