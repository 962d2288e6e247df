import { hashByte, hashStart } from 'modelhost'

/**
 * The tokens of gensim's `simple_preprocess`, found without an allocation: maximal runs of word characters other than
 * digits (`[\p{L}\p{Nl}\p{No}_]+`), of 2 to 15 code points, that do not begin with `_`.
 *
 * @see gensim/utils.py: simple_preprocess, tokenize
 */
const minPoints = 2
const maxPoints = 15
const underscore = 0x5f

const unseen = 0
const other = 1
const word = 2
// By code point, filled in as characters are met; pages that are never touched cost no memory.
const classes = new Uint8Array(0x110000)
const wordCharacter = /[\p{L}\p{Nl}\p{No}_]/u

function classOf(point: number): number {
  const known = classes[point]!
  if (known !== unseen) return known
  const found = wordCharacter.test(String.fromCodePoint(point)) ? word : other
  classes[point] = found
  return found
}

/** UTF-16 units of the word character at `at`; 0 when there is none. */
function wordUnits(text: string, at: number): number {
  const point = text.codePointAt(at)!
  // Half a pair. Surrogates stay unseen, so that each comes here.
  if (point >= 0xd800 && point <= 0xdfff) return 0
  if (classOf(point) === other) return 0
  return point > 0xffff ? 2 : 1
}

/** A cursor over the tokens of one text after the other. It reads each character once, and hashes words meanwhile. */
export class TokenScanner {
  /** The current token is `text.slice(start, end)`. */
  start = 0
  end = 0
  /** The current token as `StringTable.findUtf8` takes it. */
  readonly bytes = new Uint8Array(128)
  byteLength = 0
  hash = 0
  /** False for a token with a character from U+0800 on, which `bytes` and `hash` leave out. */
  isHashed = false
  #text = ''
  #length = 0

  /** @param text  lower-cased */
  open(text: string): void {
    this.#text = text
    this.#length = text.length
    this.start = 0
    this.end = 0
  }

  /** Goes to the next token. @returns false at the end of the text */
  next(): boolean {
    const text = this.#text
    const length = this.#length
    const { bytes } = this
    let at = this.end
    while (at < length) {
      const start = at
      let points = 0
      let byteLength = 0
      let hash = hashStart
      let isHashed = true
      while (at < length) {
        const unit = text.charCodeAt(at)
        if (classes[unit] !== word) {
          // Not a word character, or one whose class is still to be learned, or half of one.
          const units = classes[unit] === other ? 0 : wordUnits(text, at)
          if (units === 0) break
          at += units - 1
        }
        at++
        points++
        // The bytes of a word that is too long go round and are never read.
        if (unit < 0x80) {
          bytes[byteLength++ & 127] = unit
          hash = hashByte(hash, unit)
        } else if (unit < 0x800) {
          const first = 0xc0 | (unit >> 6)
          const second = 0x80 | (unit & 0x3f)
          bytes[byteLength++ & 127] = first
          bytes[byteLength++ & 127] = second
          hash = hashByte(hashByte(hash, first), second)
        } else {
          isHashed = false
        }
      }
      if (points >= minPoints && points <= maxPoints && text.charCodeAt(start) !== underscore) {
        this.start = start
        this.end = at
        this.byteLength = byteLength
        this.hash = hash
        this.isHashed = isHashed
        return true
      }
      if (points === 0) at++
    }
    this.end = length
    return false
  }
}
