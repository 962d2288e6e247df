import { defineKernel } from 'modelhost/kernels'

/** Most words of a document that one pass learns from, as in gensim. */
export const maxDocumentWords = 10_000
/** Rows of vectors are padded with zeros to a multiple of this many numbers. */
export const rowBlock = 8

/** Bytes of scratch that one thread needs: its kept words, their windows, and two rows. */
export const scratchBytesFor = (rowBytes: number): number => 8 * maxDocumentWords + 2 * rowBytes

/**
 * One pass over one document: distributed memory with negative sampling, the mean of context and document vector.
 * Addresses are bytes in the kernel's memory. Nothing is checked.
 *
 * @see Le and Mikolov 2014, Distributed Representations of Sentences and Documents
 * @see gensim/models/doc2vec_inner.pyx: train_document_dm, fast_document_dm_neg
 */
export interface PvDmKernel {
  /** Matrices of f32 rows: words, documents, outputs (gensim's syn1neg), `rowBytes` a row. */
  setWeights(words: number, documents: number, outputs: number, rowBytes: number): void
  /**
   * @param keep     u32 by word, 0 where no word is sampled away. @see keepThresholds
   * @param noise    u32 by word. @see noiseTable
   * @param range    the last of `noise`
   * @param buckets  u32. @see noiseBuckets
   * @param sigmoid  f32. @see sigmoidTable
   */
  setTables(keep: number, noise: number, range: number, buckets: number, bucketShift: number, sigmoid: number): void
  /** Words on each side of the target, at most; drawn words for each target. */
  setWindow(window: number, negative: number): void
  /** `scratchBytesFor` bytes of this thread's own: the addresses of kept words, then u32 of how much windows shrink. */
  setScratch(scratch: number): void
  /** The 48 bits of the generator. */
  seed(low: number, high: number): void
  /** Where the generator stands: 32 bits and 16, as signed integers. */
  seedLow(): number
  seedHigh(): number
  /** Sub-samples the words, u32 each, from `at` to `end`. @returns how many are kept */
  sample(at: number, end: number): number
  /** Draws by how much the window of each kept word shrinks. */
  shrink(count: number): void
  /** Learns from what was kept. */
  learn(document: number, count: number, alpha: number): void
  /** `sample`, `shrink`, `learn`. @returns words learned from */
  train(document: number, at: number, end: number, alpha: number): number
}

export const pvDmKernel = defineKernel<PvDmKernel>(new URL('./pv-dm.wasm', import.meta.url))
