import { flatCopy } from '../../_text/flat-copy.js'
import { grown } from '../../_text/growing.js'
import type { Document } from '../document.js'
import { wordRuns } from '../document-words.js'
import type { CountMatrix } from '../topics/train-topics.js'

/** Words of documents, counted. */
export interface Counts {
  /** By code point. */
  readonly vocabulary: readonly string[]
  /** Documents × words. */
  readonly matrix: CountMatrix
  /** Tokens that were counted. */
  readonly words: number
}

/**
 * Counts the words of one document after the other, as scikit-learn's `CountVectorizer` does in pke: runs of two or more
 * word characters in the stems of tokens that are no punctuation, without stop words.
 *
 * @see pke 1.8, utils.py: compute_lda_model
 */
export class CountsBuilder {
  documents = 0
  tokens = 0
  readonly #ids = new Map<string, number>()
  readonly #words: string[] = []
  // A row a document: numbers in the order of first occurrence, and counts.
  #ends = new Uint32Array(64)
  #indices = new Uint32Array(1024)
  #data = new Uint32Array(1024)
  #cells = 0
  #sum = 0
  // Of the row under way: where each word has its cell, counted from 1; of earlier rows it is smaller.
  #cellOf = new Uint32Array(1024)

  /** @param stopList  words that are not counted */
  constructor(private readonly stopList: ReadonlySet<string>) {}

  /** @param isCounted  by tag: are its tokens counted? */
  add(document: Document, isCounted: Uint8Array): void {
    const { tokenCount, tags, stems, stemTable } = document
    const counts = new Uint32Array(stemTable.count)
    for (let token = 0; token < tokenCount; token++) {
      if (isCounted[tags[token]!] !== 0) counts[stems[token]!]!++
    }
    const begin = this.#cells
    for (let stem = 0; stem < counts.length; stem++) {
      if (counts[stem] === 0) continue
      const source = stemTable.sources[stem]!
      wordRuns(source, stemTable.starts[stem]!, stemTable.ends[stem]!, (start, end) => {
        const word = source.slice(start, end)
        if (!this.stopList.has(word)) this.#count(this.#idOf(word), counts[stem]!, begin)
      })
    }
    this.tokens += tokenCount
    this.#ends = grown(this.#ends, ++this.documents)
    this.#ends[this.documents - 1] = this.#cells
  }

  build(): Counts {
    const order = Array.from(this.#words.keys()).sort((a, b) => compareCodePoints(this.#words[a]!, this.#words[b]!))
    const columnOf = new Uint32Array(order.length)
    for (const [column, id] of order.entries()) columnOf[id] = column
    const indptr = new Uint32Array(this.documents + 1)
    indptr.set(this.#ends.subarray(0, this.documents), 1)
    const indices = new Uint32Array(this.#cells)
    const data = new Uint32Array(this.#cells)
    for (let row = 0; row < this.documents; row++) {
      const [from, to] = [indptr[row]!, indptr[row + 1]!]
      const cells = Array.from({ length: to - from }, (_, i) => from + i)
      cells.sort((a, b) => columnOf[this.#indices[a]!]! - columnOf[this.#indices[b]!]!)
      for (const [i, cell] of cells.entries()) {
        indices[from + i] = columnOf[this.#indices[cell]!]!
        data[from + i] = this.#data[cell]!
      }
    }
    return {
      vocabulary: order.map(id => this.#words[id]!),
      matrix: { rows: this.documents, columns: order.length, indptr, indices, data },
      words: this.#sum,
    }
  }

  #idOf(word: string): number {
    let id = this.#ids.get(word)
    if (id === undefined) {
      // A slice would keep its whole text.
      const copy = flatCopy(word)
      id = this.#words.push(copy) - 1
      this.#ids.set(copy, id)
    }
    return id
  }

  #count(id: number, count: number, begin: number): void {
    this.#sum += count
    this.#cellOf = grown(this.#cellOf, id + 1)
    const known = this.#cellOf[id]!
    if (known > begin) {
      this.#data[known - 1] = this.#data[known - 1]! + count
      return
    }
    this.#indices = grown(this.#indices, this.#cells + 1)
    this.#data = grown(this.#data, this.#cells + 1)
    this.#indices[this.#cells] = id
    this.#data[this.#cells++] = count
    this.#cellOf[id] = this.#cells
  }
}

/** As Python sorts; units of UTF-16 have surrogates before the last of the basic plane. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left !== right) return orderOf(left) - orderOf(right)
  }
  return a.length - b.length
}

const orderOf = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit)
