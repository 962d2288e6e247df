import { addPacked, maskBytes } from './packed-weights.as'
import { addWeights, findBucket } from './weights.as'

/**
 * Features to be looked up: first all are noted, then all their buckets are found, then their weights are added. So the
 * memory is asked for many places at once, and nothing waits for one of them.
 *
 * Each has 16 bytes: u64 hash, u32 row of sums; once its bucket is found u32 check, u32 from, u32 row, u32 to.
 */

const lookupBytes: usize = 16

let lookups: usize = 0
let end: usize = 0
/** What was read only to have it near. */
export let touched: u32 = 0

/** Room for as many as a word has. */
export function setLookups(at: usize): void {
  lookups = at
  end = at
}

/** Notes a feature, and the row that its weights go to. */
export function note(hash: u64, row: usize): void {
  store<u64>(end, hash)
  store<u32>(end, row, 8)
  end += lookupBytes
}

/** Adds the weights of all that were noted to their rows. */
export function addNoted(): void {
  let near: u32 = 0
  for (let at = lookups; at < end; at += lookupBytes) near ^= findBucket(at)
  touched = near
  if (maskBytes === 0) {
    for (let at = lookups; at < end; at += lookupBytes) {
      addWeights(load<u32>(at), load<u32>(at, 4), load<u32>(at, 12), load<u32>(at, 8))
    }
  } else {
    for (let at = lookups; at < end; at += lookupBytes) {
      addPacked(load<u32>(at), load<u32>(at, 4), load<u32>(at, 12), load<u32>(at, 8))
    }
  }
  end = lookups
}
