import { english, german } from './stop-word-lists.js'

export type Language = 'de' | 'en'

const setOf = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/))

// Made once a thread: thousands of models share them.
const lists = { de: setOf(german), en: setOf(english) }

/** Where nothing is to be left out; shared, as thousands of models have none. */
export const noWords: ReadonlySet<string> = new Set()

/** NLTK's stop words of a language: lower-cased, 232 German ones, 179 English ones. */
export function stopWords(language: Language): ReadonlySet<string> {
  return lists[language]
}
