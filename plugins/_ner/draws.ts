/**
 * Draws from lists, alike for the same seed.
 *
 * @see Marsaglia 2003, Xorshift RNGs
 */
export class Draws {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1
    for (let i = 0; i < 8; i++) this.#next()
  }

  of<T>(list: readonly T[]): T {
    return list[this.#next() % list.length]!
  }

  /** True so often: `share` is 0 to 1. */
  chance(share: number): boolean {
    return this.#next() < share * 2 ** 32
  }

  #next(): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return this.#state >>> 0
  }
}
