/** Names that were found in a development set, and whether they are right. */
export interface FoundNames {
  readonly margins: readonly number[]
  readonly areRight: readonly boolean[]
}

const rounds = 100
/** Too few to say anything. */
const leastOfEach = 10

/**
 * Fits the logistic function that says of a margin how likely the name is right, by Newton's method.
 *
 * @returns undefined where too few names are right, or wrong
 * @see Platt 1999, Probabilistic Outputs for Support Vector Machines; Lin, Lin and Weng 2007, A Note on Platt's
 *   Probabilistic Outputs
 */
export function fitCurve({ margins, areRight }: FoundNames): { slope: number; offset: number } | undefined {
  const right = areRight.filter(isRight => isRight).length
  const wrong = areRight.length - right
  if (right < leastOfEach || wrong < leastOfEach) return undefined
  // Targets a little within 0 and 1, so that the fit stays finite where margins tell all.
  const high = (right + 1) / (right + 2)
  const low = 1 / (wrong + 2)
  const targets = areRight.map(isRight => (isRight ? high : low))
  let curve = { slope: 0, offset: Math.log((right + 1) / (wrong + 1)) }
  let loss = lossOf(margins, targets, curve)
  for (let round = 0; round < rounds; round++) {
    const step = newtonStep(margins, targets, curve)
    // Half as far, until it is better.
    let length = 1
    let next = curve
    let better = loss
    for (; length > 1e-10; length /= 2) {
      next = { slope: curve.slope - length * step.slope, offset: curve.offset - length * step.offset }
      better = lossOf(margins, targets, next)
      if (better < loss) break
    }
    if (!(better < loss - 1e-12)) break
    curve = next
    loss = better
  }
  return curve
}

type Curve = { readonly slope: number; readonly offset: number }

/** The cross-entropy, in a form that does not overflow. */
function lossOf(margins: readonly number[], targets: readonly number[], { slope, offset }: Curve): number {
  let sum = 0
  for (const [i, margin] of margins.entries()) {
    const z = slope * margin + offset
    sum += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - targets[i]! * z
  }
  return sum
}

function newtonStep(margins: readonly number[], targets: readonly number[], { slope, offset }: Curve): Curve {
  let [gradientSlope, gradientOffset] = [0, 0]
  // A little more than nothing, so that it can be inverted.
  let [slopes, both, offsets] = [1e-9, 0, 1e-9]
  for (const [i, margin] of margins.entries()) {
    const chance = 1 / (1 + Math.exp(-(slope * margin + offset)))
    const error = chance - targets[i]!
    const weight = chance * (1 - chance)
    gradientSlope += error * margin
    gradientOffset += error
    slopes += weight * margin * margin
    both += weight * margin
    offsets += weight
  }
  const determinant = slopes * offsets - both * both
  return {
    slope: (offsets * gradientSlope - both * gradientOffset) / determinant,
    offset: (slopes * gradientOffset - both * gradientSlope) / determinant,
  }
}
