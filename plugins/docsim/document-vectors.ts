import { addRow } from './add-rows.js'
import { removeComponents } from './principal-components.js'
import type { Corpus } from './training/vocabulary.js'
import type { WordWeight } from './word-weights.js'

/** Word vectors as they were learned. */
export interface Weights {
  readonly size: number
  /** words × size, row-major */
  readonly words: Float32Array<ArrayBuffer>
}

/**
 * The mean vector of each document's words, `size` numbers a row; 0 where it has none.
 *
 * @param weight  absent: all words count alike
 */
export function meanVectors(corpus: Corpus, { words, size }: Weights, weight: WordWeight = () => 1): Float32Array {
  const { offsets } = corpus
  const means = new Float32Array((offsets.length - 1) * size)
  const sum = new Float64Array(size)
  for (let document = 0; document < offsets.length - 1; document++) {
    const from = offsets[document]!
    const to = offsets[document + 1]!
    sum.fill(0)
    for (const word of corpus.words.subarray(from, to)) addRow(words, word * size, weight(word), sum)
    for (let k = 0; k < size; k++) means[document * size + k] = sum[k]! / Math.max(to - from, 1)
  }
  return means
}

/**
 * Rows as a search compares them: without the components, of length 1; rows of 0 stay.
 *
 * @param rows        row-major, `size` numbers a row
 * @param components  rows of `size`, each of length 1
 */
export function unitVectors(rows: Float32Array, size: number, components: Float32Array): Float32Array {
  const units = new Float32Array(rows.length)
  const vector = new Float64Array(size)
  for (let row = 0; row < rows.length; row += size) {
    vector.set(rows.subarray(row, row + size))
    removeComponents(vector, components)
    toUnit(vector)
    units.set(vector, row)
  }
  return units
}

/** Divides a vector by its length. @returns false where it has none */
export function toUnit(vector: Float64Array): boolean {
  let square = 0
  for (let k = 0; k < vector.length; k++) square += vector[k]! * vector[k]!
  if (!(square > 0) || !Number.isFinite(square)) {
    vector.fill(0)
    return false
  }
  const length = Math.sqrt(square)
  for (let k = 0; k < vector.length; k++) vector[k]! /= length
  return true
}
