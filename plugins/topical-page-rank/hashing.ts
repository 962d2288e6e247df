/** A power of two, at least twice the entries: what an open-addressing hash is quick with. */
export function slotsFor(entries: number): number {
  let slots = 64
  while (slots < entries * 2) slots *= 2
  return slots
}

// Of the process: nobody outside can choose words that collide.
const seed = Math.floor(Math.random() * 0xffff_ffff)

/** Where a hash of numbers or characters begins. */
export const hashSeed = seed | 0

/** A hash and one number more. */
export const hashNumber = (hash: number, number: number): number => Math.imul(hash ^ number, 0x01000193)

/** The high bits folded into the low ones, which choose the slot. */
export const foldHash = (hash: number): number => (hash ^ (hash >>> 15) ^ (hash >>> 7)) >>> 0
