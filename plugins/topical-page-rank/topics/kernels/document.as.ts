/**
 * The E step of variational Bayes for one document. AssemblyScript; `document.ts` beside it is the typed door,
 * `test/twins/topics.ts` says the same in TypeScript.
 *
 * A document is a *block*: a row of f64 for each of its words, in it exp(E[log beta]) by topic. Rows are padded to a multiple
 * of four with zeros, topics to an even number. Topics that can no longer gain anything in this document are *dead*: their
 * columns are closed up, gamma keeps the prior for them.
 */
import { expPsi, expPsiOf } from './exp-psi.as'

/** The difference of 1 and the next f64: scikit-learn adds it to what it divides by. */
const epsilon: f64 = 2.220446049250313e-16
/** A topic whose gamma is this near to its prior is dead. */
const deadUpTo: f64 = 1 + 1e-15
/**
 * What a dead topic's theta times 1 / epsilon, which is the most that a word can raise it by, may be for it to stay dead.
 * Met from 72 topics on with the prior 1 / topics.
 */
const leastRise: f64 = 1e-15

// Every thread has an instance of its own, and so these.
let topicCount: i32 = 0
let prior: f64 = 0
let drops: bool = false
/** f64 by live column, but `live` u32: the topic that stands in the column. */
let gamma: usize = 0
let theta: usize = 0
let sums: usize = 0
let priors: usize = 0
let live: usize = 0
/** Bytes of a row. */
let stride: usize = 0
/** Topics without a column. */
let dead: i32 = 0
/** Columns that died since they were last closed up, padding among them. */
let dying: i32 = 0

/** Topics, alpha, and `scratchBytes` of this thread's own. */
export function setTopics(topics: i32, alpha: f64, scratch: usize): void {
  topicCount = topics
  prior = alpha
  // gamma of a dead topic is alpha, and the sum of gamma is never below topics * alpha.
  drops = expPsiOf(alpha) <= leastRise * epsilon * expPsiOf(alpha * (topics as f64))
  const bytes = (((topics as usize) + 1) & ~1) << 3
  gamma = scratch
  theta = gamma + bytes
  sums = theta + bytes
  priors = sums + bytes
  live = priors + bytes
}

/** Begins a document: gamma, by topic, was written to the start of scratch. All topics live. */
export function begin(): void {
  stride = (((topicCount as usize) + 1) & ~1) << 3
  dead = 0
  const alpha = f64x2.splat(prior)
  let sum = f64x2.splat(0)
  if (topicCount & 1) store<f64>(gamma + stride - 8, 0)
  for (let at: usize = 0; at < stride; at += 16) {
    v128.store(priors + at, alpha)
    sum = f64x2.add(sum, v128.load(gamma + at))
    const column = (at >> 3) as u32
    store<u32>(live + (at >> 1), column)
    store<u32>(live + (at >> 1), column + 1, 4)
  }
  if (topicCount & 1) store<f64>(priors + stride - 8, 0)
  expect(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1))
}

/** theta = exp(psi(gamma) - psi(sum)) */
function expect(sum: f64): void {
  const scale = f64x2.splat(1 / expPsiOf(sum))
  for (let at: usize = 0; at < stride; at += 16) {
    v128.store(theta + at, f64x2.mul(expPsi(v128.load(gamma + at)), scale))
  }
}

/** Sets the sums over words to 0. */
export function clear(): void {
  for (let at: usize = 0; at < stride; at += 16) v128.store(sums + at, f64x2.splat(0))
}

/** count / (theta . row + epsilon) of two rows, whose products stand in the lanes of `a` and `b`. */
function shares(a: v128, b: v128, counts: v128): v128 {
  const lows = v128.shuffle<f64>(a, b, 0, 2)
  const highs = v128.shuffle<f64>(a, b, 1, 3)
  return f64x2.div(counts, f64x2.add(f64x2.add(lows, highs), f64x2.splat(epsilon)))
}

/**
 * shares[w] = counts[w] / phi_w for the rows of a block, and with `isAdding` sums += shares[w] row_w.
 *
 * Rows go in fours: they stay in the first-level cache between the two passes.
 */
