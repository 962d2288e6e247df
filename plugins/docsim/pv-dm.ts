import type { Draws } from './random.js'
import { maxActivation, sigmoid } from './sigmoid.js'
import type { Corpus } from './vocabulary.js'

/** What PV-DM learns. Row-major, `size` numbers a row. */
export interface Weights {
  readonly size: number
  /** words × size */
  readonly words: Float32Array
  /** documents × size */
  readonly documents: Float32Array
  /** words × size: gensim's syn1neg */
  readonly outputs: Float32Array
}

export interface StepSettings {
  /** Words on each side of the target, at most. */
  readonly window: number
  /** Drawn words for each target. */
  readonly negative: number
  /** By word; absent: all words are kept, and nothing is drawn for it. @see keepThresholds */
  readonly keep?: Uint32Array | undefined
  /** @see noiseTable */
  readonly noise: Uint32Array
}

const maxDocumentWords = 10_000

/** The first entry that is at least `r`. */
function search(noise: Uint32Array, r: number): number {
  let low = 0
  let high = noise.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (noise[middle]! < r) low = middle + 1
    else high = middle
  }
  return low
}

/** The product of a vector and the row of a matrix that begins at `row`; four sums at a time wait less for each other. */
function dot(vector: Float32Array, matrix: Float32Array, row: number): number {
  const size = vector.length
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let k = 0
  for (; k + 4 <= size; k += 4) {
    a += vector[k]! * matrix[row + k]!
    b += vector[k + 1]! * matrix[row + k + 1]!
    c += vector[k + 2]! * matrix[row + k + 2]!
    d += vector[k + 3]! * matrix[row + k + 3]!
  }
  for (; k < size; k++) a += vector[k]! * matrix[row + k]!
  return a + b + c + d
}

/**
 * One pass over one document: distributed memory with negative sampling, the mean of context and document vector.
 *
 * @see Le and Mikolov 2014, Distributed Representations of Sentences and Documents
 * @see gensim/models/doc2vec_inner.pyx: train_document_dm, fast_document_dm_neg
 */
export class PvDm {
  readonly #kept = new Uint32Array(maxDocumentWords)
  readonly #hidden: Float32Array
  readonly #error: Float32Array

  constructor(
    readonly corpus: Pick<Corpus, 'words' | 'offsets'>,
    readonly weights: Weights,
    readonly settings: StepSettings,
    readonly draws: Draws,
  ) {
    this.#hidden = new Float32Array(weights.size)
    this.#error = new Float32Array(weights.size)
  }

  /**
   * @param alpha  learning rate
   * @returns words that were trained on, after sub-sampling
   */
  train(document: number, alpha: number): number {
    const { window } = this.settings
    this.draws.open(document)
    const length = this.#sample(document)
    for (let position = 0; position < length; position++) {
      const shrink = this.draws.shrink(window)
      const from = Math.max(0, position - window + shrink)
      const to = Math.min(length, position + window - shrink + 1)
      this.#average(document, position, from, to)
      this.#learnOutputs(this.#kept[position]!, alpha)
      this.#learnInputs(document, position, from, to)
    }
    return length
  }

  #sample(document: number): number {
    const { words, offsets } = this.corpus
    const { keep } = this.settings
    const kept = this.#kept
    const end = offsets[document + 1]!
    let length = 0
    for (let i = offsets[document]!; i < end && length < maxDocumentWords; i++) {
      const word = words[i]!
      if (keep !== undefined && keep[word]! < this.draws.bits()) continue
      kept[length++] = word
    }
    return length
  }

  /** hidden = mean of the context words' vectors and the document's. */
  #average(document: number, position: number, from: number, to: number): void {
    const { size, words, documents } = this.weights
    const hidden = this.#hidden
    const kept = this.#kept
    for (let k = 0, at = document * size; k < size; k++, at++) hidden[k] = documents[at]!
    for (let i = from; i < to; i++) {
      if (i === position) continue
      for (let k = 0, at = kept[i]! * size; k < size; k++, at++) hidden[k]! += words[at]!
    }
    const share = 1 / (to - from)
    for (let k = 0; k < size; k++) hidden[k]! *= share
  }

  /** The target word, then the drawn ones; error = what the inputs have to change by. */
  #learnOutputs(target: number, alpha: number): void {
    const { size, outputs } = this.weights
    const { noise, negative } = this.settings
    const { draws } = this
    const hidden = this.#hidden
    const error = this.#error.fill(0)
    const range = noise[noise.length - 1]!
    for (let n = 0; n <= negative; n++) {
      const word = n === 0 ? target : search(noise, draws.bits() % range)
      if (n > 0 && word === target) continue
      const row = word * size
      const activation = dot(hidden, outputs, row)
      if (!(Math.abs(activation) < maxActivation)) continue
      const gradient = Math.fround(((n === 0 ? 1 : 0) - sigmoid(activation)) * alpha)
      for (let k = 0; k < size; k++) {
        const output = outputs[row + k]!
        error[k]! += gradient * output
        outputs[row + k] = output + gradient * hidden[k]!
      }
    }
  }

  /** The whole error goes to each input: gensim does not divide it by their number. */
  #learnInputs(document: number, position: number, from: number, to: number): void {
    const { size, words, documents } = this.weights
    const error = this.#error
    const kept = this.#kept
    for (let k = 0, at = document * size; k < size; k++, at++) documents[at]! += error[k]!
    for (let i = from; i < to; i++) {
      if (i === position) continue
      for (let k = 0, at = kept[i]! * size; k < size; k++, at++) words[at]! += error[k]!
    }
  }
}
