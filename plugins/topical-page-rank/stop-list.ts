import { noWords, stopWords } from '../_text/stop-words.js'

export interface StopWordSettings {
  readonly language: string
  readonly stop_words: 'nltk' | 'none'
  readonly stop_words_extra: readonly string[]
}

/** Words that say nothing of topics. The extra ones count as they are and lower-cased. */
export function* stopListOf({
  language,
  stop_words: list,
  stop_words_extra: extra,
}: StopWordSettings): Generator<string> {
  if (list === 'nltk') yield* listed(language)
  for (const word of extra) {
    yield word
    yield word.toLowerCase()
  }
}

/** Only German and English have a list. */
const listed = (language: string) => (language === 'de' || language === 'en' ? stopWords(language) : noWords)
