import { stringList, stringTable, type TensorSource } from 'modelhost'
import type { Document } from '../../_text/documents.js'
import type { SearchTerms } from '../../_text/search-terms.js'
import { columnTensor } from './files.js'
import { type Bm25Settings, bm25Postings, overlapPostings, type Postings, PostingsBuilder } from './postings.js'

export interface SearchSettings extends Bm25Settings {
  readonly search: 'none' | 'vector' | 'bm25'
  readonly blend: number
  readonly keep_columns: readonly string[]
}

/** What a search by vectors needs of a training. */
export interface SearchVectors {
  /** documents × size, each of length 1 or 0 */
  readonly units: Float32Array
  readonly size: number
  readonly idf: (term: string) => number
}

/** Collects the documents of a training and makes what a search answers from. */
export class SearchBuilder {
  readonly #ids: string[] = []
  readonly #texts: string[] = []
  readonly #columns: readonly string[][]
  readonly #postings = new PostingsBuilder()

  /** @param terms  of a search by BM25 */
  constructor(
    private readonly settings: SearchSettings,
    private readonly terms: SearchTerms,
  ) {
    this.#columns = settings.keep_columns.map(() => [])
  }

  /** @param tokens  of its text, as word vectors have them */
  add({ id, text, kept }: Document, tokens: readonly string[]): void {
    this.#ids.push(id)
    this.#texts.push(text)
    for (const [i, cell] of kept.entries()) this.#columns[i]!.push(cell)
    if (this.settings.search === 'bm25') this.#postings.add(this.terms.of(text))
    else if (this.settings.blend > 0) this.#postings.add(tokens)
  }

  /** How many documents have the id of another one before them. */
  get repeatedIds(): number {
    return this.#ids.length - new Set(this.#ids).size
  }

  tensors({ units, size, idf }: SearchVectors): TensorSource['tensors'] {
    const { search, blend, keep_columns: names } = this.settings
    const columns = names.map((name, i) => stringList(columnTensor(name), this.#columns[i]!))
    const documents = Object.assign(
      { ...stringList('documents', this.#texts), ...stringList('document_ids', this.#ids) },
      ...columns,
    )
    if (search === 'bm25') return { ...documents, ...postingsTensors(bm25Postings(this.#postings, this.settings)) }
    const vectors = { document_vectors: { data: units, shape: [this.#texts.length, size] } }
    if (blend === 0) return { ...documents, ...vectors }
    return { ...documents, ...vectors, ...postingsTensors(overlapPostings(this.#postings, idf)) }
  }
}

function postingsTensors({ terms, offsets, documents, weights }: Postings): TensorSource['tensors'] {
  return {
    ...stringTable('terms', terms),
    'postings.offsets': offsets,
    'postings.documents': documents,
    'postings.weights': weights,
  }
}
