import { shortestFloat32 } from './float32.js'
import type { TextVectors } from './vectors/text-vectors.js'
import type { WordOverlap } from './word-overlap.js'

/** How similar two texts are: the cosine of their vectors, and, as far as asked for, the overlap of their words. */
export class Similarity {
  readonly #left: Float64Array
  readonly #right: Float64Array

  /** @param blend  share of the overlap, 0 to 1 */
  constructor(
    private readonly vectors: TextVectors,
    private readonly overlap?: WordOverlap,
    private readonly blend = 0,
  ) {
    this.#left = new Float64Array(vectors.size)
    this.#right = new Float64Array(vectors.size)
  }

  /** @returns a float32 from -1 to 1, as its shortest decimal */
  of(text1: string, text2: string): number {
    const cosine = this.#cosine(text1, text2)
    const value =
      this.overlap === undefined
        ? cosine
        : Math.fround((1 - this.blend) * cosine + this.blend * this.overlap.similarity(text1, text2))
    return value === 0 ? 0 : shortestFloat32(value)
  }

  /**
   * gensim's n_similarity: 0 where a text has no known word, and where vectors are not finite.
   *
   * @returns a float32
   * @see gensim/models/keyedvectors.py: n_similarity
   */
  #cosine(text1: string, text2: string): number {
    const left = this.#left
    const right = this.#right
    if (this.vectors.read(text1, left) === 0 || this.vectors.read(text2, right) === 0) return 0
    let dot = 0
    let leftSquare = 0
    let rightSquare = 0
    for (let k = 0; k < left.length; k++) {
      const a = left[k]!
      const b = right[k]!
      dot += a * b
      leftSquare += a * a
      rightSquare += b * b
    }
    const cosine = Math.fround(dot / (Math.sqrt(leftSquare) * Math.sqrt(rightSquare)))
    return Number.isFinite(cosine) ? cosine : 0
  }
}
