/** Of a slot: the hash's lower and upper half; its number, and one, or 0 where the slot is empty. */
const slotNumbers = 4

/** Numbers for hashes of 64 bits, from 0 in the order in which they come. */
export class Interner {
  /** A slot lies in one cache line: most of the time is spent on fetching it. */
  #slots: Uint32Array
  #mask: number
  #count = 0

  constructor(capacity = 1 << 16) {
    this.#slots = new Uint32Array(capacity * slotNumbers)
    this.#mask = capacity - 1
  }

  get count(): number {
    return this.#count
  }

  /** The number of a hash, given as its two halves. */
  numberOf(low: number, high: number): number {
    const at = this.#find(low, high)
    const number = this.#slots[at + 2]!
    if (number !== 0) return number - 1
    this.#write(at, low, high, ++this.#count)
    if (this.#count * 2 > this.#mask) this.#grow()
    return this.#count - 1
  }

  /** All hashes by number, two u32 each. */
  hashes(): Uint32Array {
    const hashes = new Uint32Array(2 * this.#count)
    for (let at = 0; at < this.#slots.length; at += slotNumbers) {
      const number = this.#slots[at + 2]!
      if (number === 0) continue
      hashes[2 * number - 2] = this.#slots[at]!
      hashes[2 * number - 1] = this.#slots[at + 1]!
    }
    return hashes
  }

  #find(low: number, high: number): number {
    const slots = this.#slots
    let slot = (high ^ Math.imul(low, 0x9e3779b1)) & this.#mask
    for (;;) {
      const at = slot * slotNumbers
      if (slots[at + 2] === 0 || (slots[at] === low && slots[at + 1] === high)) return at
      slot = (slot + 1) & this.#mask
    }
  }

  #write(at: number, low: number, high: number, number: number): void {
    this.#slots[at] = low
    this.#slots[at + 1] = high
    this.#slots[at + 2] = number
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(before.length * 2)
    this.#mask = 2 * this.#mask + 1
    for (let at = 0; at < before.length; at += slotNumbers) {
      const number = before[at + 2]!
      if (number !== 0) this.#write(this.#find(before[at]!, before[at + 1]!), before[at]!, before[at + 1]!, number)
    }
  }
}
