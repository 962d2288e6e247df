import { sigmoidTable } from '../../plugins/docsim/training/sigmoid.js'
import { type Corpus, keepThresholds, noiseTable } from '../../plugins/docsim/training/vocabulary.js'
import { GensimGenerator } from './gensim-generator.js'

const f32 = Math.fround
const maxDocumentWords = 10_000
const maxActivation = 6
const entriesPerUnit = 83

/** Row-major, `size` numbers a row. */
export interface Matrices {
  readonly size: number
  readonly words: Float32Array
  readonly documents: Float32Array
  readonly outputs: Float32Array
}

export interface TwinSettings {
  readonly window: number
  readonly negative: number
  readonly sample: number
}

/**
 * The twin of the kernel `plugins/docsim/kernels/pv-dm.as.ts`: the same draws and the same float32 numbers, each
 * operation rounded where the kernel's is, in plain TypeScript that is written to be read.
 */
export class PvDmTwin {
  readonly #keep: Uint32Array | undefined
  readonly #noise: Uint32Array
  readonly #hidden: Float32Array
  readonly #error: Float32Array
  #kept: number[] = []
  #shrinks: number[] = []
  generator = new GensimGenerator(0n)

  constructor(
    readonly corpus: Corpus,
    readonly matrices: Matrices,
    readonly settings: TwinSettings,
  ) {
    this.#keep = settings.sample > 0 ? keepThresholds(corpus.vocabulary, settings.sample) : undefined
    this.#noise = noiseTable(corpus.vocabulary)
    this.#hidden = new Float32Array(matrices.size)
    this.#error = new Float32Array(matrices.size)
  }

  /** @returns words learned from */
  train(document: number, alpha: number): number {
    const count = this.#sample(document)
    this.#shrink(count)
    this.#learn(document, f32(alpha))
    return count
  }

  #sample(document: number): number {
    const { words, offsets } = this.corpus
    this.#kept = []
    for (const word of words.subarray(offsets[document], offsets[document + 1])) {
      if (this.#kept.length === maxDocumentWords) break
      if (this.#keep === undefined || this.#keep[word]! >= this.generator.next()) this.#kept.push(word)
    }
    return this.#kept.length
  }

  #shrink(count: number): void {
    this.#shrinks = Array.from({ length: count }, () => this.generator.next() % this.settings.window)
  }

  #learn(document: number, alpha: number): void {
    const { window, negative } = this.settings
    const kept = this.#kept
    for (const [i, target] of kept.entries()) {
      const reach = window - this.#shrinks[i]!
      const context = kept.filter((_, k) => k !== i && k >= i - reach && k <= i + reach)
      this.#average(document, context)
      this.#learnOutput(target, 1, alpha)
      for (let n = 0; n < negative; n++) {
        const r = this.generator.next() % this.#noise.at(-1)!
        const word = this.#noise.findIndex(entry => entry >= r)
        if (word !== target) this.#learnOutput(word, 0, alpha)
      }
      this.#addError(this.matrices.documents, document)
      for (const word of context) this.#addError(this.matrices.words, word)
    }
  }

  #average(document: number, context: readonly number[]): void {
    const { size, words, documents } = this.matrices
    const share = f32(1 / (context.length + 1))
    for (let k = 0; k < size; k++) {
      let sum = documents[document * size + k]!
      for (const word of context) sum = f32(sum + words[word * size + k]!)
      this.#hidden[k] = sum * share
    }
    this.#error.fill(0)
  }

  #learnOutput(word: number, label: number, alpha: number): void {
    const { size, outputs } = this.matrices
    const activation = this.#dot(word)
    if (!(Math.abs(activation) < maxActivation)) return
    const entry = Math.trunc(f32(f32(activation + maxActivation) * entriesPerUnit))
    const gradient = f32(f32(label - sigmoidTable[entry]!) * alpha)
    for (let k = 0; k < size; k++) {
      const output = outputs[word * size + k]!
      this.#error[k]! += f32(gradient * output)
      outputs[word * size + k] = output + f32(gradient * this.#hidden[k]!)
    }
  }

  /** Eight sums side by side, added up in pairs. */
  #dot(word: number): number {
    const { size, outputs } = this.matrices
    const sums = new Float32Array(8)
    for (let k = 0; k < size; k++) sums[k % 8]! += f32(this.#hidden[k]! * outputs[word * size + k]!)
    const [a, b, c, d] = [0, 1, 2, 3].map(lane => f32(sums[lane]! + sums[lane + 4]!)) as [
      number,
      number,
      number,
      number,
    ]
    return f32(f32(a + b) + f32(c + d))
  }

  #addError(matrix: Float32Array, row: number): void {
    const { size } = this.matrices
    for (let k = 0; k < size; k++) matrix[row * size + k]! += this.#error[k]!
  }
}
