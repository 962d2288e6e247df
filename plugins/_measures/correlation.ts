/**
 * How well two lists of numbers, a pair a place, go up and down together. Numbers are finite and of a size whose fourth
 * power a float64 can hold.
 */

/**
 * Pearson's correlation: how close the pairs lie to a straight line.
 *
 * @returns -1 to 1; 0 where one of the lists is constant or has less than two numbers, since there is nothing to follow
 * @throws RangeError when the lists are not of one length
 * @see Pearson 1895, Note on Regression and Inheritance in the Case of Two Parents
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) throw new RangeError(`${x.length} numbers cannot be paired with ${y.length}`)
  if (isConstant(x) || isConstant(y)) return 0
  const xMean = mean(x)
  const yMean = mean(y)
  let product = 0
  let xSquare = 0
  let ySquare = 0
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - xMean
    const dy = y[i]! - yMean
    product += dx * dy
    xSquare += dx * dx
    ySquare += dy * dy
  }
  const correlation = product / Math.sqrt(xSquare * ySquare)
  // Rounding may lead a little beyond 1, and squares of tiny numbers are lost.
  return Number.isFinite(correlation) ? Math.max(-1, Math.min(1, correlation)) : 0
}

/**
 * Spearman's rank correlation: Pearson's of the ranks, so that only the order counts; equal numbers share the mean of
 * their ranks.
 *
 * @returns -1 to 1; 0 where one of the lists is constant or has less than two numbers
 * @throws RangeError when the lists are not of one length
 * @see Spearman 1904, The Proof and Measurement of Association between Two Things
 */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number => pearson(ranks(x), ranks(y))

/** @returns the rank of each number, 1 for the smallest; equal ones have the mean of the ranks that they take up */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const found = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let i = from; i < to; i++) found[order[i]!] = (from + 1 + to) / 2
    from = to
  }
  return found
}

/** Are all numbers the same? So are none, and one. */
export function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false
  return true
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}
