import type { SearchTerms } from '../../_text/search-terms.js'
import { toUnit } from '../vectors/principal-components.js'
import type { TextVectors } from '../vectors/text-vectors.js'
import type { WordOverlap } from '../word-overlap.js'
import type { ReadQuery, SearchData } from './document-search.js'

/**
 * How texts ask for the documents that share their words. Each term counts once: tweets repeat words that matter no more
 * for it.
 */
export function bm25Queries({ postings }: SearchData, searchTerms: SearchTerms): ReadQuery {
  return text => {
    const terms = new Set<number>()
    for (const term of searchTerms.of(text)) {
      const number = postings!.terms.find(term)
      if (number >= 0) terms.add(number)
    }
    if (terms.size === 0) return undefined
    return { terms: [...terms], factors: new Array(terms.size).fill(1), vectorFactor: 0 }
  }
}

/**
 * How texts ask for the documents that are similar to them.
 *
 * @param overlap  of words, where it has a share, `blend`
 */
export function vectorQueries(
  data: SearchData,
  vectors: TextVectors,
  overlap: WordOverlap | undefined,
  blend: number,
): ReadQuery {
  const vector = new Float64Array(vectors.size)
  return text => {
    const isKnown = vectors.read(text, vector) > 0 && toUnit(vector)
    const found = overlap ? overlapTerms(data, overlap, text, blend) : { terms: [], factors: [] }
    if (!isKnown && found.terms.length === 0) return undefined
    return { ...found, vector: isKnown ? vector : undefined, vectorFactor: 1 - blend }
  }
}

function overlapTerms({ postings }: SearchData, overlap: WordOverlap, text: string, blend: number) {
  const { idf, norm } = overlap.read(text)
  const terms: number[] = []
  const factors: number[] = []
  for (const [token, value] of idf) {
    const number = postings!.terms.find(token)
    if (number < 0) continue
    terms.push(number)
    factors.push((blend * value) / norm)
  }
  return { terms, factors }
}
