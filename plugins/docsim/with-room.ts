/** The array itself, or a larger copy where it has no room for `more` numbers behind the `length` that it holds. */
export function withRoom(numbers: Uint32Array<ArrayBuffer>, length: number, more: number) {
  if (length + more <= numbers.length) return numbers
  const larger = new Uint32Array(Math.max(numbers.length * 2, length + more))
  larger.set(numbers)
  return larger
}
