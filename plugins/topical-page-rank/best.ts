import type { Candidates } from './candidates.js'
import { Infixes } from './infixes.js'
import type { PageRank } from './page-rank.js'
import type { WordGraph } from './word-graph.js'

/**
 * What each candidate is worth: the sum of its stems' scores, a stem that is no node counting 0.
 *
 * @param isNormalized  divided by the number of stems?
 */
export function scoreCandidates(
  candidates: Candidates,
  stems: Uint32Array,
  { nodeOfStem }: WordGraph,
  { scores }: PageRank,
  isNormalized: boolean,
): Float64Array {
  const sums = new Float64Array(candidates.count)
  for (let i = 0; i < sums.length; i++) {
    const token = candidates.tokens[i]!
    const length = candidates.lengths[i]!
    let sum = 0
    for (let k = 0; k < length; k++) {
      const node = nodeOfStem[stems[token + k]!]!
      if (node >= 0) sum += scores[node]!
    }
    sums[i] = isNormalized ? sum / length : sum
  }
  return sums
}

/** Candidates by score, highest first; where two are equal, the one that occurs first. */
export function order(scores: Float64Array): Uint32Array {
  const ranked = Uint32Array.from(scores, (_, i) => i)
  return ranked.sort((a, b) => scores[b]! - scores[a]! || a - b)
}

/**
 * The first `n` of a ranking.
 *
 * @see pke, base.py: get_n_best
 */
export function firstOf(ranked: Uint32Array, n: number): readonly number[] {
  return Array.from(ranked.subarray(0, n))
}

/**
 * The first `n` of a ranking, without those whose stems are a part of one that stands before them.
 *
 * @see pke, base.py: get_n_best, is_redundant
 */
export function firstDistinct(
  ranked: Uint32Array,
  n: number,
  candidates: Candidates,
  stems: Uint32Array,
): readonly number[] {
  const kept: number[] = []
  const infixes = new Infixes()
  for (const candidate of ranked) {
    if (kept.length >= n) break
    const token = candidates.tokens[candidate]!
    const length = candidates.lengths[candidate]!
    if (infixes.has(stems, token, length)) continue
    kept.push(candidate)
    infixes.add(stems, token, length)
  }
  return kept
}
