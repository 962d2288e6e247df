/** Hashes of 64 bits. The twin in `test/twins/tagging.ts` has the same numbers. */

/** Of a word without characters. */
export const emptyWord: u64 = 0x1234_5678

/** 2^64 / golden ratio, odd: written in two halves, since a number of TypeScript has 53 bits. */
function golden(): u64 {
  return ((0x9e3779b9 as u64) << 32) | 0x7f4a7c15
}

/** The hash of what was hashed before, and one value more. */
export function mix(hash: u64, value: u64): u64 {
  const product = (hash ^ value) * golden()
  return product ^ (product >> 29)
}

/** The last step: every bit of the result depends on every bit before. */
export function finish(hash: u64): u64 {
  const product = (hash ^ (hash >> 32)) * golden()
  return product ^ (product >> 32)
}

/** Which of `count` buckets a hash belongs to, by its upper half; the lower half is for checks. */
export function bucketOf(hash: u64, count: u32): u32 {
  return (((hash >> 32) * (count as u64)) >> 32) as u32
}
