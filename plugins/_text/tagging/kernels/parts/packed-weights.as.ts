import { lists } from './weights.as'

/**
 * Weights as few bytes and without branches: a feature is the lower half of its hash (u32), a bit for each tag, of whole
 * bytes, and a weight (i8) for each bit that is set, from the lowest on.
 */

const checkBytes: usize = 4

/** Bytes of bits; 0 where weights are not packed. */
export let maskBytes: usize = 0
let maskBits: u64 = 0
/** u8 rows of eight by byte of a mask: for each bit which of the weights is its, 255 where it is not set. */
let spread: usize = 0

/** 2,048 bytes of this lane's own. */
export function setPacked(tags: u32, spreadAt: usize): void {
  maskBytes = ((tags + 7) >> 3) as usize
  maskBits = maskBytes === 8 ? ~(0 as u64) : ((1 as u64) << ((maskBytes << 3) as u64)) - 1
  spread = spreadAt
  for (let mask: u32 = 0; mask < 256; mask++) {
    let next: u32 = 0
    for (let bit: u32 = 0; bit < 8; bit++) {
      const isSet = ((mask >> bit) & 1) !== 0
      store<u8>(spread + ((mask << 3) as usize) + (bit as usize), isSet ? next++ : 255)
    }
  }
}

/** Adds the weights of a feature, which may be in the lists from `from` to `to`, to a row of scores, i16 each. */
export function addPacked(check: u32, from: usize, to: usize, scores: usize): void {
  const end = lists + to
  for (let at = lists + from; at < end; ) {
    const mask = load<u64>(at, 4) & maskBits
    const weights = at + checkBytes + maskBytes
    if (load<u32>(at) === check) {
      addSpread(mask, weights, scores)
      return
    }
    at = weights + (popcnt<u64>(mask) as usize)
  }
}

function addSpread(mask: u64, weights: usize, scores: usize): void {
  // All of them, also where no bit is set: a branch that cannot be foretold costs more.
  for (let k: usize = 0; k < maskBytes; k++, mask >>= 8, scores += 16) {
    const own = mask & 255
    const eight = i8x16.swizzle(v128.load64_zero(weights), v128.load64_zero(spread + ((own as usize) << 3)))
    v128.store(scores, i16x8.add(v128.load(scores), i16x8.extend_low_i8x16_s(eight)))
    weights += popcnt<u64>(own) as usize
  }
}

/** As `findBadBucket`: are all lists whole, of tags below `tags`, and no bucket longer than `maxBytes`? */
export function findBadPacked(startsAt: usize, listsAt: usize, count: u32, bytes: u32, tags: u32, maxBytes: u32): u32 {
  const others = tags >= 64 ? 0 : ~(((1 as u64) << (tags as u64)) - 1)
  const ownBytes = ((tags + 7) >> 3) as usize
  const ownBits = ownBytes === 8 ? ~(0 as u64) : ((1 as u64) << ((ownBytes << 3) as u64)) - 1
  let from: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const to = load<u32>(startsAt + (((i + 1) as usize) << 2))
    if (load<u32>(startsAt + ((i as usize) << 2)) !== from || to < from || to > bytes || to - from > maxBytes)
      return i + 1
    const end = listsAt + (to as usize)
    for (let at = listsAt + (from as usize); at < end; ) {
      if (at + checkBytes + ownBytes > end) return i + 1
      const mask = load<u64>(at, 4) & ownBits
      at += checkBytes + ownBytes + (popcnt<u64>(mask) as usize)
      if (at > end || (mask & others) !== 0) return i + 1
    }
    from = to
  }
  return from === bytes ? 0 : count
}
