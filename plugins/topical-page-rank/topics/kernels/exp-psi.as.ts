/**
 * exp(psi(x)) for two numbers at a time, psi being the digamma function as scikit-learn approximates it.
 *
 * psi(x) = ln y - 1/(2y) - r (1/12 - r (1/120 - r/252)) - (1/x + 1/(x+1) + ...), where y is x moved up by ones until it is at
 * least 6, and r = 1/y². So exp(psi(x)) = y exp(-(...)): no logarithm. The reciprocals are collected as one fraction, and
 * that and 1/y share one division. Moving up exactly as often as scikit-learn keeps its rounding: once more would be nearer
 * to the true digamma, by 2e-9.
 *
 * @see scikit-learn, sklearn/decomposition/_online_lda_fast.pyx: psi
 * @see Bernardo 1976, Algorithm AS 103: Psi (Digamma) Function
 */

const shiftUpTo: f64 = 6
/** At and below it scikit-learn has psi(x) = -0.577 - 1/x, and its exponential is 0. */
const tiny: f64 = 1e-6
const log2E: f64 = Math.LOG2E
/** ln 2 in two parts; the first has zeros at its end, so that small multiples of it are exact. */
const ln2High: f64 = 0.6931471803691238
const ln2Low: f64 = 1.9082149292705877e-10
/** 1.5 * 2^52: what is added to it is rounded to an integer, which then stands in the lowest bits. */
const rounder: f64 = 6755399441055744
/** Below, the exponential is taken for 0: its exponent would leave the range of normal numbers. */
const leastPower: f64 = -708

/** a f + b */
function term(f: v128, a: f64, b: f64): v128 {
  return f64x2.add(f64x2.mul(f, f64x2.splat(a)), f64x2.splat(b))
}

/** e^x for x <= 0; what is no number, or below -708, gives 0. */
function expNegative(x: v128): v128 {
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(log2E)), f64x2.splat(rounder))
  const n = f64x2.sub(shifted, f64x2.splat(rounder))
  const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(ln2High)))
  const f = f64x2.sub(high, f64x2.mul(n, f64x2.splat(ln2Low)))
  // The polynomial that meets e^f at the 12 Chebyshev nodes of [-ln 2 / 2, ln 2 / 2]; pairs of terms do not wait for
  // each other (Estrin's scheme).
  const f2 = f64x2.mul(f, f)
  const f4 = f64x2.mul(f2, f2)
  const p01 = f64x2.add(f, f64x2.splat(1))
  const p23 = term(f, 0.1666666666666668, 0.5000000000000019)
  const p45 = term(f, 8.333333333319601e-3, 4.16666666664881e-2)
  const p67 = term(f, 1.9841269890047113e-4, 1.3888888952314775e-3)
  const p89 = term(f, 2.7557240918578656e-6, 2.4801485482328084e-5)
  const p1011 = term(f, 2.511003760607976e-8, 2.763263963919186e-7)
  const low = f64x2.add(p01, f64x2.mul(p23, f2))
  const middle = f64x2.add(p45, f64x2.mul(p67, f2))
  const high4 = f64x2.add(p89, f64x2.mul(p1011, f2))
  const p = f64x2.add(low, f64x2.mul(f4, f64x2.add(middle, f64x2.mul(f4, high4))))
  // 2^n p: n is added to the exponent.
  const power = i64x2.add(p, i64x2.shl(shifted, 52))
  return v128.and(power, f64x2.ge(x, f64x2.splat(leastPower)))
}

/** exp(psi(x)); 0 where x is at most 1e-6 or no number. */
export function expPsi(x: v128): v128 {
  const one = f64x2.splat(1)
  const bound = f64x2.splat(shiftUpTo)
  let y = x
  // The sum of 1/x, 1/(x+1), ... as one fraction.
  let over = f64x2.splat(0)
  let under = one
  if (v128.any_true(f64x2.lt(x, bound))) {
    // From 1e-6 on six steps are enough. What is at 6 or above stays: its reciprocal is left out as 0/1.
    const y1 = f64x2.add(x, one)
    const y2 = f64x2.add(y1, one)
    const y3 = f64x2.add(y2, one)
    const y4 = f64x2.add(y3, one)
    const y5 = f64x2.add(y4, one)
    const m0 = f64x2.lt(x, bound)
    const m1 = f64x2.lt(y1, bound)
    const m2 = f64x2.lt(y2, bound)
    const m3 = f64x2.lt(y3, bound)
    const m4 = f64x2.lt(y4, bound)
    const m5 = f64x2.lt(y5, bound)
    y = v128.bitselect(y1, y, m0)
    y = v128.bitselect(y2, y, m1)
    y = v128.bitselect(y3, y, m2)
    y = v128.bitselect(y4, y, m3)
    y = v128.bitselect(y5, y, m4)
    y = v128.bitselect(f64x2.add(y5, one), y, m5)
    const d0 = v128.bitselect(x, one, m0)
    const d1 = v128.bitselect(y1, one, m1)
    const d2 = v128.bitselect(y2, one, m2)
    const d3 = v128.bitselect(y3, one, m3)
    const d4 = v128.bitselect(y4, one, m4)
    const d5 = v128.bitselect(y5, one, m5)
    const under01 = f64x2.mul(d0, d1)
    const under23 = f64x2.mul(d2, d3)
    const under45 = f64x2.mul(d4, d5)
    const over01 = f64x2.add(v128.and(m0, d1), v128.and(m1, d0))
    const over23 = f64x2.add(v128.and(m2, d3), v128.and(m3, d2))
    const over45 = f64x2.add(v128.and(m4, d5), v128.and(m5, d4))
    const under03 = f64x2.mul(under01, under23)
    const over03 = f64x2.add(f64x2.mul(over01, under23), f64x2.mul(over23, under01))
    under = f64x2.mul(under03, under45)
    over = f64x2.add(f64x2.mul(over03, under45), f64x2.mul(over45, under03))
  }
  const inverse = f64x2.div(one, f64x2.mul(y, under))
  const u = f64x2.mul(inverse, under)
  const r = f64x2.mul(u, u)
  let tail = f64x2.sub(f64x2.splat(1.0 / 120), f64x2.mul(r, f64x2.splat(1.0 / 252)))
  tail = f64x2.sub(f64x2.splat(1.0 / 12), f64x2.mul(r, tail))
  const shifts = f64x2.mul(f64x2.mul(inverse, y), over)
  const sum = f64x2.add(f64x2.add(f64x2.mul(u, f64x2.splat(0.5)), f64x2.mul(r, tail)), shifts)
  return v128.and(f64x2.mul(y, expNegative(f64x2.neg(sum))), f64x2.gt(x, f64x2.splat(tiny)))
}

/** exp(psi(x)) of one number. */
export function expPsiOf(x: f64): f64 {
  return f64x2.extract_lane(expPsi(f64x2.splat(x)), 0)
}
