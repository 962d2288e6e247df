/** What offsets in a text count: units of UTF-16 as JavaScript does, characters as Python and Snowflake do, or bytes. */
export const offsetUnits = ['utf16', 'code_points', 'utf8'] as const
export type OffsetUnit = (typeof offsetUnits)[number]

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00

/**
 * Offsets of a text in another unit, from left to right: each is looked for from the one before, so that all together
 * take one pass. Half a surrogate pair by itself is one character, of the three bytes of U+FFFD.
 */
export class OffsetCursor {
  readonly #text: string
  readonly #unit: OffsetUnit
  #at = 0
  #count = 0

  constructor(text: string, unit: OffsetUnit) {
    this.#text = text
    this.#unit = unit
  }

  /**
   * The offset of a place that is not before the last one; within a pair, that behind the pair.
   *
   * @param at  in UTF-16 units
   */
  to(at: number): number {
    if (this.#unit === 'utf16') return at
    while (this.#at < at) this.#step()
    return this.#count
  }

  /**
   * The place of an offset that is not before the last one, in UTF-16 units; undefined beyond the end and within a
   * character.
   */
  find(count: number): number | undefined {
    if (this.#unit === 'utf16') return count <= this.#text.length ? count : undefined
    while (this.#count < count && this.#at < this.#text.length) this.#step()
    return this.#count === count ? this.#at : undefined
  }

  #step(): void {
    const unit = this.#text.charCodeAt(this.#at)
    const isPair = isHigh(unit) && isLow(this.#text.charCodeAt(this.#at + 1))
    this.#at += isPair ? 2 : 1
    this.#count += this.#unit === 'code_points' ? 1 : isPair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3
  }
}
