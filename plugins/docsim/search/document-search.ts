import { addressOf, type SharedMemory } from 'modelhost/kernels'
import { shortestFloat32 } from '../float32.js'
import { entryBytes, type Found, readHeap, type SearchKernel, searchKernel } from '../kernels/search.js'
import type { DocumentTexts, PostingLists } from './files.js'

/** Most documents that one search answers. */
export const maxTop = 1000
/** Documents that are scored at a time: few, as each lane of a host has scratch for them, for each model. */
const blockDocuments = 4096
const scoreBytes = blockDocuments * 4
const heapBytes = maxTop * entryBytes

/** Scratch of a search: scores of a block, the best so far, the query's vector. */
export const searchScratchBytes = (size: number): number => scoreBytes + heapBytes + size * 4

/** What a text asks for. */
export interface Query {
  /** Numbers of terms, each once, and what their weights are multiplied with. */
  readonly terms: readonly number[]
  readonly factors: readonly number[]
  /** Of length 1; absent: vectors play no part. */
  readonly vector?: Float64Array | undefined
  readonly vectorFactor: number
}

/** Makes a query of a text; undefined where there is nothing to find. */
export type ReadQuery = (text: string) => Query | undefined

export interface SearchData {
  readonly texts: DocumentTexts
  readonly postings?: PostingLists | undefined
  /** documents × size, row-major, in the memory. */
  readonly vectors?: Float32Array | undefined
  readonly memory: SharedMemory
  /** `searchScratchBytes` in the memory. */
  readonly scratch: Uint8Array
}

export interface SearchResult {
  readonly id: string
  readonly text: string
  readonly score: number
}

/** Finds the documents that fit a query best: all are scored, a block at a time, and the best are kept. */
export class DocumentSearch {
  readonly #kernel: SearchKernel
  readonly #scores: number
  readonly #heap: number
  readonly #query: number
  readonly #vectors: number
  readonly #documents: number
  readonly #weights: number

  /**
   * @param range  documents with no higher score than the least are not found; none has more than the most
   */
  constructor(
    private readonly data: SearchData,
    private readonly readQuery: ReadQuery,
    private readonly range: { readonly least: number; readonly most: number },
  ) {
    this.#kernel = searchKernel.over(data.memory)
    const { memory, scratch, vectors, postings } = data
    this.#scores = addressOf(memory, scratch)
    this.#heap = this.#scores + scoreBytes
    this.#query = this.#heap + heapBytes
    this.#vectors = vectors ? addressOf(memory, vectors) : 0
    this.#documents = postings ? addressOf(memory, postings.documents) : 0
    this.#weights = postings ? addressOf(memory, postings.weights) : 0
  }

  /**
   * @param top  at most `maxTop`
   * @returns at most `top` documents, best first; of equal ones the earlier
   */
  find(text: string, top: number): SearchResult[] {
    const query = this.readQuery(text)
    return query === undefined ? [] : this.#best(query, top).map(found => this.#result(found))
  }

  /** Of all documents, in their order; the same one may come again. */
  *ids(): Iterable<string> {
    const { ids } = this.data.texts
    for (let i = 0; i < ids.size; i++) yield ids.get(i)
  }

  #best(query: Query, top: number): Found[] {
    const { texts, memory } = this.data
    const kernel = this.#kernel
    if (query.vector) new Float32Array(memory.buffer, this.#query, query.vector.length).set(query.vector)
    const next = query.terms.map(term => this.data.postings!.offsets[term]!)
    let kept = 0
    for (let first = 0; first < texts.count; first += blockDocuments) {
      const end = Math.min(first + blockDocuments, texts.count)
      this.#scoreVectors(query, first, end)
      this.#scoreTerms(query, next, first, end)
      kept = kernel.collect(this.#scores, end - first, first, this.#heap, kept, top, this.range.least)
    }
    return readHeap(new Uint32Array(memory.buffer, this.#heap, kept * 2))
  }

  #scoreVectors({ vector, vectorFactor }: Query, first: number, end: number): void {
    const { vectors } = this.data
    if (!vector || !vectors) {
      this.#kernel.clear(this.#scores, end - first)
      return
    }
    const rows = this.#vectors + first * vector.length * 4
    this.#kernel.scoreRows(this.#scores, rows, end - first, this.#query, vector.length, vectorFactor)
  }

  /** @param next  the place of each term's next posting; moved on */
  #scoreTerms({ terms, factors }: Query, next: number[], first: number, end: number): void {
    const { postings } = this.data
    if (!postings) return
    for (const [i, term] of terms.entries()) {
      const at = next[i]!
      const to = postings.offsets[term + 1]!
      next[i] = this.#kernel.addPostings(this.#scores, first, end, this.#documents, this.#weights, at, to, factors[i]!)
    }
  }

  #result({ document, score }: Found): SearchResult {
    const { ids, texts, columns } = this.data.texts
    // A product of two float32 vectors of length 1 may be a little longer.
    const value = shortestFloat32(Math.min(score, this.range.most))
    const result = { id: ids.get(document), text: texts.get(document), score: value }
    if (columns.length === 0) return result
    return { ...result, ...Object.fromEntries(columns.map(({ name, cells }) => [name, cells.get(document)])) }
  }
}
