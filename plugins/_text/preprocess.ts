import { ProtectedTokens } from './protected-tokens.js'
import type { Stemmer } from './stem.js'
import { type Language, noWords, stopWords } from './stop-words.js'
import { TokenScanner } from './token-scanner.js'

/** How texts become tokens; part of a model's params, so that training and prediction do the same. */
export interface TextSettings {
  readonly language: Language
  readonly stop_words: 'nltk' | 'none'
  readonly stop_words_extra: readonly string[]
  readonly protected_tokens: readonly string[]
  readonly normalization: 'none' | 'stemming'
}

// `tokens` never pauses, so all preprocessors of a thread share it.
const scanner = new TokenScanner()

/**
 * Text → tokens, as the original DocSim prepares texts: lower case, protected tokens, `simple_preprocess`, stop words
 * out. Stems, where asked for, come after the stop words.
 */
export class Preprocessor {
  readonly #listed: ReadonlySet<string>
  readonly #extra: ReadonlySet<string>
  readonly #protected: ProtectedTokens
  readonly #stem: Stemmer | undefined

  /** @param stem  for `normalization: 'stemming'` */
  constructor(settings: TextSettings, stem?: Stemmer) {
    const extra = settings.stop_words_extra
    this.#listed = settings.stop_words === 'nltk' ? stopWords(settings.language) : noWords
    this.#extra = extra.length > 0 ? new Set([...extra, ...extra.map(word => word.toLowerCase())]) : noWords
    this.#protected = new ProtectedTokens(settings.protected_tokens)
    this.#stem = stem
  }

  tokens(text: string): string[] {
    // Stemmers know composed letters only; without stems a text is read as gensim reads it.
    const lower = (this.#stem ? text.normalize('NFC') : text).toLowerCase()
    const marked = this.#protected.mark(lower)
    const tokens: string[] = []
    scanner.open(marked)
    while (scanner.next()) {
      const word = marked.slice(scanner.start, scanner.end)
      const kept = this.#protected.restore(word)
      const token = kept ?? word
      if (this.isStopWord(token)) continue
      tokens.push(this.#stem && kept === undefined ? this.#stem(token) : token)
    }
    return tokens
  }

  isStopWord(token: string): boolean {
    return this.#listed.has(token) || this.#extra.has(token)
  }

  /** All stop words. */
  *stopWords(): Iterable<string> {
    yield* this.#listed
    yield* this.#extra
  }

  /** Are the tokens of this lower-cased text what a `TokenScanner` finds in it, apart from stop words? */
  isPlain(lower: string): boolean {
    return this.#stem === undefined && !this.#protected.occurIn(lower)
  }
}

/** The preprocessor of these settings; stemmers are imported only where they are needed. */
export async function createPreprocessor(settings: TextSettings): Promise<Preprocessor> {
  if (settings.normalization === 'none') return new Preprocessor(settings)
  const { stemmerOf } = await import('./stem.js')
  return new Preprocessor(settings, stemmerOf(settings.language))
}
