import { type Tokens, tokenKind } from '../tokens/tokens.js'
import { anyTag } from './kernels/score-kernel.js'

/** What of `Tokens` decides. */
export type TokenKinds = Pick<Tokens, 'count' | 'kinds' | 'sentenceCount' | 'sentenceEnds'>

// Of a thread: many models read tweets, and never at the same time.
let fixed = new Uint8Array(0)

/**
 * The tags that go with the signs of tweets, whatever the words around them, as treebanks of tweets have them: URLs and
 * retweet marks X, mentions PROPN or behind `RT` X, emoji and emoticons SYM, hashtags behind the last word X. A tagger
 * that learned from running text does not know them.
 *
 * @see Liu et al. 2018, Parsing Tweets into Universal Dependencies (the conventions of Tweebank v2)
 */
export class TweetTags {
  readonly #x: number
  readonly #name: number
  readonly #symbol: number

  /** @param tags  of the tagger; what it does not have is not fixed */
  constructor(tags: readonly string[]) {
    const numberOf = (tag: string) => (tags.includes(tag) ? tags.indexOf(tag) : anyTag)
    this.#x = numberOf('X')
    this.#name = numberOf('PROPN')
    this.#symbol = numberOf('SYM')
  }

  /**
   * @param isRetweetMark  is the token `RT`?
   * @returns of each token the tag, or `anyTag`; valid until the next call
   */
  of({ count, kinds, sentenceCount, sentenceEnds }: TokenKinds, isRetweetMark: (token: number) => boolean): Uint8Array {
    if (fixed.length < count) fixed = new Uint8Array(2 * count)
    for (let sentence = 0, from = 0; sentence < sentenceCount; sentence++) {
      const end = sentenceEnds[sentence]!
      this.#fixSentence(kinds, from, end, isRetweetMark)
      from = end
    }
    return fixed
  }

  #fixSentence(kinds: Uint8Array, from: number, end: number, isRetweetMark: (token: number) => boolean): void {
    let isTail = true
    for (let i = end - 1; i >= from; i--) {
      const kind = kinds[i]!
      fixed[i] = this.#tagOf(kind, isTail)
      if (!isSign(kind)) isTail = false
    }
    for (let i = from; i + 1 < end; i++) {
      const mention = kinds[i + 1] === tokenKind.space ? i + 2 : i + 1
      if (mention >= end || kinds[mention] !== tokenKind.mention || !isRetweetMark(i)) continue
      fixed[i] = this.#x
      fixed[mention] = this.#x
    }
  }

  #tagOf(kind: number, isTail: boolean): number {
    if (kind === tokenKind.url) return this.#x
    if (kind === tokenKind.mention) return this.#name
    if (kind === tokenKind.emoji || kind === tokenKind.emoticon) return this.#symbol
    return kind === tokenKind.hashtag && isTail ? this.#x : anyTag
  }
}

/** May stand behind the last word of a tweet. */
function isSign(kind: number): boolean {
  return (
    kind === tokenKind.url ||
    kind === tokenKind.mention ||
    kind === tokenKind.hashtag ||
    kind === tokenKind.emoji ||
    kind === tokenKind.emoticon ||
    kind === tokenKind.space
  )
}
