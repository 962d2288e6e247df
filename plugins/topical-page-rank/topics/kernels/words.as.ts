/**
 * The M step of variational Bayes: lambda of one word after the other, from what the documents say. AssemblyScript;
 * `words.ts` beside it is the typed door, `test/twins/topics.ts` says the same in TypeScript.
 *
 * Matrices have a row of f64 a word, padded to an even number of topics. Documents of a word stand in their order, so a
 * sum over them is the same whichever thread makes it.
 */
import { draw, seed } from './draws.as'
import { expPsi } from './exp-psi.as'

// Every thread has an instance of its own, and so these.
let rowBytes: usize = 0
let lambda: usize = 0
/** exp(psi(lambda)) */
let expected: usize = 0
/** f64 by topic: 1 / exp(psi(sum of lambda)), 0 in the padding. */
let scale: usize = 0
/** f64 by cell, words in order: count / phi. */
let shares: usize = 0
/** u32 by cell: its document. */
let rows: usize = 0
/** u32 by word: where its cells end. */
let ends: usize = 0
/** u32 by word: its first cell that was not learned from. */
let cursors: usize = 0
/** f64 rows by document: exp(E[log theta]), from the batch's first on. */
let theta: usize = 0
/** A row of this thread's own. */
let sum: usize = 0

export function setMatrices(bytesOfRow: usize, lambdaAt: usize, expectedAt: usize, scaleAt: usize): void {
  rowBytes = bytesOfRow
  lambda = lambdaAt
  expected = expectedAt
  scale = scaleAt
}

export function setCells(sharesAt: usize, rowsAt: usize, endsAt: usize, cursorsAt: usize): void {
  shares = sharesAt
  rows = rowsAt
  ends = endsAt
  cursors = cursorsAt
}

export function setDocuments(thetaAt: usize, scratch: usize): void {
  theta = thetaAt
  sum = scratch
}

/** exp(psi(lambda)) of the words, and the sum of their lambda at `total`, f64 by topic. */
export function expect(from: u32, to: u32, total: usize): void {
  memory.fill(total, 0, rowBytes)
  for (let at = (from as usize) * rowBytes; at < (to as usize) * rowBytes; at += rowBytes) {
    for (let k: usize = 0; k < rowBytes; k += 16) {
      const value = v128.load(lambda + at + k)
      v128.store(total + k, f64x2.add(v128.load(total + k), value))
      v128.store(expected + at + k, expPsi(value))
    }
  }
}

/** sum = what the batch's documents say of a word, before it is multiplied by exp(E[log beta]). */
function gather(word: usize, first: u32, last: u32): void {
  memory.fill(sum, 0, rowBytes)
  const end = load<u32>(ends + (word << 2)) as usize
  let cell = load<u32>(cursors + (word << 2)) as usize
  for (; cell < end; cell++) {
    const row = load<u32>(rows + (cell << 2))
    if (row >= last) break
    const from = theta + ((row - first) as usize) * rowBytes
    const share = f64x2.splat(load<f64>(shares + (cell << 3)))
    for (let k: usize = 0; k < rowBytes; k += 16) {
      v128.store(sum + k, f64x2.add(v128.load(sum + k), f64x2.mul(share, v128.load(from + k))))
    }
  }
  store<u32>(cursors + (word << 2), cell as u32)
}

/**
 * lambda = (1 - rate) lambda + rate (eta + ratio * what the documents from `first` to `last` say), then as `expect`.
 */
export function learn(from: u32, to: u32, total: usize, first: u32, last: u32, eta: f64, rate: f64, ratio: f64): void {
  memory.fill(total, 0, rowBytes)
  const prior = f64x2.splat(eta)
  const priorExpected = expPsi(prior)
  const keep = f64x2.splat(1 - rate)
  const take = f64x2.splat(rate)
  const factor = f64x2.splat(ratio)
  for (let word = from as usize; word < (to as usize); word++) {
    gather(word, first, last)
    const at = word * rowBytes
    for (let k: usize = 0; k < rowBytes; k += 16) {
      const beta = f64x2.mul(v128.load(expected + at + k), v128.load(scale + k))
      const said = f64x2.mul(f64x2.mul(factor, v128.load(sum + k)), beta)
      const old = f64x2.mul(keep, v128.load(lambda + at + k))
      const value = f64x2.add(old, f64x2.mul(take, f64x2.add(prior, said)))
      v128.store(lambda + at + k, value)
      v128.store(total + k, f64x2.add(v128.load(total + k), value))
      // Most words are in few topics.
      const isPrior = i64x2.all_true(f64x2.eq(value, prior))
      v128.store(expected + at + k, isPrior ? priorExpected : expPsi(value))
    }
  }
}

export { draw, seed }
