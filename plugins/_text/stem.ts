import { flatCopy } from './flat-copy.js'
import { stemEnglish, stemGerman } from './natural.js'
import type { Language } from './stop-words.js'

export type Stemmer = (word: string) => string

// A stem costs 2 µs, and most words of a text were seen before. 20,000 words are about 2 MB a thread and language.
const maxRemembered = 20_000
/** What is longer is no word, and stemmers take quadratic time to find that out: a megabyte would hold a lane for minutes. */
const maxLength = 64

function remembering(stem: Stemmer): Stemmer {
  const known = new Map<string, string>()
  return word => {
    if (word.length > maxLength) return word
    const stored = known.get(word)
    if (stored !== undefined) return stored
    if (known.size >= maxRemembered) known.clear()
    const result = stem(word)
    known.set(flatCopy(word), flatCopy(result))
    return result
  }
}

const stemmers: Record<Language, Stemmer> = { de: remembering(stemGerman), en: remembering(stemEnglish) }

/**
 * The stemmer of a language, for lower-cased words in NFC: Snowball for German, Porter for English. Words of more than 64
 * letters are their own stems.
 */
export function stemmerOf(language: Language): Stemmer {
  return stemmers[language]
}
