import { flatCopy } from './flat-copy.js'
import { stemGerman } from './natural.js'
import { stemEnglish } from './porter.js'
import { type Language, stopWords } from './stop-words.js'

export type Stemmer = (word: string) => string

// A stem costs up to 2 µs, and most words of a text were seen before. 20,000 words are about 2 MB a thread and language.
const maxRemembered = 20_000
const maxRememberedLength = 64

/** What is longer than any word is its own stem. */
function remembering(stem: Stemmer): Stemmer {
  const known = new Map<string, string>()
  return word => {
    if (word.length > maxRememberedLength) return word.length > longest ? word : stem(word)
    const stored = known.get(word)
    if (stored !== undefined) return stored
    if (known.size >= maxRemembered) known.clear()
    const result = stem(word)
    known.set(flatCopy(word), flatCopy(result))
    return result
  }
}

// A URL of some hundred letters has a stem, but German takes quadratic time: a megabyte would hold a lane for minutes.
const longest = 1000

const stemmers: Record<Language, Stemmer> = { de: remembering(stemGerman), en: remembering(stemEnglish) }

function keepingStopWords(language: Language): Stemmer {
  const kept = stopWords(language)
  const stem = stemmers[language]
  return word => (kept.has(word) ? word : stem(word))
}

const keeping: Record<Language, Stemmer> = { de: keepingStopWords('de'), en: keepingStopWords('en') }

export interface StemmerSettings {
  /** Leave NLTK's stop words as they are, as pke 1.8 does in German. Default: false. */
  readonly keepStopWords?: boolean
}

/**
 * The stemmer of a language, for lower-cased words in NFC: Snowball for German; for English Porter with NLTK's
 * extensions. A word of more than 1,000 letters is its own stem.
 */
export function stemmerOf(language: Language, { keepStopWords = false }: StemmerSettings = {}): Stemmer {
  return (keepStopWords ? keeping : stemmers)[language]
}
