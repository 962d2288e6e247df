import { roomFor } from '../_text/growing.js'
import type { StringIds } from './string-ids.js'
import type { TopicModel } from './topics/topic-model.js'
import type { WordGraph } from './word-graph.js'

/**
 * How much the nodes of a graph have to do with the topics of their document: the cosine of a word's column of phi and
 * theta. A word that the model does not know gets the least that a known one has.
 *
 * @see Sterckx et al. 2015, Topical Word Importance for Fast Keyphrase Extraction
 * @see pke 1.8, unsupervised/graph_based/single_tpr.py: candidate_weighting
 */
export class TopicalWeights {
  /** By node: from 0 to 1. Where no node is known, all are 1. */
  weights = new Float64Array(64)
  /** By node: is it in the vocabulary, as a whole? */
  isKnown = new Uint8Array(64)
  /** The same, each divided by the sum. */
  shares = new Float64Array(64)
  sum = 0
  knownCount = 0
  #phi = new Float64Array(64)

  /** @param theta  topics of the document */
  weigh(graph: WordGraph, stems: StringIds, topics: TopicModel, theta: Float64Array): void {
    const { nodeCount } = graph
    this.weights = roomFor(this.weights, nodeCount)
    this.isKnown = roomFor(this.isKnown, nodeCount)
    this.shares = roomFor(this.shares, nodeCount)
    const least = this.#weighKnown(graph, stems, topics, theta)
    const { weights, shares } = this
    this.sum = 0
    for (let node = 0; node < nodeCount; node++) {
      if (this.isKnown[node] === 0) weights[node] = least
      this.sum += weights[node]!
    }
    // Of a damaged model all may be 0.
    const isUsable = this.sum > 0 && this.sum < Infinity
    for (let node = 0; node < nodeCount; node++) shares[node] = isUsable ? weights[node]! / this.sum : 1 / nodeCount
  }

  /** @returns the least weight; 1 where no node is known */
  #weighKnown(graph: WordGraph, stems: StringIds, topics: TopicModel, theta: Float64Array): number {
    const { topicCount, vocabulary } = topics
    if (this.#phi.length !== topicCount) this.#phi = new Float64Array(topicCount)
    const phi = this.#phi
    let thetaSquare = 0
    for (let k = 0; k < topicCount; k++) thetaSquare += theta[k]! * theta[k]!
    let least = Infinity
    this.knownCount = 0
    for (let node = 0; node < graph.nodeCount; node++) {
      const stem = graph.nodeStems[node]!
      const word = vocabulary.find(stems.sources[stem]!, stems.starts[stem], stems.ends[stem])
      this.isKnown[node] = word < 0 ? 0 : 1
      if (word < 0) continue
      topics.wordTopics(word, phi)
      let dot = 0
      let square = 0
      for (let k = 0; k < topicCount; k++) {
        dot += phi[k]! * theta[k]!
        square += phi[k]! * phi[k]!
      }
      const cosine = dot / Math.sqrt(square * thetaSquare)
      // As a distance that is cut to [0, 2], and back. NaN, of a damaged model, is 0.
      const weight = cosine > -1 ? 1 - Math.max(0, 1 - cosine) : 0
      this.weights[node] = weight
      this.knownCount++
      if (weight < least) least = weight
    }
    return this.knownCount === 0 ? 1 : least
  }
}