function visit(block: usize, counts: usize, out: usize, rows: i32, isAdding: bool): void {
  let a = block
  for (let w: usize = 0; w < (rows as usize) << 3; w += 32, a += stride << 2) {
    const b = a + stride
    const c = b + stride
    const d = c + stride
    let pa = f64x2.splat(0)
    let pb = f64x2.splat(0)
    let pc = f64x2.splat(0)
    let pd = f64x2.splat(0)
    for (let at: usize = 0; at < stride; at += 16) {
      const t = v128.load(theta + at)
      pa = f64x2.add(pa, f64x2.mul(t, v128.load(a + at)))
      pb = f64x2.add(pb, f64x2.mul(t, v128.load(b + at)))
      pc = f64x2.add(pc, f64x2.mul(t, v128.load(c + at)))
      pd = f64x2.add(pd, f64x2.mul(t, v128.load(d + at)))
    }
    const ab = shares(pa, pb, v128.load(counts + w))
    const cd = shares(pc, pd, v128.load(counts + w, 16))
    if (!isAdding) {
      v128.store(out + w, ab)
      v128.store(out + w, cd, 16)
      continue
    }
    const sa = f64x2.splat(f64x2.extract_lane(ab, 0))
    const sb = f64x2.splat(f64x2.extract_lane(ab, 1))
    const sc = f64x2.splat(f64x2.extract_lane(cd, 0))
    const sd = f64x2.splat(f64x2.extract_lane(cd, 1))
    for (let at: usize = 0; at < stride; at += 16) {
      const first = f64x2.add(f64x2.mul(sa, v128.load(a + at)), f64x2.mul(sb, v128.load(b + at)))
      const second = f64x2.add(f64x2.mul(sc, v128.load(c + at)), f64x2.mul(sd, v128.load(d + at)))
      v128.store(sums + at, f64x2.add(v128.load(sums + at), f64x2.add(first, second)))
    }
  }
}

/** Adds a block to the sums over words. */
export function add(block: usize, counts: usize, rows: i32): void {
  visit(block, counts, 0, rows, true)
}

/** Writes count / phi of each word of a block, f64 each. */
export function weigh(block: usize, counts: usize, out: usize, rows: i32): void {
  visit(block, counts, out, rows, false)
}

/** gamma = alpha + theta * sums, then theta anew. Returns by how much gamma moved, a topic in the mean. */
export function update(): f64 {
  const factor = f64x2.splat(deadUpTo)
  let sum = f64x2.splat(0)
  let moved = f64x2.splat(0)
  dying = 0
  for (let at: usize = 0; at < stride; at += 16) {
    const alpha = v128.load(priors + at)
    const next = f64x2.add(alpha, f64x2.mul(v128.load(theta + at), v128.load(sums + at)))
    moved = f64x2.add(moved, f64x2.abs(f64x2.sub(next, v128.load(gamma + at))))
    v128.store(gamma + at, next)
    sum = f64x2.add(sum, next)
    dying += popcnt(i64x2.bitmask(f64x2.le(next, f64x2.mul(alpha, factor))))
  }
  const rest = (dead as f64) * prior
  expect(f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + rest)
  return (f64x2.extract_lane(moved, 0) + f64x2.extract_lane(moved, 1)) / (topicCount as f64)
}

/** Moves the columns that stay, whose offsets stand at `kept`, to the front of a row, and the row to `to`. */
function closeRow(from: usize, to: usize, kept: usize, end: usize): void {
  for (; kept < end; kept += 4, to += 8) store<f64>(to, load<f64>(from + load<u32>(kept)))
}

/** Takes the columns of dead topics out of the block. */
function close(block: usize, rows: i32): void {
  // The sums are not needed until the next round: in their place the offsets of the columns that stay, u32 each.
  const kept = sums
  let end = kept
  for (let at: usize = 0; at < stride; at += 8) {
    if (load<f64>(gamma + at) <= load<f64>(priors + at) * deadUpTo) continue
    store<u32>(end, at as u32)
    store<u32>(live + (end - kept), load<u32>(live + (at >> 1)))
    end += 4
  }
  const count = ((end - kept) >> 2) as i32
  dead = topicCount - count
  if (count & 1) {
    // Padding: a dead column once more, of which nothing but zeros is to be left.
    store<u32>(end, 0)
    end += 4
  }
  const width = (end - kept) << 1
  closeRow(gamma, gamma, kept, end)
  closeRow(theta, theta, kept, end)
  closeRow(priors, priors, kept, end)
  const last = block + (rows as usize) * stride
  let to = block
  for (let from = block; from < last; from += stride, to += width) closeRow(from, to, kept, end)
  stride = width
  if (count & 1) clearLast()
}

