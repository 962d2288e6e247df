import { flatCopy } from '../_text/flat-copy.js'
import { StringIds } from './string-ids.js'

/** Word, as it stands in a text → its stem. */
export type Stem = (word: string) => string

/** Words about to be stemmed are mostly known from texts before: some 2 MB a thread and language. */
const maxRemembered = 20_000
/** Their UTF-16 units, as a text may be one word of megabytes. */
const maxRememberedUnits = 1 << 20

/** Stems of words as they stand in texts, found without making a string of each. */
export class Stems {
  readonly #surfaces = new StringIds()
  readonly #stems: string[] = []
  #units = 0

  constructor(private readonly stem: Stem) {}

  /** Numbers of words stay until then. */
  beginDocument(): void {
    if (this.#surfaces.count <= maxRemembered && this.#units <= maxRememberedUnits) return
    this.#surfaces.clear()
    this.#stems.length = 0
    this.#units = 0
  }

  /** How many words have numbers. */
  get count(): number {
    return this.#surfaces.count
  }

  /** The number of the word `source[start..end)`. */
  numberOf(source: string, start: number, end: number): number {
    const known = this.#surfaces.find(source, start, end)
    if (known >= 0) return known
    // A slice would keep its whole text.
    const word = flatCopy(source.slice(start, end))
    this.#stems.push(flatCopy(this.stem(word).toLowerCase()))
    this.#units += word.length
    return this.#surfaces.add(word)
  }

  /** The stem of a word, in lower case. */
  stemOf(number: number): string {
    return this.#stems[number]!
  }
}

// Of a thread, by language: thousands of models share what is known of its words.
const made = new Map<string, Stems>()

/**
 * What a `normalization` makes of words: `stemming` their stems, as pke 1.8 has them; anything else leaves them as they
 * are.
 *
 * @param language  for stemming `de` or `en`, as `findParamsProblem` makes sure
 * @returns undefined where words stay
 */
export async function stemsFor(normalization: string | null, language: string): Promise<Stems | undefined> {
  if (normalization !== 'stemming') return undefined
  let stems = made.get(language)
  if (!stems) {
    stems = new Stems(await stemOfLanguage(language))
    made.set(language, stems)
  }
  return stems
}

async function stemOfLanguage(language: string): Promise<Stem> {
  // Stemmers are imported only where they are needed: the German one takes 10 ms.
  if (language === 'en') return (await import('../_text/porter.js')).stemEnglish
  const stem = (await import('../_text/stem.js')).stemmerOf('de', { keepStopWords: true })
  return word => stem(word.toLowerCase())
}
