import { doubled } from '../growing.js'

/** What a token is. In `punctuation` every character has a Unicode category P; `other` are further symbols and signs. */
export const tokenKind = {
  word: 0,
  space: 1,
  punctuation: 2,
  number: 3,
  url: 4,
  email: 5,
  mention: 6,
  hashtag: 7,
  emoji: 8,
  emoticon: 9,
  other: 10,
} as const

/**
 * Tokens of one text. A tokeniser has one such object and fills it anew: valid until its next call. Offsets are UTF-16
 * units into the text as it was given, end exclusive; tokens are in order and do not overlap.
 */
export interface Tokens {
  readonly count: number
  /** Only `[0, count)` counts, here and in `ends` and `kinds`. */
  readonly starts: Uint32Array
  readonly ends: Uint32Array
  readonly kinds: Uint8Array
  readonly sentenceCount: number
  /** For each sentence, the index of the token after its last one; only `[0, sentenceCount)` counts. */
  readonly sentenceEnds: Uint32Array
}

const firstCapacity = 1024
/** What a longer text needed is given back before the next text. */
const maxKept = 1 << 16

/** The tokens as a tokeniser writes them; arrays grow, and are replaced when they do. */
export class TokenBuffer implements Tokens {
  count = 0
  starts = new Uint32Array(firstCapacity)
  ends = new Uint32Array(firstCapacity)
  kinds = new Uint8Array(firstCapacity)
  sentenceCount = 0
  sentenceEnds = new Uint32Array(firstCapacity)

  /** Begins a new text. */
  clear(): void {
    this.count = 0
    this.sentenceCount = 0
    if (this.starts.length > maxKept) {
      this.starts = new Uint32Array(firstCapacity)
      this.ends = new Uint32Array(firstCapacity)
      this.kinds = new Uint8Array(firstCapacity)
    }
    if (this.sentenceEnds.length > maxKept) this.sentenceEnds = new Uint32Array(firstCapacity)
  }

  push(start: number, end: number, kind: number): void {
    const { count } = this
    if (count === this.starts.length) this.#grow()
    this.starts[count] = start
    this.ends[count] = end
    this.kinds[count] = kind
    this.count = count + 1
  }

  /** Ends a sentence before this token. */
  pushSentence(tokenIndex: number): void {
    const { sentenceCount } = this
    if (sentenceCount === this.sentenceEnds.length) this.sentenceEnds = doubled(this.sentenceEnds)
    this.sentenceEnds[sentenceCount] = tokenIndex
    this.sentenceCount = sentenceCount + 1
  }

  #grow(): void {
    this.starts = doubled(this.starts)
    this.ends = doubled(this.ends)
    this.kinds = doubled(this.kinds)
  }
}
