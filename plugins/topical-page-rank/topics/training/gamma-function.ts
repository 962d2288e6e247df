/**
 * psi(x), x > 0, as scikit-learn approximates it.
 *
 * @see scikit-learn, sklearn/decomposition/_online_lda_fast.pyx: psi
 */
export function psi(x: number): number {
  if (x <= 1e-6) return -0.5772156649015329 - 1 / x
  let y = x
  let result = 0
  for (; y < 6; y++) result -= 1 / y
  const r = 1 / y
  const square = r * r
  return result + Math.log(y) - 0.5 * r - square * (1 / 12 - square * (1 / 120 - square / 252))
}

const halfLn2Pi = 0.9189385332046728
/** From here on Stirling's series with eight terms is exact in float64. */
const stirlingFrom = 10

/**
 * ln Gamma(x), x > 0: Stirling's series, after moving x up by ones.
 *
 * @see Abramowitz and Stegun 1964, 6.1.41
 */
export function lnGamma(x: number): number {
  let y = x
  let product = 1
  for (; y < stirlingFrom; y++) product *= y
  const r = 1 / y
  const s = r * r
  const series =
    r *
    (1 / 12 -
      s *
        (1 / 360 -
          s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156 - (s * 3617) / 122400)))))))
  return (y - 0.5) * Math.log(y) - y + halfLn2Pi + series - Math.log(product)
}
