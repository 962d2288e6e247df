const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/**
 * xoshiro128**: 32 bits a draw, period 2^128 - 1, no BigInt. Its state is filled from the seed by splitmix32.
 *
 * @see Blackman and Vigna 2018, Scrambled Linear Pseudorandom Number Generators
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** @param seed  0 to 2^32 - 1 */
  constructor(seed: number) {
    let state = seed | 0
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0
      let z = state ^ (state >>> 16)
      z = Math.imul(z, 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next()
  }

  /** 32 random bits. */
  bits(): number {
    const b = this.#b
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    this.#c ^= this.#a
    this.#d ^= b
    this.#b = b ^ this.#c
    this.#a ^= this.#d
    this.#c ^= b << 9
    this.#d = rotate(this.#d, 11)
    return result
  }

  /** Uniform in [from, to). */
  uniform(from: number, to: number): number {
    return from + (to - from) * (this.bits() / 0x1_0000_0000)
  }
}
