/** Numbers for hashes of 64 bits, from 0 in the order in which they come. */
export class Interner {
  #low: Uint32Array
  #high: Uint32Array
  /** The number, and one; 0 where the slot is empty. */
  #numbers: Uint32Array
  #mask: number
  #count = 0

  constructor(capacity = 1 << 16) {
    this.#low = new Uint32Array(capacity)
    this.#high = new Uint32Array(capacity)
    this.#numbers = new Uint32Array(capacity)
    this.#mask = capacity - 1
  }

  get count(): number {
    return this.#count
  }

  /** The number of a hash, given as its two halves. */
  numberOf(low: number, high: number): number {
    const slot = this.#slotOf(low, high)
    const number = this.#numbers[slot]!
    if (number !== 0) return number - 1
    this.#low[slot] = low
    this.#high[slot] = high
    this.#numbers[slot] = ++this.#count
    if (this.#count * 2 > this.#mask) this.#grow()
    return this.#count - 1
  }

  /** All hashes by number, two u32 each. */
  hashes(): Uint32Array {
    const hashes = new Uint32Array(2 * this.#count)
    for (let slot = 0; slot <= this.#mask; slot++) {
      const number = this.#numbers[slot]!
      if (number === 0) continue
      hashes[2 * number - 2] = this.#low[slot]!
      hashes[2 * number - 1] = this.#high[slot]!
    }
    return hashes
  }

  #slotOf(low: number, high: number): number {
    let slot = (high ^ Math.imul(low, 0x9e3779b1)) & this.#mask
    while (this.#numbers[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #grow(): void {
    const [low, high, numbers] = [this.#low, this.#high, this.#numbers]
    const capacity = low.length * 2
    this.#low = new Uint32Array(capacity)
    this.#high = new Uint32Array(capacity)
    this.#numbers = new Uint32Array(capacity)
    this.#mask = capacity - 1
    for (const [i, number] of numbers.entries()) {
      if (number === 0) continue
      const slot = this.#slotOf(low[i]!, high[i]!)
      this.#low[slot] = low[i]!
      this.#high[slot] = high[i]!
      this.#numbers[slot] = number
    }
  }
}
