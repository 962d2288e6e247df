import { type PrecisionRecall, precisionRecall } from './precision-recall.js'

/** One document; phrases as `stemPhrase` makes them. */
export interface RankedPhrases {
  /** Best first. */
  readonly ranked: readonly string[]
  /** At least one; variants of a phrase stand for themselves. */
  readonly gold: ReadonlySet<string>
}

/**
 * A phrase as it is compared with others: lower-cased, each of its words stemmed, with single spaces.
 *
 * @param stem  of a lower-cased word in NFC
 */
export function stemPhrase(phrase: string, stem: (word: string) => string): string {
  const words = phrase.normalize('NFC').toLowerCase().split(/\s+/)
  return words
    .filter(word => word !== '')
    .map(stem)
    .join(' ')
}

/**
 * How many of the first k phrases are right, of one document. Precision is over as many phrases as there are, where
 * there are less than k; phrases that are the same but for their endings are one hit.
 *
 * @see Hulth 2003, Improved Automatic Keyword Extraction Given More Linguistic Knowledge
 */
export function keyphrasesAt({ ranked, gold }: RankedPhrases, k: number): PrecisionRecall {
  const first = ranked.slice(0, k)
  const hits = new Set(first.filter(phrase => gold.has(phrase))).size
  return precisionRecall({ hits, predicted: first.length, gold: gold.size })
}

/** The mean of each over at least one document (macro): of F, the mean of the documents' F, not the F of the means. */
export function meanKeyphrasesAt(documents: readonly RankedPhrases[], k: number): PrecisionRecall {
  const sum = { precision: 0, recall: 0, f1: 0 }
  for (const document of documents) {
    const { precision, recall, f1 } = keyphrasesAt(document, k)
    sum.precision += precision
    sum.recall += recall
    sum.f1 += f1
  }
  const { length } = documents
  return { precision: sum.precision / length, recall: sum.recall / length, f1: sum.f1 / length }
}
