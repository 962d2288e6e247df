import type { StringList, StringTable, TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'

/** Of each document, by its number. */
export interface DocumentTexts {
  readonly count: number
  readonly ids: StringList
  readonly texts: StringList
  readonly columns: readonly { readonly name: string; readonly cells: StringList }[]
}

/** Views on the image. */
export interface PostingLists {
  readonly terms: StringTable
  readonly offsets: Uint32Array
  readonly documents: Uint32Array
  readonly weights: Float32Array
}

/** The string list of a kept column. */
export const columnTensor = (name: string): string => `columns.${name}`

/** @throws HostError ARTIFACT_INVALID */
export function readDocumentTexts(file: TensorFile, keepColumns: readonly string[]): DocumentTexts {
  const texts = file.stringList('documents')
  const list = (name: string): StringList => {
    const strings = file.stringList(name)
    if (strings.size === texts.size) return strings
    throw invalid(file, `"${name}" has ${strings.size} entries for ${texts.size} documents`)
  }
  const columns = keepColumns.map(name => ({ name, cells: list(columnTensor(name)) }))
  return { count: texts.size, ids: list('document_ids'), texts, columns }
}

// Beyond any BM25 weight, and far from where a sum of many would not be finite.
const maxWeight = 1e6

/**
 * Postings that a kernel can go through without a look at bounds.
 *
 * @param count  documents that there are
 * @throws HostError ARTIFACT_INVALID
 */
export function readPostings(file: TensorFile, count: number): PostingLists {
  const terms = file.strings('terms')
  const offsets = file.tensor('postings.offsets', 'U32', [terms.size + 1])
  const documents = file.tensor('postings.documents', 'U32', [null])
  const weights = file.tensor('postings.weights', 'F32', [documents.length])
  if (offsets[0] !== 0 || offsets[terms.size] !== documents.length) {
    throw invalid(file, '"postings.offsets" do not begin with 0 and end with the number of postings')
  }
  for (let term = 0; term < terms.size; term++) {
    const from = offsets[term]!
    const to = offsets[term + 1]!
    if (from > to || to > documents.length) throw invalid(file, `"postings.offsets" fall at term ${term}`)
    for (let i = from; i < to; i++) {
      if (documents[i]! >= count || (i > from && documents[i]! <= documents[i - 1]!)) {
        throw invalid(file, `the postings of term ${term} name a document out of order or range`)
      }
    }
  }
  for (let i = 0; i < weights.length; i++) {
    if (!(Math.abs(weights[i]!) <= maxWeight)) throw invalid(file, `weight ${i} of the postings is ${weights[i]}`)
  }
  return { terms, offsets, documents, weights }
}

// A vector of length 1, as float32 and with some rounding.
const maxComponent = 1.001

/** @returns documents × size, row-major. @throws HostError ARTIFACT_INVALID */
export function readDocumentVectors(file: TensorFile, count: number, size: number): Float32Array {
  const vectors = file.tensor('document_vectors', 'F32', [count, size])
  for (let i = 0; i < vectors.length; i++) {
    if (!(Math.abs(vectors[i]!) <= maxComponent)) {
      throw invalid(file, `row ${Math.floor(i / size)} of "document_vectors" is no vector of length 1`)
    }
  }
  return vectors
}
