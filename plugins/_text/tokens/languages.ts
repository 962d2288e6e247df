import { emoticons } from './emoticons.js'
import { englishAbbreviations, englishContractions, englishTimes, englishWhole } from './english.js'
import { germanAbbreviations, germanContractions } from './german.js'
import { type SpecialCase, SpecialCases } from './special-cases.js'
import { tokenKind } from './tokens.js'

/** What tells one language's rules from another's. */
export interface LanguageRules {
  readonly name: 'de' | 'en' | 'other'
  readonly specials: SpecialCases
  /** Are there special cases of letters alone, such as `cannot`? */
  readonly hasLetterSpecials: boolean
}

const whole = (text: string, kind: number = tokenKind.word): SpecialCase => ({ text, pieces: [text.length], kind })
const cut = (form: string): SpecialCase => {
  const pieces = form.split('|')
  return { text: pieces.join(''), pieces: pieces.map(piece => piece.length), kind: tokenKind.word }
}

const apostrophes = (text: string): string[] => [text, text.replaceAll("'", '’')]

const initials = [...'abcdefghijklmnopqrstuvwxyzäöü'].flatMap(letter => [`${letter}.`, `${letter.toUpperCase()}.`])
const common: readonly SpecialCase[] = [
  ...emoticons.map(text => whole(text, tokenKind.emoticon)),
  whole("''", tokenKind.punctuation),
  ...[...initials, 'C++', '°C.', '°F.', '°K.'].map(text => whole(text)),
]

const makers: Record<LanguageRules['name'], () => LanguageRules> = {
  de: () => {
    const own = [...germanAbbreviations, ...germanContractions]
    return {
      name: 'de',
      specials: new SpecialCases([...common, ...own.map(text => whole(text))]),
      hasLetterSpecials: false,
    }
  },
  en: () => {
    const own = [
      ...[...englishAbbreviations, ...englishWhole.flatMap(apostrophes)].map(text => whole(text)),
      ...englishContractions.map(cut),
    ]
    const specials = new SpecialCases([...common, ...own, ...englishTimes.map(cut)])
    return { name: 'en', specials, hasLetterSpecials: true }
  },
  other: () => ({ name: 'other', specials: new SpecialCases(common), hasLetterSpecials: false }),
}

// Made once a thread, when a language is first asked for.
const made = new Map<LanguageRules['name'], LanguageRules>()

/** The rules of a language, `de` and `en` by their two letters; others share the general ones. */
export function languageRules(language: string): LanguageRules {
  const name = language === 'de' || language === 'en' ? language : 'other'
  let rules = made.get(name)
  if (rules === undefined) {
    rules = makers[name]()
    made.set(name, rules)
  }
  return rules
}
