import { flatCopy } from '../../_text/flat-copy.js'
import { grown } from '../../_text/growing.js'

/** Which documents each term is in, term after term; documents rise within a term. */
export interface Postings {
  readonly terms: readonly string[]
  /** Where the postings of each term begin, and the end of the last: terms + 1 entries. */
  readonly offsets: Uint32Array
  readonly documents: Uint32Array
  /** What the term adds to the score of the document. */
  readonly weights: Float32Array
}

/** What decides over the weight of a term in a document. */
export interface TermStatistics {
  readonly term: string
  /** How often the term stands in the document. */
  readonly frequency: number
  /** In how many documents it is. */
  readonly documentCount: number
  /** Of the document. */
  readonly document: number
  /** Terms of the document, repetitions counted. */
  readonly length: number
}

/** Takes documents as lists of terms. */
export class PostingsBuilder {
  readonly #numbers = new Map<string, number>()
  readonly #documentCounts: number[] = []
  readonly #lengths: number[] = []
  // Three numbers a posting, in the order of documents: term, document, frequency.
  #entries = new Uint32Array(3 * 1024)
  #length = 0

  get documents(): number {
    return this.#lengths.length
  }

  /** Mean number of terms of a document. */
  get meanLength(): number {
    return this.#lengths.reduce((sum, n) => sum + n, 0) / Math.max(this.documents, 1)
  }

  add(terms: readonly string[]): void {
    const document = this.#lengths.push(terms.length) - 1
    const frequencies = new Map<string, number>()
    for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1)
    this.#entries = grown(this.#entries, this.#length + frequencies.size * 3)
    for (const [term, frequency] of frequencies) {
      let number = this.#numbers.get(term)
      if (number === undefined) {
        number = this.#documentCounts.push(0) - 1
        this.#numbers.set(flatCopy(term), number)
      }
      this.#documentCounts[number]!++
      this.#entries.set([number, document, frequency], this.#length)
      this.#length += 3
    }
  }

  /** Of each term in each document, document after document. */
  *statistics(): Generator<TermStatistics> {
    const terms = [...this.#numbers.keys()]
    for (let i = 0; i < this.#length; i += 3) {
      const number = this.#entries[i]!
      const document = this.#entries[i + 1]!
      yield {
        term: terms[number]!,
        frequency: this.#entries[i + 2]!,
        documentCount: this.#documentCounts[number]!,
        document,
        length: this.#lengths[document]!,
      }
    }
  }

  build(weigh: (statistics: TermStatistics) => number): Postings {
    const offsets = new Uint32Array(this.#documentCounts.length + 1)
    for (const [number, count] of this.#documentCounts.entries()) offsets[number + 1] = offsets[number]! + count
    const next = offsets.slice(0, -1)
    const documents = new Uint32Array(this.#length / 3)
    const weights = new Float32Array(documents.length)
    for (const statistics of this.statistics()) {
      const number = this.#numbers.get(statistics.term)!
      const at = next[number]!++
      documents[at] = statistics.document
      weights[at] = weigh(statistics)
    }
    return { terms: [...this.#numbers.keys()], offsets, documents, weights }
  }
}

export interface Bm25Settings {
  readonly bm25_k1: number
  readonly bm25_b: number
}

/**
 * Okapi BM25, with an IDF that is never negative, as in Lucene. All of it that does not depend on the query is in the
 * weight, so that a query only adds.
 *
 * @see Robertson and Zaragoza 2009, The Probabilistic Relevance Framework: BM25 and Beyond
 */
export function bm25Postings(builder: PostingsBuilder, { bm25_k1: k1, bm25_b: b }: Bm25Settings): Postings {
  const { documents, meanLength } = builder
  return builder.build(({ frequency, documentCount, length }) => {
    const idf = Math.log1p((documents - documentCount + 0.5) / (documentCount + 0.5))
    return (idf * frequency * (k1 + 1)) / (frequency + k1 * (1 - b + (b * length) / meanLength))
  })
}

/**
 * Weights of which the sum over shared terms, times what the query's terms are worth, is the cosine of the overlap.
 *
 * @param idf  of a term
 */
export function overlapPostings(builder: PostingsBuilder, idf: (term: string) => number): Postings {
  const squares = new Float64Array(builder.documents)
  for (const { term, document } of builder.statistics()) squares[document]! += idf(term) ** 2
  return builder.build(({ term, document }) => idf(term) / Math.sqrt(squares[document]!))
}
