import type { StringTable } from 'modelhost'
import type { Preprocessor } from '../../_text/preprocess.js'
import { TokenScanner } from '../../_text/token-scanner.js'
import { addRow, addRows } from './add-rows.js'
import { removeComponents } from './principal-components.js'
import type { WordWeight } from './word-weights.js'

export interface WordVectors {
  readonly vocabulary: StringTable
  /** words × size, row-major */
  readonly vectors: Float32Array
  readonly size: number
  readonly preprocessor: Preprocessor
  /** Absent: all words count alike. */
  readonly weight?: WordWeight | undefined
  /** Rows of `size` that are taken out of each text's vector; may be empty. */
  readonly components: Float32Array
}

// One prediction at a time runs in a thread, so all its models share these.
const scanner = new TokenScanner()
const block = new Int32Array(256)

/**
 * The vector of a text: the sum of the vectors of its known words, repetitions counted. Its length does not matter to
 * a cosine, so the sum stands for the mean; in float64, where no float32 can overflow it.
 */
export class TextVectors {
  readonly size: number
  readonly #hidden: Uint8Array | undefined

  constructor(private readonly words: WordVectors) {
    this.size = words.size
    this.#hidden = hiddenWords(words.vocabulary, words.preprocessor)
  }

  /**
   * @param vector  `size` numbers; becomes the text's
   * @returns how many known words the text has
   */
  read(text: string, vector: Float64Array): number {
    vector.fill(0)
    const { preprocessor, components } = this.words
    const lower = text.toLowerCase()
    const count = preprocessor.isPlain(lower) ? this.#addPlain(lower, vector) : this.#addTokens(text, vector)
    removeComponents(vector, components)
    return count
  }

  #addPlain(lower: string, sum: Float64Array): number {
    const { vocabulary, vectors, size, weight } = this.words
    const hidden = this.#hidden
    let count = 0
    let waiting = 0
    scanner.open(lower)
    while (scanner.next()) {
      const word = vocabulary.findUtf8(scanner.bytes, scanner.byteStart, scanner.byteEnd, scanner.hash)
      if (word < 0 || (hidden !== undefined && (hidden[word >> 3]! >> (word & 7)) & 1)) continue
      count++
      if (weight !== undefined) {
        addRow(vectors, word * size, weight(word), sum)
        continue
      }
      block[waiting++] = word * size
      if (waiting === block.length) {
        addRows(vectors, block, waiting, sum)
        waiting = 0
      }
    }
    addRows(vectors, block, waiting, sum)
    return count
  }

  #addTokens(text: string, sum: Float64Array): number {
    const { vocabulary, vectors, size, weight, preprocessor } = this.words
    let count = 0
    for (const token of preprocessor.tokens(text)) {
      const word = vocabulary.find(token)
      if (word < 0) continue
      count++
      addRow(vectors, word * size, weight === undefined ? 1 : weight(word), sum)
    }
    return count
  }
}

/**
 * Stop words that a vocabulary has nevertheless, because others made it: they are read past, as in training.
 *
 * @returns a bit a word; undefined where there are none, as in a vocabulary of our own
 */
function hiddenWords(vocabulary: StringTable, preprocessor: Preprocessor): Uint8Array | undefined {
  let hidden: Uint8Array | undefined
  for (const stopWord of preprocessor.stopWords()) {
    const word = vocabulary.find(stopWord)
    if (word < 0) continue
    // Not a Set: to ask one costs half of what it takes to find the word.
    hidden ??= new Uint8Array((vocabulary.size + 7) >> 3)
    hidden[word >> 3]! |= 1 << (word & 7)
  }
  return hidden
}
