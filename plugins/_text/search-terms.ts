import type { Stemmer } from './stem.js'
import { type Language, noWords, stopWords } from './stop-words.js'

/** What of the params decides over the terms of a search. */
export interface SearchTermSettings {
  readonly language: Language
  readonly stop_words: 'nltk' | 'none'
  readonly stop_words_extra: readonly string[]
}

// Tweets end in addresses that say nothing of their text.
const links = /(?:https?:\/\/|www\.|pic\.twitter\.com\/)\S+/gu
const words = /[\p{L}\p{N}]{2,}/gu

/**
 * Text → what a search compares: stems of runs of letters and digits, two or more, lower-cased, without stop words and
 * links. Unlike the tokens of word vectors, numbers and words of any length are terms: they tell claims apart.
 */
export class SearchTerms {
  readonly #listed: ReadonlySet<string>
  readonly #extra: ReadonlySet<string>
  readonly #stem: Stemmer

  constructor(settings: SearchTermSettings, stem: Stemmer) {
    const extra = settings.stop_words_extra
    this.#listed = settings.stop_words === 'nltk' ? stopWords(settings.language) : noWords
    this.#extra = extra.length > 0 ? new Set(extra.map(word => word.toLowerCase())) : noWords
    this.#stem = stem
  }

  /** The terms in their order, repeated where the text repeats them. */
  of(text: string): string[] {
    const terms: string[] = []
    for (const word of text.normalize('NFC').toLowerCase().replace(links, ' ').match(words) ?? []) {
      if (!this.#listed.has(word) && !this.#extra.has(word)) terms.push(this.#stem(word))
    }
    return terms
  }
}

/** The terms of these settings; the stemmer is imported only where it is needed. */
export async function createSearchTerms(settings: SearchTermSettings): Promise<SearchTerms> {
  const { stemmerOf } = await import('./stem.js')
  return new SearchTerms(settings, stemmerOf(settings.language))
}
