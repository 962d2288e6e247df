/** Texts that become tokens in a fixed way, found by the characters of a stretch of text, without a substring. */
export interface SpecialCase {
  readonly text: string
  /** Lengths of its tokens; their sum is the length of the text. */
  readonly pieces: readonly number[]
  readonly kind: number
}

const filterBits = 13
const hashOf = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193)
const filterIndex = (first: number, last: number, length: number): number =>
  (first * 31 + last * 7 + length * 1021) & ((1 << filterBits) - 1)

export class SpecialCases {
  readonly #cases: readonly SpecialCase[]
  readonly #slots: Int16Array
  readonly #maxLength: number
  // Nearly all words differ from all special cases in first and last letter and length; those cost no hash.
  readonly #filter = new Uint8Array(1 << filterBits)
  readonly #beginnings = new Uint8Array(1 << filterBits)

  /** @param cases  of two with the same text the first counts */
  constructor(cases: readonly SpecialCase[]) {
    const byText = new Map<string, SpecialCase>()
    for (const entry of cases) if (!byText.has(entry.text)) byText.set(entry.text, entry)
    this.#cases = [...byText.values()]
    this.#maxLength = Math.max(0, ...this.#cases.map(({ text }) => text.length))
    let size = 16
    while (size < this.#cases.length * 4) size *= 2
    this.#slots = new Int16Array(size).fill(-1)
    for (const [index, { text }] of this.#cases.entries()) {
      let hash = 0
      for (let i = 0; i < text.length; i++) hash = hashOf(hash, text.charCodeAt(i))
      let slot = hash & (size - 1)
      while (this.#slots[slot] !== -1) slot = (slot + 1) & (size - 1)
      this.#slots[slot] = index
      this.#filter[filterIndex(text.charCodeAt(0), text.charCodeAt(text.length - 1), text.length)] = 1
      this.#beginnings[filterIndex(text.charCodeAt(0), text.charCodeAt(1), 0)] = 1
    }
  }

  /** May `find` find it? Cheap, for the paths that most words take. */
  mayHave(text: string, start: number, end: number): boolean {
    return this.#filter[filterIndex(text.charCodeAt(start), text.charCodeAt(end - 1), end - start)] === 1
  }

  /** The special case that `text.slice(start, end)` is. In constant time, however long the stretch. */
  find(text: string, start: number, end: number): SpecialCase | undefined {
    const length = end - start
    if (length === 0 || length > this.#maxLength || !this.mayHave(text, start, end)) return undefined
    let hash = 0
    for (let i = start; i < end; i++) hash = hashOf(hash, text.charCodeAt(i))
    const last = this.#slots.length - 1
    for (let slot = hash & last; this.#slots[slot] !== -1; slot = (slot + 1) & last) {
      const entry = this.#cases[this.#slots[slot]!]!
      if (entry.text.length === length && text.startsWith(entry.text, start)) return entry
    }
    return undefined
  }

  /** May one of two units or more begin at a place? Cheap, like `mayHave`. */
  mayBegin(text: string, at: number): boolean {
    return this.#beginnings[filterIndex(text.charCodeAt(at), text.charCodeAt(at + 1), 0)] === 1
  }

  /** The longest special case of a kind, of two units or more, that begins at a place and ends at or before `end`. */
  longest(text: string, start: number, end: number, kind: number): SpecialCase | undefined {
    if (!this.mayBegin(text, start)) return undefined
    for (let last = Math.min(end, start + this.#maxLength); last > start + 1; last--) {
      const found = this.find(text, start, last)
      if (found?.kind === kind) return found
    }
    return undefined
  }
}
