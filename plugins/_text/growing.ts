/** Arrays of numbers for texts, of which nobody knows beforehand how long they are. */

type Numbers = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

const leastRoom = 64

/** The array itself, or a new one where it has no room for `length` numbers. What it held is not kept. */
export function roomFor<A extends Numbers>(numbers: A, length: number): A {
  return length <= numbers.length ? numbers : empty(numbers, Math.max(leastRoom, length * 2))
}

/** The same, with what it held. */
export function grown<A extends Numbers>(numbers: A, length: number): A {
  const larger = roomFor(numbers, length)
  if (larger !== numbers) larger.set(numbers)
  return larger
}

/** A copy with room for twice as many numbers. For who looks himself whether there is room, at each number. */
export function doubled<A extends Numbers>(numbers: A): A {
  const larger = empty(numbers, numbers.length * 2)
  larger.set(numbers)
  return larger
}

const empty = <A extends Numbers>(like: A, length: number): A =>
  new (like.constructor as new (length: number) => A)(length)
