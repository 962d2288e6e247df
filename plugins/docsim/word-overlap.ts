import type { StringTable } from 'modelhost'
import type { Preprocessor } from '../_text/preprocess.js'

/** A text as its distinct words with what each is worth. */
export interface WordSet {
  readonly idf: ReadonlyMap<string, number>
  /** Length of the vector of these numbers. */
  readonly norm: number
}

/**
 * Inverse document frequency, ln(1 + N / n), of a word that n of N documents have. What the vocabulary does not have
 * counts as in one document.
 */
export function inverseDocumentFrequency(documents: number, withWord: number): number {
  return Math.log1p(documents / Math.max(withWord, 1))
}

/** How many words two texts share, rare ones worth more: the cosine of their words as 0 or IDF. */
export class WordOverlap {
  /**
   * @param documentCounts  in how many documents each word of the vocabulary is
   * @param documents       how many there are
   */
  constructor(
    private readonly vocabulary: StringTable,
    private readonly documentCounts: Uint32Array,
    private readonly documents: number,
    private readonly preprocessor: Preprocessor,
  ) {}

  read(text: string): WordSet {
    const idf = new Map<string, number>()
    let square = 0
    for (const token of this.preprocessor.tokens(text)) {
      if (idf.has(token)) continue
      const word = this.vocabulary.find(token)
      const value = inverseDocumentFrequency(this.documents, word < 0 ? 1 : this.documentCounts[word]!)
      idf.set(token, value)
      square += value * value
    }
    return { idf, norm: Math.sqrt(square) }
  }

  /** From 0 to 1; 0 where a text has no words. */
  similarity(text1: string, text2: string): number {
    const left = this.read(text1)
    const right = this.read(text2)
    let shared = 0
    for (const [token, value] of left.idf) {
      if (right.idf.has(token)) shared += value * value
    }
    return shared === 0 ? 0 : shared / (left.norm * right.norm)
  }
}
