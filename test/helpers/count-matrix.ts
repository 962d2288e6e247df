import type { CountMatrix } from '../../plugins/topical-page-rank/topics/train-topics.js'

/** Documents as lists of word numbers -> how often each is in each. */
export function countMatrix(documents: readonly (readonly number[])[], columns: number): CountMatrix {
  const indptr = [0]
  const indices: number[] = []
  const data: number[] = []
  for (const words of documents) {
    const counts = new Map<number, number>()
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
    indices.push(...counts.keys())
    data.push(...counts.values())
    indptr.push(indices.length)
  }
  const [ends, words, counts] = [indptr, indices, data].map(numbers => Uint32Array.from(numbers))
  return { rows: documents.length, columns, indptr: ends!, indices: words!, data: counts! }
}
