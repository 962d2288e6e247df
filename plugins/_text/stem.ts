import { flatCopy } from './flat-copy.js'
import { stemEnglish, stemGerman } from './natural.js'
import type { Language } from './stop-words.js'

export type Stemmer = (word: string) => string

// A stem costs 2 µs, and most words of a text were seen before. 20,000 words are about 2 MB a thread and language.
const maxRemembered = 20_000
/** Longer ones are no words that come again. */
const maxRememberedLength = 40

function remembering(stem: Stemmer): Stemmer {
  const known = new Map<string, string>()
  return word => {
    const stored = known.get(word)
    if (stored !== undefined) return stored
    if (known.size >= maxRemembered) known.clear()
    const result = stem(word)
    if (word.length <= maxRememberedLength) known.set(flatCopy(word), flatCopy(result))
    return result
  }
}

const stemmers: Record<Language, Stemmer> = { de: remembering(stemGerman), en: remembering(stemEnglish) }

/** The stemmer of a language, for lower-cased words in NFC: Snowball for German, Porter for English. */
export function stemmerOf(language: Language): Stemmer {
  return stemmers[language]
}
