/**
 * The best sequence of tags. Rows of scores and transitions are i32, padded to whole vectors of four; of equal scores the
 * tag with the lowest number wins.
 */

/** Far below any score, and far above where a sum of it and any other would overflow. */
export const floor: i32 = -0x4000_0000

export let tags: i32 = 0
export let rowBytes: usize = 0
/** i32 rows: from each tag, then from the start; one more row for the end. */
export let transitions: usize = 0
let sentenceStart: usize = 0
export let sentenceEnd: usize = 0
/** i32 rows by word: the score of the best way to each tag. */
export let paths: usize = 0
/** Of the last sentence. */
export let bestScore: i32 = 0
/** u8 rows, a quarter of the others: the best tag before. */
let back: usize = 0

export function setViterbi(count: i32, transitionsAt: usize, pathsAt: usize, backAt: usize): void {
  tags = count
  rowBytes = (((count + 3) & ~3) as usize) << 2
  transitions = transitionsAt
  sentenceStart = transitionsAt + (count as usize) * rowBytes
  sentenceEnd = sentenceStart + rowBytes
  paths = pathsAt
  back = backAt
}

/**
 * Writes the tags of `count` words, u8 each.
 *
 * @param scores  i32 rows, `bytesOfScores` apart
 */
export function findBestTags(scores: usize, bytesOfScores: usize, count: i32, out: usize): void {
  let before = paths
  let now = paths + rowBytes
  for (let k: usize = 0; k < rowBytes; k += 16) {
    v128.store(before + k, i32x4.add(v128.load(sentenceStart + k), v128.load(scores + k)))
  }
  let from = back
  for (let i: i32 = 1; i < count; i++) {
    scores += bytesOfScores
    from += rowBytes >> 2
    step(before, now, scores, from)
    before = now
    now += rowBytes
  }
  let best: i32 = 0
  bestScore = i32.MIN_VALUE
  for (let tag: i32 = 0; tag < tags; tag++) {
    const at = (tag as usize) << 2
    const score = load<i32>(before + at) + load<i32>(sentenceEnd + at)
    if (score > bestScore) {
      bestScore = score
      best = tag
    }
  }
  for (let i = count - 1; i >= 0; i--, from -= rowBytes >> 2) {
    store<u8>(out + (i as usize), best as u8)
    best = load<u8>(from + (best as usize)) as i32
  }
}

/** One word: the best way to each of its tags, and from which tag before, u8 each. */
export function step(before: usize, now: usize, scores: usize, from: usize): void {
  const lowest = i32x4.splat(floor)
  for (let k: usize = 0; k < rowBytes; k += 16) {
    let best = i32x4.add(v128.load32_splat(before), v128.load(transitions + k))
    let tag = i32x4.splat(0)
    let transition = transitions + k + rowBytes
    for (let j: i32 = 1; j < tags; j++, transition += rowBytes) {
      const path = i32x4.add(v128.load32_splat(before + ((j as usize) << 2)), v128.load(transition))
      tag = v128.bitselect(i32x4.splat(j), tag, i32x4.gt_s(path, best))
      best = i32x4.max_s(path, best)
    }
    // Of each number the lowest byte.
    const bytes = v128.shuffle<u8>(tag, tag, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12)
    v128.store32_lane(from + (k >> 2), bytes, 0)
    v128.store(now + k, i32x4.max_s(i32x4.add(best, v128.load(scores + k)), lowest))
  }
}
