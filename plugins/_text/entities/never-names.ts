import { createTokenizer, type TokenizerSettings } from '../tokens/tokenizer.js'
import { type Tokens, tokenKind } from '../tokens/tokens.js'

/** As corpora of tweets write a URL that they may not show. */
const maskedUrl = /^URL\d+$/
const lettersAlone = /^[a-zA-Z]+$/
const slash = '/'

export interface NameSettings extends TokenizerSettings {
  /** May mentions be names? */
  readonly mentions: boolean
  /** May hashtags be names, or parts of them? */
  readonly hashtags: boolean
}

/**
 * Tells which tokens are no part of a name, whatever is around them: links, addresses, emoji and emoticons, mentions
 * and hashtags unless they may be, and the `RT` before a mention. A domain without a path may be the name of a company.
 */
export class NeverNames {
  readonly #mentions: boolean
  readonly #hashtags: boolean
  readonly #tokenize: (text: string) => Tokens
  /** Room for the kinds of the caller's own words. */
  #kinds = new Uint8Array(256)

  constructor(settings: NameSettings) {
    this.#mentions = settings.mentions
    this.#hashtags = settings.hashtags
    this.#tokenize = createTokenizer(settings)
  }

  /**
   * Calls `mark` with each such token of a text.
   *
   * @param tokens  of this text; the text with its character references read
   */
  inText(text: string, { count, starts, ends, kinds }: Tokens, mark: (token: number) => void): void {
    let last = -1
    for (let i = 0; i < count; i++) {
      const kind = kinds[i]!
      if (kind === tokenKind.space) continue
      if (kind === tokenKind.mention && last >= 0 && ends[last]! - starts[last]! === 2) {
        if (text.startsWith('RT', starts[last])) mark(last)
      }
      if (this.#isNever(kind, text, starts[i]!, ends[i]!)) mark(i)
      last = i
    }
  }

  /** The same for words as they are given: each is of the kind that it has when it is a whole text. */
  inWords(words: readonly string[], mark: (word: number) => void): void {
    if (this.#kinds.length < words.length) this.#kinds = new Uint8Array(2 * words.length)
    const kinds = this.#kinds
    for (const [i, word] of words.entries()) kinds[i] = this.#kindOf(word)
    for (const [i, word] of words.entries()) {
      if (word === 'RT' && i + 1 < words.length && kinds[i + 1] === tokenKind.mention) mark(i)
      if (this.#isNever(kinds[i]!, word, 0, word.length)) mark(i)
    }
  }

  #kindOf(word: string): number {
    if (lettersAlone.test(word)) return tokenKind.word
    if (maskedUrl.test(word)) return tokenKind.url
    const { count, kinds } = this.#tokenize(word)
    return count === 1 ? kinds[0]! : tokenKind.word
  }

  #isNever(kind: number, text: string, start: number, end: number): boolean {
    if (kind === tokenKind.mention) return !this.#mentions
    if (kind === tokenKind.hashtag) return !this.#hashtags
    if (kind === tokenKind.url) return isLink(text, start, end)
    return kind === tokenKind.email || kind === tokenKind.emoji || kind === tokenKind.emoticon
  }
}

function isLink(text: string, start: number, end: number): boolean {
  const url = text.slice(start, end)
  return url.includes(slash) || /^www\./i.test(url) || maskedUrl.test(url)
}
