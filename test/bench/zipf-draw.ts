/** Which target a stream of requests asks next, by index; alike for the same seed. */
export type Draw = () => number

export interface Mix {
  /** Targets that are drawn by rank: the k-th with a chance in proportion to 1 / (k + 1). */
  readonly ranked: number
  /** Targets after those, each drawn in one request of `oneIn`. */
  readonly extra: number
  readonly oneIn: number
  readonly seed: number
}

/** A stream of requests after Zipf's law, exponent 1, with some of another kind in it. */
export function zipfDraw({ ranked, extra, oneIn, seed }: Mix): Draw {
  const random = seededRandom(seed)
  const sums = new Float64Array(ranked)
  let sum = 0
  for (let k = 0; k < ranked; k++) {
    sum += 1 / (k + 1)
    sums[k] = sum
  }
  return () => {
    const kind = random() * oneIn
    if (kind < extra) return ranked + Math.floor(kind)
    return firstAbove(sums, random() * sum)
  }
}

function firstAbove(sums: Float64Array, value: number): number {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (sums[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Numbers from 0 to 1.
 *
 * @see Steele, Lea and Flood 2014, Fast Splittable Pseudorandom Number Generators; with the mixer of MurmurHash3
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
