import { bestScore, floor, paths, rowBytes, sentenceEnd, step, tags, transitions } from './viterbi.as'

/**
 * By how much the best sequence of tags beats the best one without a span: the ways to the span are Viterbi's, those
 * behind it are searched from the end.
 */

/** From here on down no tag may follow. */
const forbidden: i32 = -0x1000_0000

/** Five rows of i32: the best way from each tag to the end; the same with the word's score; two without the span; spare. */
let after: usize = 0
let summed: usize = 0
let without: usize = 0
let next: usize = 0
let spare: usize = 0

/** Call it behind `setViterbi`. */
export function setMarginRows(at: usize): void {
  after = at
  summed = after + rowBytes
  without = summed + rowBytes
  next = without + rowBytes
  spare = next + rowBytes
}

function at(row: usize, tag: u32): i32 {
  return load<i32>(row + ((tag as usize) << 2))
}

/** Is the span not over behind a word of this tag? */
function goesOn(tag: u32): bool {
  return at(sentenceEnd, tag) <= forbidden
}

/**
 * Of each word whose tag is wanted, the margin of its span: i32 by word. All the words of a span but the last have tags
 * that a sentence may not end with.
 *
 * @param found  the tags that `findBestTags` found last, from the same scores
 * @param wanted  u8 by tag
 */
export function findMargins(
  scores: usize,
  bytesOfScores: usize,
  count: i32,
  found: usize,
  wanted: usize,
  margins: usize,
): void {
  let first: i32 = 0
  while (first < count && load<u8>(wanted + load<u8>(found + (first as usize))) === 0) first++
  if (first === count) return
  memory.copy(after, sentenceEnd, rowBytes)
  for (let i = count - 1; i >= first; i--) {
    const tag = load<u8>(found + (i as usize)) as u32
    if (load<u8>(wanted + (tag as usize)) !== 0 && (i === count - 1 || !goesOn(tag))) {
      let from = i
      while (from > 0 && goesOn(load<u8>(found + ((from - 1) as usize)))) from--
      const margin = bestScore - bestWithout(scores, bytesOfScores, from, i, found)
      for (let k = from; k <= i; k++) store<i32>(margins + ((k as usize) << 2), margin)
    }
    moveBack(scores + (i as usize) * bytesOfScores)
  }
}

/** From the ways behind a word to those behind the one before. */
function moveBack(scores: usize): void {
  for (let k: usize = 0; k < rowBytes; k += 16) {
    v128.store(summed + k, i32x4.add(v128.load(after + k), v128.load(scores + k)))
  }
  let transition = transitions
  for (let tag: i32 = 0; tag < tags; tag++, transition += rowBytes) {
    let best = i32x4.splat(floor)
    for (let k: usize = 0; k < rowBytes; k += 16) {
      best = i32x4.max_s(best, i32x4.add(v128.load(transition + k), v128.load(summed + k)))
    }
    const pair = i32x4.max_s(best, v128.shuffle<i32>(best, best, 2, 3, 0, 1))
    const one = max(i32x4.extract_lane(pair, 0), i32x4.extract_lane(pair, 1))
    store<i32>(after + ((tag as usize) << 2), one)
  }
}

/** The best score of all sequences that differ from `found` somewhere from `from` to `to`; `after` is for `to`. */
function bestWithout(scores: usize, bytesOfScores: usize, from: i32, to: i32, found: usize): i32 {
  let own = load<u8>(found + (from as usize)) as u32
  const path = paths + (from as usize) * rowBytes
  let same = at(path, own)
  memory.copy(without, path, rowBytes)
  store<i32>(without + ((own as usize) << 2), floor)
  for (let i = from + 1; i <= to; i++) {
    const score = scores + (i as usize) * bytesOfScores
    const transition = transitions + (own as usize) * rowBytes
    step(without, next, score, spare)
    own = load<u8>(found + (i as usize)) as u32
    for (let tag: i32 = 0; tag < tags; tag++) {
      const place = (tag as usize) << 2
      const leaving = same + load<i32>(transition + place) + load<i32>(score + place)
      if (tag !== (own as i32)) store<i32>(next + place, max(load<i32>(next + place), leaving))
    }
    same = max(floor, same + at(transition, own) + at(score, own))
    const last = without
    without = next
    next = last
  }
  let best = floor
  for (let tag: i32 = 0; tag < tags; tag++) best = max(best, at(without, tag) + at(after, tag))
  return best
}
