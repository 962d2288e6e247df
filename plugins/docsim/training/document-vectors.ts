import { addRow } from '../vectors/add-rows.js'
import { removeComponents, toUnit } from '../vectors/principal-components.js'
import type { WordWeight } from '../vectors/word-weights.js'
import type { Corpus } from './vocabulary.js'

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
