import { Draws } from '../../plugins/_ner/draws.js'

export interface Interval {
  readonly low: number
  readonly high: number
}

const resamples = 1000

/**
 * Where a measure lies for 95 % of sets that are drawn, as large and with repetition, from this one.
 *
 * @see Efron 1979, Bootstrap Methods: Another Look at the Jackknife
 */
export function intervalOf<T>(cases: readonly T[], measure: (cases: readonly T[]) => number): Interval {
  const draws = new Draws(1)
  const values = Array.from({ length: resamples }, () => measure(cases.map(() => draws.of(cases))))
  values.sort((a, b) => a - b)
  return { low: values[Math.floor(0.025 * resamples)]!, high: values[Math.ceil(0.975 * resamples) - 1]! }
}
