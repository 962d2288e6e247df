import { bucketOf } from './hashes.as'

/**
 * Tables from a word's hash to a small number. `starts` says where each bucket's entries begin; an entry has the number
 * in its lower bits, and above them as much of the hash as there is room for.
 */

/** @returns the number, at least 1; 0 where the table has no such hash */
export function findValue(starts: usize, entries: usize, buckets: u32, bits: u32, hash: u64): u32 {
  if (buckets === 0) return 0
  const bucket = starts + ((bucketOf(hash, buckets) as usize) << 2)
  const end = entries + ((load<u32>(bucket, 4) as usize) << 2)
  const mask: u32 = ((1 as u32) << bits) - 1
  const check = (hash as u32) & ~mask
  for (let at = entries + ((load<u32>(bucket) as usize) << 2); at < end; at += 4) {
    const entry = load<u32>(at)
    if ((entry & ~mask) === check) return entry & mask
  }
  return 0
}
