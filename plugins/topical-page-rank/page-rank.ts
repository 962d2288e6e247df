import { roomFor } from '../_text/growing.js'
import type { WordGraph } from './word-graph.js'

/** networkx's defaults. */
const damping = 0.85
const tolerance = 1e-4
const maxRounds = 100

/**
 * Personalised PageRank of a graph's nodes, by power iteration.
 *
 * Sums are taken in the order of networkx, so that scores which are equal there are equal here. A node without an edge
 * gives all it has to the personalisation.
 *
 * @see networkx, algorithms/link_analysis/pagerank_alg.py: _pagerank_scipy
 */
export class PageRank {
  /** By node; sums to 1. */
  scores = new Float64Array(64)
  rounds = 0
  hasConverged = true
  #next = new Float64Array(64)
  #shares = new Float64Array(64)
  #inverse = new Float64Array(64)
  #weights = new Float64Array(64)

  /** @param personalization  chance of a jump to each node; sums to 1 */
  run(graph: WordGraph, personalization: Float64Array): void {
    const { nodeCount, offsets, columns } = graph
    this.#prepare(graph, personalization)
    const weights = this.#weights
    const shares = this.#shares
    let now = this.scores.fill(1 / nodeCount, 0, nodeCount)
    let next = this.#next
    this.hasConverged = false
    for (this.rounds = 1; this.rounds <= maxRounds; this.rounds++) {
      let dangling = 0
      for (let i = 0; i < nodeCount; i++) if (offsets[i] === offsets[i + 1]) dangling += now[i]!
      let change = 0
      for (let j = 0; j < nodeCount; j++) {
        let sum = 0
        for (let at = offsets[j]!; at < offsets[j + 1]!; at++) sum += weights[at]! * now[columns[at]!]!
        const share = shares[j]!
        const score = damping * (sum + dangling * share) + (1 - damping) * share
        change += Math.abs(score - now[j]!)
        next[j] = score
      }
      ;[now, next] = [next, now]
      if (change < nodeCount * tolerance) {
        this.hasConverged = true
        break
      }
    }
    this.scores = now
    this.#next = next
  }

  #prepare({ nodeCount, offsets, columns, weights }: WordGraph, personalization: Float64Array): void {
    this.scores = roomFor(this.scores, nodeCount)
    this.#next = roomFor(this.#next, nodeCount)
    this.#shares = roomFor(this.#shares, nodeCount)
    this.#inverse = roomFor(this.#inverse, nodeCount)
    const edges = offsets[nodeCount]!
    this.#weights = roomFor(this.#weights, edges)
    let total = 0
    for (let i = 0; i < nodeCount; i++) total += personalization[i]!
    for (let i = 0; i < nodeCount; i++) {
      this.#shares[i] = personalization[i]! / total
      let degree = 0
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) degree += weights[at]!
      this.#inverse[i] = 1 / degree
    }
    for (let at = 0; at < edges; at++) this.#weights[at] = this.#inverse[columns[at]!]! * weights[at]!
  }
}
