import { topicsBound } from './bound.js'
import { chunkDocuments, numbersOf, type Training } from './memory.js'
import type { PhaseSettings } from './phases.js'
import type { Team } from './team.js'

/** How well the documents are told, as scikit-learn's `perplexity` has it. */
export interface Fitness {
  /** exp(-bound / words) */
  readonly perplexity: number
  /** The same without the part of the bound that topics have: what documents alone say. */
  readonly documentPerplexity: number
  /** The bound: `score`. */
  readonly score: number
}

/**
 * The variational bound of all documents under lambda as it is.
 *
 * @param isOver  ends it
 * @returns undefined where it was ended
 */
export async function measureFitness(
  training: Training,
  priors: PhaseSettings,
  team: Team,
  isOver?: () => boolean,
): Promise<Fitness | undefined> {
  const done = await team.run({ kind: 'boundDocuments' }, isOver)
  if (done !== undefined && done * chunkDocuments < training.layout.documents) return undefined
  await team.run({ kind: 'boundWords' })
  const { documentBounds, wordBounds, cellCounts } = numbersOf(training)
  const add = (numbers: Float64Array) => numbers.reduce((sum, x) => sum + x, 0)
  const ofDocuments = add(documentBounds)
  const ofTopics = topicsBound(topicSums(training), training.layout.words, priors.topicWordPrior)
  const score = ofDocuments + add(wordBounds) + ofTopics
  const words = add(cellCounts)
  return { score, perplexity: Math.exp(-score / words), documentPerplexity: Math.exp(-ofDocuments / words) }
}

/** The sum of lambda by topic: chunk by chunk, so the same for any number of threads. */
export function topicSums(training: Training): Float64Array {
  const { topics, rowBytes } = training.layout
  const { totals } = numbersOf(training)
  const sums = new Float64Array(topics)
  for (let row = 0; row < totals.length; row += rowBytes / 8) {
    for (let k = 0; k < topics; k++) sums[k]! += totals[row + k]!
  }
  return sums
}
