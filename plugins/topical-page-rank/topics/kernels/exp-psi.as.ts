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

/** e^x for x <= 0; what is no number, or below -708, gives 0. */
function expNegative(x: v128): v128 {
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(log2E)), f64x2.splat(rounder))
  const n = f64x2.sub(shifted, f64x2.splat(rounder))
  const high = f64x2.sub(x, f64x2.mul(n, f64x2.splat(ln2High)))
  const f = f64x2.sub(high, f64x2.mul(n, f64x2.splat(ln2Low)))
  // The polynomial that meets e^f at the 12 Chebyshev nodes of [-ln 2 / 2, ln 2 / 2].
  let p = f64x2.splat(2.511003760607976e-8)
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(2.763263963919186e-7))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(2.7557240918578656e-6))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(2.4801485482328084e-5))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(1.9841269890047113e-4))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(1.3888888952314775e-3))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(8.333333333319601e-3))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(4.16666666664881e-2))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(0.1666666666666668))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(0.5000000000000019))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(1))
  p = f64x2.add(f64x2.mul(p, f), f64x2.splat(1))
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
  let isLow = f64x2.lt(y, bound)
  while (v128.any_true(isLow)) {
    over = v128.bitselect(f64x2.add(f64x2.mul(over, y), under), over, isLow)
    under = v128.bitselect(f64x2.mul(under, y), under, isLow)
    y = f64x2.add(y, v128.and(isLow, one))
    // From 1e-6 on six steps are enough; what is below ends here too.
    isLow = v128.and(f64x2.lt(y, bound), f64x2.gt(y, f64x2.splat(tiny)))
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