/** Makes the last column one of no topic. */
function clearLast(): void {
  store<f64>(gamma + stride - 8, 0)
  store<f64>(theta + stride - 8, 0)
  store<f64>(priors + stride - 8, 0)
}

/**
 * Repeats until gamma moves by less than `tolerance`, at most `rounds` times; the document is one block.
 * Returns how often.
 */
export function fit(block: usize, counts: usize, rows: i32, rounds: i32, tolerance: f64): i32 {
  for (let round: i32 = 1; round <= rounds; round++) {
    clear()
    add(block, counts, rows)
    if (update() < tolerance) return round
    if (drops && dying > 1 && (dying as usize) << 3 >= stride >> 3) close(block, rows)
  }
  return rounds
}

/** Puts gamma and theta back into the order of topics: the prior and 0 for those that are dead. */
export function spread(): void {
  let column: i32 = topicCount - dead - 1
  for (let topic: i32 = topicCount - 1; topic >= 0; topic--) {
    const at = (topic as usize) << 3
    const isLive = column >= 0 && (load<u32>(live + ((column as usize) << 2)) as i32) === topic
    store<f64>(gamma + at, isLive ? load<f64>(gamma + ((column as usize) << 3)) : prior)
    store<f64>(theta + at, isLive ? load<f64>(theta + ((column as usize) << 3)) : 0)
    if (isLive) column--
  }
}

/** A block's rows from rows of exp(E[log beta]) that stand elsewhere: words u32; each times `scale`, f64 by topic. */
export function gather(block: usize, words: usize, count: i32, matrix: usize, scale: usize): void {
  const bytes = (((topicCount as usize) + 1) & ~1) << 3
  let to = block
  for (let w: i32 = 0; w < count; w++, to += bytes) {
    const row = matrix + (load<u32>(words + ((w as usize) << 2)) as usize) * bytes
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(to + at, f64x2.mul(v128.load(row + at), v128.load(scale + at)))
    }
  }
  memory.fill(to, 0, ((((count + 3) & ~3) - count) as usize) * bytes)
}

/**
 * A block's rows from lambda, in place: exp(psi(lambda)) * scale. Where lambda is `base`, most often the prior,
 * exp(psi(base)) is known.
 */
export function expectRows(block: usize, count: i32, scale: usize, base: f64): void {
  const bytes = (((topicCount as usize) + 1) & ~1) << 3
  const usual = f64x2.splat(base)
  const usualResult = expPsi(usual)
  let row = block
  for (let w: i32 = 0; w < count; w++, row += bytes) {
    for (let at: usize = 0; at < bytes; at += 16) {
      const lambda = v128.load(row + at)
      const isUsual = i64x2.all_true(f64x2.eq(lambda, usual))
      const result = isUsual ? usualResult : expPsi(lambda)
      v128.store(row + at, f64x2.mul(result, v128.load(scale + at)))
    }
  }
  memory.fill(row, 0, ((((count + 3) & ~3) - count) as usize) * bytes)
}

/** A block's rows where all of lambda is `base`. */
export function fillRows(block: usize, count: i32, scale: usize, base: f64): void {
  const bytes = (((topicCount as usize) + 1) & ~1) << 3
  const expected = expPsi(f64x2.splat(base))
  let row = block
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(row + at, f64x2.mul(expected, v128.load(scale + at)))
  }
  for (let w: i32 = 1; w < count; w++) {
    row += bytes
    memory.copy(row, block, bytes)
  }
  row += bytes
  memory.fill(row, 0, ((((count + 3) & ~3) - count) as usize) * bytes)
}

/**
 * Single numbers of a block: exp(psi(lambda)) * factor at each target, which is counted in numbers of the block. Lists have
 * an even length.
 */
export function expectAt(block: usize, lambdas: usize, factors: usize, targets: usize, count: i32): void {
  const end = lambdas + ((count as usize) << 3)
  for (; lambdas < end; lambdas += 16, factors += 16, targets += 8) {
    const values = f64x2.mul(expPsi(v128.load(lambdas)), v128.load(factors))
    v128.store64_lane(block + ((load<u32>(targets) as usize) << 3), values, 0)
    v128.store64_lane(block + ((load<u32>(targets, 4) as usize) << 3), values, 1)
  }
}

export { expPsiOf }
