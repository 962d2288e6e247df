import { fail, type StringTable, type TensorFile } from 'modelhost'
import type { Preprocessor } from '../_text/preprocess.js'
import { TokenScanner } from '../_text/token-scanner.js'
import { shortestFloat32 } from './float32.js'

/** Of the tensor file's metadata; a file of a later version is refused. */
export const formatVersion = 1

/**
 * Reads `vocabulary` and `word_vectors` F32 [words, size]; `counts` U32 [words] may be absent.
 *
 * @throws HostError ARTIFACT_INVALID when they do not fit each other
 */
export function readModel(file: TensorFile, preprocessor: Preprocessor): DocSimModel {
  const version = file.metadata['format_version']
  if (version !== undefined && version !== String(formatVersion)) {
    const problem = `its format_version is "${version}", this host reads ${formatVersion}`
    throw fail('ARTIFACT_INVALID', { file: file.file, problem })
  }
  const vocabulary = file.strings('vocabulary')
  if (file.has('counts')) file.tensor('counts', 'U32', [vocabulary.size])
  const vectors = file.tensor('word_vectors', 'F32', [vocabulary.size, null])
  return new DocSimModel(vocabulary, vectors, file.info('word_vectors').shape[1]!, preprocessor)
}

// One prediction at a time runs in a thread, so all its models share these.
const scanner = new TokenScanner()
const block = new Int32Array(256)

/** Cosine of the mean word vectors of two texts. */
export class DocSimModel {
  readonly #left: Float64Array
  readonly #right: Float64Array
  readonly #hidden: Uint8Array | undefined

  /** @param vectors  words × size, row-major */
  constructor(
    readonly vocabulary: StringTable,
    readonly vectors: Float32Array,
    readonly size: number,
    readonly preprocessor: Preprocessor,
  ) {
    this.#left = new Float64Array(size)
    this.#right = new Float64Array(size)
    this.#hidden = hiddenWords(vocabulary, preprocessor)
  }

  /**
   * gensim's n_similarity: the mean of the raw vectors of all known words, repetitions counted; 0 where a text has no
   * known word, and where vectors are not finite. The length of a sum does not change its direction, so the sums
   * stand for the means; in float64, where no float32 can overflow them.
   *
   * @returns a float32 from -1 to 1, as its shortest decimal
   * @see gensim/models/keyedvectors.py: n_similarity
   */
  similarity(text1: string, text2: string): number {
    const left = this.#left
    const right = this.#right
    if (this.#sum(text1, left) === 0 || this.#sum(text2, right) === 0) return 0
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
    return Number.isFinite(cosine) && cosine !== 0 ? shortestFloat32(cosine) : 0
  }

  /**
   * The sum of the vectors of a text's known words.
   *
   * @returns how many they are
   */
  #sum(text: string, sum: Float64Array): number {
    sum.fill(0)
    const lower = text.toLowerCase()
    return this.preprocessor.isPlain(lower) ? this.#sumPlain(lower, sum) : this.#sumTokens(text, sum)
  }

  #sumPlain(lower: string, sum: Float64Array): number {
    const { vocabulary, vectors, size } = this
    const hidden = this.#hidden
    let count = 0
    let waiting = 0
    scanner.open(lower)
    while (scanner.next()) {
      const word = vocabulary.findUtf8(scanner.bytes, scanner.byteStart, scanner.byteEnd, scanner.hash)
      if (word < 0 || (hidden !== undefined && (hidden[word >> 3]! >> (word & 7)) & 1)) continue
      count++
      block[waiting++] = word * size
      if (waiting === block.length) {
        addRows(vectors, waiting, sum)
        waiting = 0
      }
    }
    addRows(vectors, waiting, sum)
    return count
  }

  #sumTokens(text: string, sum: Float64Array): number {
    let count = 0
    for (const token of this.preprocessor.tokens(text)) {
      const word = this.vocabulary.find(token)
      if (word < 0) continue
      count++
      block[0] = word * this.size
      addRows(this.vectors, 1, sum)
    }
    return count
  }
}

const columns = 8

/** Adds the rows that begin at `block[0..count)` to `sum`; eight columns at a time, so that sums stay in registers. */
function addRows(vectors: Float32Array, count: number, sum: Float64Array): void {
  const size = sum.length
  const whole = size - (size % columns)
  for (let k = 0; k < whole; k += columns) {
    let a = sum[k]!
    let b = sum[k + 1]!
    let c = sum[k + 2]!
    let d = sum[k + 3]!
    let e = sum[k + 4]!
    let f = sum[k + 5]!
    let g = sum[k + 6]!
    let h = sum[k + 7]!
    for (let i = 0; i < count; i++) {
      const at = block[i]! + k
      a += vectors[at]!
      b += vectors[at + 1]!
      c += vectors[at + 2]!
      d += vectors[at + 3]!
      e += vectors[at + 4]!
      f += vectors[at + 5]!
      g += vectors[at + 6]!
      h += vectors[at + 7]!
    }
    sum[k] = a
    sum[k + 1] = b
    sum[k + 2] = c
    sum[k + 3] = d
    sum[k + 4] = e
    sum[k + 5] = f
    sum[k + 6] = g
    sum[k + 7] = h
  }
  for (let k = whole; k < size; k++) {
    for (let i = 0; i < count; i++) sum[k]! += vectors[block[i]! + k]!
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
