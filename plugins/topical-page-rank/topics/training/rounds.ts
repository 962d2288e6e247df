import { topicsBound } from './bound.js'
import { numbersOf, rewindWords, type Training } from './memory.js'
import type { PhaseSettings } from './phases.js'
import type { TopicSettings } from './settings.js'
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

export interface RoundsTools {
  readonly team: Team
  /** exp(psi(x)) */
  readonly expPsiOf: (x: number) => number
  /** Is told how many passes are done, and the perplexity when it was computed. */
  readonly onRound?: ((rounds: number, fitness: Fitness | undefined) => void) | undefined
}

/**
 * Learns in passes over all documents, until there were `max_iter` or the perplexity stays.
 *
 * @returns passes, without the one that it stopped in
 * @see scikit-learn, sklearn/decomposition/_lda.py: fit
 */
export async function learnTopics(
  training: Training,
  settings: TopicSettings,
  priors: PhaseSettings,
  { team, expPsiOf, onRound }: RoundsTools,
): Promise<number> {
  const { documents, batch } = training.layout
  const sums = () => updateScale(training, expPsiOf)
  await team.run({ kind: 'draw' })
  sums()
  let step = 0
  let last: number | undefined
  for (let round = 1; round <= settings.max_iter; round++) {
    rewindWords(training)
    for (let first = 0; first < documents; first += batch) {
      step++
      const end = Math.min(first + batch, documents)
      const isOnline = settings.learning_method === 'online'
      const rate = isOnline ? (settings.learning_offset + step) ** -settings.learning_decay : 1
      const ratio = isOnline ? documents / (end - first) : 1
      await team.run({ kind: 'documents', step, first, last: end })
      await team.run({ kind: 'words', first, last: end, rate, ratio })
      sums()
    }
    let fitness: Fitness | undefined
    if (settings.evaluate_every > 0 && round % settings.evaluate_every === 0) {
      fitness = await measureFitness(training, priors, team)
      if (last !== undefined && Math.abs(last - fitness.perplexity) < settings.perp_tol) return round - 1
      last = fitness.perplexity
    }
    onRound?.(round, fitness)
  }
  return settings.max_iter
}

/** The variational bound of all documents under lambda as it is. */
export async function measureFitness(training: Training, priors: PhaseSettings, team: Team): Promise<Fitness> {
  await team.run({ kind: 'boundDocuments' })
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
function topicSums(training: Training): Float64Array {
  const { topics, rowBytes } = training.layout
  const { totals } = numbersOf(training)
  const sums = new Float64Array(topics)
  for (let row = 0; row < totals.length; row += rowBytes / 8) {
    for (let k = 0; k < topics; k++) sums[k]! += totals[row + k]!
  }
  return sums
}

function updateScale(training: Training, expPsiOf: (x: number) => number): void {
  numbersOf(training).scale.set(topicSums(training).map(sum => 1 / expPsiOf(sum)))
}
