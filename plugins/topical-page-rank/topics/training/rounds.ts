import type { Log } from 'modelhost'
import { Rounds } from '../../../_model/rounds.js'
import { topicsBound } from './bound.js'
import { chunkDocuments, numbersOf, rewindWords, type Training } from './memory.js'
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

/** Where a training stands between two steps; all else is lambda. */
export interface Standing {
  /** Steps that were made: batches of documents. */
  readonly step: number
  /** When it was computed the last time; NaN before the first. */
  readonly perplexity: number
}

export interface Learned {
  /** Passes, without the one in which the perplexity stayed; the last may be one in part. */
  readonly rounds: number
  /** Was the time over before there were `max_iter`, or the perplexity stayed? */
  readonly isCutShort: boolean
}

export interface RoundsTools {
  readonly team: Team
  /** exp(psi(x)) */
  readonly expPsiOf: (x: number) => number
  readonly log: Log
  readonly secondsLeft?: () => number
  /** Seconds that it takes to write the model. */
  readonly writeSeconds?: number
  /** Where an earlier run stood, whose lambda is in the memory. */
  readonly found?: Standing | undefined
  /** Is told how many passes are done, and the perplexity when it was computed. */
  readonly onRound?: ((rounds: number, fitness: Fitness | undefined) => void) | undefined
  /** Is asked after each step: is it to be saved? */
  readonly isDue?: () => boolean
  readonly save?: (standing: Standing, fitness: Fitness | undefined) => Promise<void>
}

/**
 * Learns in passes over all documents, until there were `max_iter`, the perplexity stays, or the time is over. A step that
 * the time ends is lost, but for the first: then topics are learned from those documents that had their turn.
 *
 * @see scikit-learn, sklearn/decomposition/_lda.py: fit
 */
export async function learnTopics(
  training: Training,
  settings: TopicSettings,
  priors: PhaseSettings,
  tools: RoundsTools,
): Promise<Learned> {
  const { team, expPsiOf, found, onRound, log, secondsLeft, writeSeconds = 0 } = tools
  const { documents, batch } = training.layout
  const steps = Math.ceil(documents / batch)
  const sums = () => updateScale(training, expPsiOf)
  await team.run({ kind: found ? 'expect' : 'draw' })
  sums()
  let { step, perplexity: last } = found ?? { step: 0, perplexity: Number.NaN }
  rewindWords(training, (step % steps) * batch)
  const wanted = settings.max_iter * steps
  const unit = steps === 1 ? 'passes' : 'batches'
  // At the end all documents are fitted once more.
  const reserve = (): number => writeSeconds + steps * rounds.roundSeconds
  const rounds = new Rounds({ wanted, unit, done: step, secondsLeft, reserve, log })
  const isOver = isOverAfter(tools)
  const saveIfDue = async (fitness?: Fitness) => {
    if (!tools.isDue?.()) return
    await tools.save?.({ step, perplexity: last }, fitness)
    rounds.skip()
  }
  while (rounds.goesOn) {
    const first = (step % steps) * batch
    if (first === 0) rewindWords(training)
    const end = Math.min(first + batch, documents)
    const done = await team.run({ kind: 'documents', step: step + 1, first, last: end }, isOver)
    const fitted = done === undefined ? end : Math.min(first + done * chunkDocuments, end)
    if (fitted < end && step > 0) {
      await saveIfDue()
      break
    }
    step++
    await team.run({ kind: 'words', first, last: fitted, ...ratesOf(settings, step, documents / (fitted - first)) })
    sums()
    if (fitted < end) return { rounds: fitted / documents, isCutShort: true }
    let fitness: Fitness | undefined
    if (end === documents) {
      const round = step / steps
      if (settings.evaluate_every > 0 && round % settings.evaluate_every === 0) {
        fitness = await measureFitness(training, priors, team, isOver)
        if (fitness && Math.abs(last - fitness.perplexity) < settings.perp_tol) {
          return { rounds: round - 1, isCutShort: false }
        }
        last = fitness?.perplexity ?? last
      }
      onRound?.(round, fitness)
    }
    rounds.end()
    if (step < wanted) await saveIfDue(fitness)
  }
  return { rounds: step / steps, isCutShort: step < wanted }
}

function ratesOf(settings: TopicSettings, step: number, ratio: number): { rate: number; ratio: number } {
  const isOnline = settings.learning_method === 'online'
  return isOnline
    ? { rate: (settings.learning_offset + step) ** -settings.learning_decay, ratio }
    : { rate: 1, ratio: 1 }
}

/** Is there time for no more than to write the model? */
export const isOverAfter = ({ secondsLeft, writeSeconds = 0 }: Pick<RoundsTools, 'secondsLeft' | 'writeSeconds'>) =>
  secondsLeft && (() => secondsLeft() <= writeSeconds)

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
