import { bucketOf } from './hashes.as'

/**
 * The weights: `starts` says where the features of each bucket begin. A feature is the lower half of its hash (u32), a
 * count (u8), and as many pairs of a tag (u8) and a weight (i8). Nothing here goes beyond a bucket that was checked.
 */

const headBytes: usize = 5

let starts: usize = 0
export let lists: usize = 0
let buckets: u32 = 0

export function setWeights(startsAt: usize, listsAt: usize, count: u32): void {
  starts = startsAt
  lists = listsAt
  buckets = count
}

/** Finds the bucket of a lookup, and reads its first byte. @see lookups.as.ts */
export function findBucket(lookup: usize): u32 {
  const bucket = starts + ((bucketOf(load<u64>(lookup), buckets) as usize) << 2)
  const from = load<u32>(bucket)
  store<u32>(lookup, from, 4)
  store<u32>(lookup, load<u32>(bucket, 4), 12)
  return load<u8>(lists + (from as usize))
}

/** Adds the weights of a feature, which may be in the lists from `from` to `to`, to a row of scores, i16 each. */
export function addWeights(check: u32, from: usize, to: usize, scores: usize): void {
  const end = lists + to
  for (let at = lists + from; at < end; ) {
    const isIt = load<u32>(at) === check
    const next = at + headBytes + ((load<u8>(at, 4) as usize) << 1)
    if (isIt) {
      for (at += headBytes; at < next; at += 2) {
        const score = scores + ((load<u8>(at) as usize) << 1)
        store<i16>(score, load<i16>(score) + load<i8>(at, 1))
      }
      return
    }
    at = next
  }
}

/** Is every list whole and of tags below `tags`, and no bucket longer than `maxBytes`? Returns the first bad bucket + 1, or 0. */
export function findBadBucket(startsAt: usize, listsAt: usize, count: u32, bytes: u32, tags: u32, maxBytes: u32): u32 {
  let from: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const to = load<u32>(startsAt + (((i + 1) as usize) << 2))
    if (load<u32>(startsAt + ((i as usize) << 2)) !== from || to < from || to > bytes || to - from > maxBytes)
      return i + 1
    let at = listsAt + (from as usize)
    const end = listsAt + (to as usize)
    while (at < end) {
      if (at + headBytes > end) return i + 1
      const next = at + headBytes + ((load<u8>(at, 4) as usize) << 1)
      if (next > end) return i + 1
      for (at += headBytes; at < next; at += 2) if (load<u8>(at) >= tags) return i + 1
    }
    from = to
  }
  return from === bytes ? 0 : count
}
