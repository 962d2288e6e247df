/** The array itself, or a new one where it has no room for `length` numbers. What it held is not kept. */
export function roomFor<A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(numbers: A, length: number): A {
  if (length <= numbers.length) return numbers
  return new (numbers.constructor as new (length: number) => A)(Math.max(64, length * 2))
}

/** The same, with what it held. */
export function grown<A extends Uint8Array | Uint32Array | Int32Array | Float64Array>(numbers: A, length: number): A {
  const larger = roomFor(numbers, length)
  if (larger !== numbers) larger.set(numbers)
  return larger
}

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
