/**
 * Scores documents and keeps the best. AssemblyScript; `search.ts` beside it is the typed door,
 * `test/twins/search.ts` says the same in TypeScript. All is float32, in the order that the twin has.
 */

/** scores[i] = factor * (row i . query), for rows of `size` numbers; never -0, which has another key than 0. */
export function scoreRows(scores: usize, rows: usize, count: u32, query: usize, size: u32, factor: f32): void {
  const whole = ((size & ~7) as usize) << 2
  const bytes = (size as usize) << 2
  for (let i: u32 = 0; i < count; i++) {
    let a = f32x4.splat(0)
    let b = f32x4.splat(0)
    let k: usize = 0
    for (; k < whole; k += 32) {
      a = f32x4.add(a, f32x4.mul(v128.load(rows + k), v128.load(query + k)))
      b = f32x4.add(b, f32x4.mul(v128.load(rows + k, 16), v128.load(query + k, 16)))
    }
    const sum = f32x4.add(a, b)
    let total =
      f32x4.extract_lane(sum, 0) +
      f32x4.extract_lane(sum, 1) +
      (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
    for (; k < bytes; k += 4) total += load<f32>(rows + k) * load<f32>(query + k)
    store<f32>(scores + ((i as usize) << 2), factor * total + 0)
    rows += bytes
  }
}

export function clear(scores: usize, count: u32): void {
  memory.fill(scores, 0, (count as usize) << 2)
}

/**
 * Adds factor * weight to the score of each document of one term's postings that lies before `end`; scores begin with
 * document `first`. Returns the place of the first posting that lies behind.
 */
export function addPostings(
  scores: usize,
  first: u32,
  end: u32,
  documents: usize,
  weights: usize,
  from: u32,
  to: u32,
  factor: f32,
): u32 {
  let i = from
  for (; i < to; i++) {
    const at = (i as usize) << 2
    const document = load<u32>(documents + at)
    if (document >= end) break
    const score = scores + (((document - first) as usize) << 2)
    store<f32>(score, load<f32>(score) + factor * load<f32>(weights + at))
  }
  return i
}

/** Larger for a larger score and, of equal scores, for an earlier document. */
function keyOf(score: f32, document: u32): u64 {
  const bits = reinterpret<u32>(score)
  const isNegative = (bits & 0x8000_0000) !== 0
  const ordered = isNegative ? ~bits : bits | 0x8000_0000
  return ((ordered as u64) << 32) | (~document as u64)
}

function siftUp(heap: usize, at: u32): void {
  const key = load<u64>(heap + ((at as usize) << 3))
  while (at > 0) {
    const parent = (at - 1) >> 1
    const other = load<u64>(heap + ((parent as usize) << 3))
    if (other <= key) break
    store<u64>(heap + ((at as usize) << 3), other)
    at = parent
  }
  store<u64>(heap + ((at as usize) << 3), key)
}

function siftDown(heap: usize, count: u32): void {
  const key = load<u64>(heap)
  let at: u32 = 0
  for (;;) {
    let child: u32 = 2 * at + 1
    if (child >= count) break
    const left = load<u64>(heap + ((child as usize) << 3))
    let least = left
    if (child + 1 < count) {
      const right = load<u64>(heap + ((child as usize) << 3), 8)
      if (right < left) {
        least = right
        child++
      }
    }
    if (key <= least) break
    store<u64>(heap + ((at as usize) << 3), least)
    at = child
  }
  store<u64>(heap + ((at as usize) << 3), key)
}

/** The score in a key. */
function scoreOf(key: u64): f32 {
  const ordered = (key >> 32) as u32
  const isNegative = (ordered & 0x8000_0000) === 0
  const bits = isNegative ? ~ordered : ordered & 0x7fff_ffff
  return reinterpret<f32>(bits)
}

/**
 * Keeps the best `limit` scores above `floor` in a heap of keys, the worst first, of which `kept` are there already.
 * Scores begin with document `first`, behind all that are in the heap. Returns how many are kept.
 */
export function collect(scores: usize, count: u32, first: u32, heap: usize, kept: u32, limit: u32, floor: f32): u32 {
  let least = kept === limit ? max(floor, scoreOf(load<u64>(heap))) : floor
  let bounds = f32x4.splat(least)
  for (let i: u32 = 0; i < count; i++) {
    // Most scores are no better than the worst that is kept: four at a time are passed over.
    while (i + 4 <= count && !v128.any_true(f32x4.gt(v128.load(scores + ((i as usize) << 2)), bounds))) i += 4
    if (i >= count) break
    const score = load<f32>(scores + ((i as usize) << 2))
    if (!(score > least)) continue
    if (kept < limit) {
      store<u64>(heap + ((kept as usize) << 3), keyOf(score, first + i))
      siftUp(heap, kept++)
      if (kept < limit) continue
    } else {
      store<u64>(heap, keyOf(score, first + i))
      siftDown(heap, kept)
    }
    least = max(floor, scoreOf(load<u64>(heap)))
    bounds = f32x4.splat(least)
  }
  return kept
}
