import { lnGamma, psi } from './gamma-function.js'

/** What scikit-learn adds to phi where it divides by it; the bound is of phi without it. */
const epsilon = 2 ** -52
/** Below, phi minus that is not exact enough. */
const leastPhi = 1e-18

/**
 * The part of the variational bound that one fitted document has:
 *
 *   sum_w n_w ln sum_k exp(E[ln theta_k] + E[ln beta_kw])
 *   + sum_k ((alpha - gamma_k) E[ln theta_k] + ln Gamma(gamma_k) - ln Gamma(alpha)) + ln Gamma(K alpha) - ln Gamma(sum gamma)
 *
 * @see Hoffman, Blei and Bach 2010, equation 3; scikit-learn, sklearn/decomposition/_lda.py: _approx_bound
 */
export function documentTopicsBound(gamma: Float64Array, alpha: number): number {
  let sum = 0
  for (let k = 0; k < gamma.length; k++) sum += gamma[k]!
  const psiSum = psi(sum)
  const lnGammaAlpha = lnGamma(alpha)
  let bound = lnGamma(gamma.length * alpha) - lnGamma(sum)
  for (let k = 0; k < gamma.length; k++) {
    const value = gamma[k]!
    // A topic that the document does not have.
    if (value === alpha) continue
    bound += (alpha - value) * (psi(value) - psiSum) + lnGamma(value) - lnGammaAlpha
  }
  return bound
}

/**
 * ln phi of a word, phi = sum_k exp(E[ln theta_k] + E[ln beta_kw]); NaN where it is too small to be told from this.
 *
 * @param share  count / (phi + 2^-52)
 */
export function lnPhi(count: number, share: number): number {
  const phi = count / share - epsilon
  return phi > leastPhi ? Math.log(phi) : Number.NaN
}

/**
 * The same by logarithms throughout, where exponentials would be 0.
 *
 * @param lambda  of the word, by topic
 * @param scale   by topic: 1 / exp(psi(sum of lambda))
 */
export function lnPhiExactly(gamma: Float64Array, lambda: Float64Array, scale: Float64Array): number {
  const psiSum = psi(gamma.reduce((sum, value) => sum + value, 0))
  const terms = Array.from(gamma, (value, k) => psi(value) - psiSum + psi(lambda[k]!) + Math.log(scale[k]!))
  const largest = Math.max(...terms)
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0))
}

/**
 * The part of the bound that words have:
 *
 *   sum_kw ((eta - lambda_kw) E[ln beta_kw] + ln Gamma(lambda_kw) - ln Gamma(eta))
 *
 * @param lambda  rows by word, as long as `scale`
 * @param scale   by topic: 1 / exp(psi(sum of lambda)); 0 in the padding
 */
export function wordsBound(lambda: Float64Array, scale: Float64Array, topics: number, eta: number): number {
  const psiSums = scale.map(x => -Math.log(x))
  const lnGammaEta = lnGamma(eta)
  let bound = 0
  for (let row = 0; row < lambda.length; row += scale.length) {
    for (let k = 0; k < topics; k++) {
      const value = lambda[row + k]!
      // A topic that the word is not in.
      if (value === eta) continue
      bound += (eta - value) * (psi(value) - psiSums[k]!) + lnGamma(value) - lnGammaEta
    }
  }
  return bound
}

/** What remains: sum_k (ln Gamma(V eta) - ln Gamma(sum of lambda)). */
export function topicsBound(sums: Float64Array, words: number, eta: number): number {
  const whole = lnGamma(words * eta)
  return sums.reduce((bound, sum) => bound + whole - lnGamma(sum), 0)
}
