import { defineKernel } from 'modelhost/kernels'

/** Bytes of an entry of the heap. */
export const entryBytes = 8

/** Scores documents and keeps the best. Addresses are bytes in the kernel's memory; all numbers are f32 or u32. */
export interface SearchKernel {
  /** scores[i] = factor * (row i . query), for `count` rows of `size` numbers; never -0. */
  scoreRows(scores: number, rows: number, count: number, query: number, size: number, factor: number): void
  /** Sets scores to 0. */
  clear(scores: number, count: number): void
  /**
   * Adds factor * weight to the score of each document of one term, as far as it lies before document `end`; scores
   * begin with document `first`.
   *
   * @param from  the place of the first posting, which lies at or behind `first`
   * @returns the place of the first posting that lies at or behind `end`
   */
  addPostings(
    scores: number,
    first: number,
    end: number,
    documents: number,
    weights: number,
    from: number,
    to: number,
    factor: number,
  ): number
  /**
   * Keeps the best `limit` scores above `floor`, of equal ones those of earlier documents. No score is -0.
   *
   * @param first  the document of the first score, behind all that are kept already
   * @param heap   `limit` entries in no order; see `readHeap`
   * @param kept   how many entries there are already
   * @returns how many there are now
   */
  collect(
    scores: number,
    count: number,
    first: number,
    heap: number,
    kept: number,
    limit: number,
    floor: number,
  ): number
}

export const searchKernel = defineKernel<SearchKernel>(new URL('./search.wasm', import.meta.url))

export interface Found {
  readonly document: number
  readonly score: number
}

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/**
 * The entries of a heap, the best first.
 *
 * @param heap  two numbers an entry: the document's complement, then the score's bits, turned so that they compare
 */
export function readHeap(heap: Uint32Array): Found[] {
  const found: Found[] = []
  for (let i = 0; i < heap.length; i += 2) {
    const ordered = heap[i + 1]!
    bits[0] = ordered >= 0x8000_0000 ? ordered ^ 0x8000_0000 : ~ordered
    found.push({ document: ~heap[i]! >>> 0, score: float[0]! })
  }
  return found.sort((a, b) => b.score - a.score || a.document - b.document)
}
