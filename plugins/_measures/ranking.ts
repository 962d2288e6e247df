/** How far up the relevant documents stand in a ranking. Each measure is of one query, 0 to 1; see `meanOver`. */

export interface Ranking {
  /** Documents, best first, each once. */
  readonly ranked: readonly string[]
  /** At least one. */
  readonly relevant: ReadonlySet<string>
}

/**
 * Average precision at k: the precision at each relevant one of the first k documents, summed, and divided by the number
 * of all relevant documents. With more than k of them it cannot reach 1.
 *
 * @see Buckley, trec_eval: map_cut; official measure of CheckThat! 2020, task 2, with k = 5
 */
export function averagePrecision({ ranked, relevant }: Ranking, k: number): number {
  let hits = 0
  let sum = 0
  for (let i = 0; i < Math.min(k, ranked.length); i++) {
    if (relevant.has(ranked[i]!)) sum += ++hits / (i + 1)
  }
  return sum / relevant.size
}

/**
 * 1 / rank of the first relevant document; 0 where there is none.
 *
 * @see Voorhees 1999, The TREC-8 Question Answering Track Report
 */
export function reciprocalRank({ ranked, relevant }: Ranking): number {
  const first = ranked.findIndex(document => relevant.has(document))
  return first < 0 ? 0 : 1 / (first + 1)
}

/** Share of the first k places that have a relevant document; places that the ranking does not fill have none. */
export const precision = (ranking: Ranking, k: number): number => hitsAt(ranking, k) / k

/** Share of the relevant documents that stand among the first k. */
export const recall = (ranking: Ranking, k: number): number => hitsAt(ranking, k) / ranking.relevant.size

/** The mean of a measure over at least one query: MAP@5 is that of the average precision at 5, MRR that of the reciprocal rank. */
export function meanOver(rankings: readonly Ranking[], measure: (ranking: Ranking) => number): number {
  return rankings.reduce((sum, ranking) => sum + measure(ranking), 0) / rankings.length
}

const hitsAt = ({ ranked, relevant }: Ranking, k: number) =>
  ranked.slice(0, k).filter(document => relevant.has(document)).length
