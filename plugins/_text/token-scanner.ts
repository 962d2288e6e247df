import { hashByte, hashStart } from 'modelhost'

/**
 * The tokens of gensim's `simple_preprocess`, found without an allocation: maximal runs of word characters other than
 * digits (`[\p{L}\p{Nl}\p{No}_]+`), of 2 to 15 code points, that do not begin with `_`.
 *
 * A text is read as UTF-8, the form that vocabularies have and hashes are made of. Byte by byte, and without a branch
 * for umlauts: most bytes say by themselves what they belong to. Where one does not, the run is read once more, by
 * code points.
 *
 * @see gensim/utils.py: simple_preprocess, tokenize
 */
const minPoints = 2
const maxPoints = 15
const underscore = 0x5f
const space = 0x20

const wordCharacter = /[\p{L}\p{Nl}\p{No}_]/u

/** ASCII that is no word character. */
const gap = 0
/** The first byte of a word character. */
const first = 1
/** A further byte of one. */
const further = 2
const doubtful = -1

/** What a byte says. */
const kinds = Int8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x80) return wordCharacter.test(String.fromCharCode(byte)) ? first : gap
  // U+00C0 to U+02BF are letters, all but × (C3 97) and ÷ (C3 B7), and modifiers from U+02B0 on.
  if (byte < 0xc0) return byte === 0x97 || byte === 0xb7 ? doubtful : further
  return byte >= 0xc3 && byte <= 0xc9 ? first : doubtful
})

// By code point, filled in as characters are met; pages that are never touched cost no memory.
const unseen = 0
const other = 1
const word = 2
const classes = new Uint8Array(0x110000)

function isWordCharacter(point: number): boolean {
  if (classes[point] === unseen) classes[point] = wordCharacter.test(String.fromCodePoint(point)) ? word : other
  return classes[point] === word
}

/** The code point at `at`, in UTF-8 without faults. */
function pointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return lead
  const second = bytes[at + 1]! & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  const third = bytes[at + 2]! & 0x3f
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f)
}

const encoder = new TextEncoder()
/** Longer texts have a buffer of their own while they are read. */
const scratchBytes = 1 << 16

/** A cursor over the tokens of one text after the other, which hashes words while it reads them. */
export class TokenScanner {
  /** The current token is `text.slice(start, end)`. */
  start = 0
  end = 0
  /** The text as UTF-8; the current token is `bytes[byteStart..byteEnd)`, as `StringTable.findUtf8` takes it. */
  bytes: Uint8Array
  byteStart = 0
  byteEnd = 0
  hash = 0
  #length = 0
  readonly #scratch = new Uint8Array(scratchBytes)

  constructor() {
    this.bytes = this.#scratch
  }

  /** @param text  lower-cased */
  open(text: string): void {
    const needBytes = text.length * 3 + 1
    this.bytes = needBytes <= scratchBytes ? this.#scratch : new Uint8Array(needBytes)
    // Half a surrogate pair becomes U+FFFD: neither is a word character.
    this.#length = encoder.encodeInto(text, this.bytes).written
    // Ends the last run.
    this.bytes[this.#length] = space
    this.end = 0
    this.byteEnd = 0
  }

  /** Goes to the next token. @returns false at the end of the text */
  next(): boolean {
    const { bytes } = this
    const length = this.#length
    let at = this.byteEnd
    let unit = this.end
    while (at < length) {
      let byte = bytes[at]!
      let kind = kinds[byte]!
      if (kind === gap) {
        at++
        unit++
        continue
      }
      const byteStart = at
      const start = unit
      let hash = hashStart
      let points = 0
      while (kind > gap) {
        hash = hashByte(hash, byte)
        points += kind & first
        byte = bytes[++at]!
        kind = kinds[byte]!
      }
      unit += points
      if (kind === doubtful) {
        points = this.#readRun(byteStart, start)
        at = this.byteEnd
        unit = this.end
        hash = this.hash
      }
      if (points >= minPoints && points <= maxPoints && bytes[byteStart] !== underscore) {
        this.start = start
        this.end = unit
        this.byteStart = byteStart
        this.byteEnd = at
        this.hash = hash
        return true
      }
    }
    this.byteEnd = length
    this.bytes = this.#scratch
    return false
  }

  /**
   * Reads the run of word characters at a place, by code points, or the one other character that is there: sets `end`,
   * `byteEnd` and `hash`.
   *
   * @param start  the place in UTF-16 units
   * @returns the code points of the run; 0 when there is none
   */
  #readRun(byteStart: number, start: number): number {
    const { bytes } = this
    let at = byteStart
    let unit = start
    let hash = hashStart
    let points = 0
    for (;;) {
      const point = pointAt(bytes, at)
      const isWord = isWordCharacter(point)
      if (!isWord && points > 0) break
      const next = at + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4)
      unit += point < 0x10000 ? 1 : 2
      if (!isWord) {
        at = next
        break
      }
      while (at < next) hash = hashByte(hash, bytes[at++]!)
      points++
    }
    this.end = unit
    this.byteEnd = at
    this.hash = hash
    return points
  }
}
