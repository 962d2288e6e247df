import type { ArtifactWriter } from 'modelhost'
import { readFound } from '../../_model/found-checkpoint.js'
import { roundTo } from '../../_model/rounds.js'
import { documentKernel } from './kernels/document.js'
import { readState, writeState } from './training/checkpoint.js'
import { type Fitness, measureFitness } from './training/fitness.js'
import { createTraining, readComponents, type Training, TrainingTooLarge } from './training/memory.js'
import type { PhaseSettings } from './training/phases.js'
import { isOverAfter, type Learned, learnTopics } from './training/rounds.js'
import type { CountMatrix, TopicSettings } from './training/settings.js'
import { withTeam } from './training/team.js'
import { refuse, type TrainingTools } from './training/tools.js'

export { type CountMatrix, type TopicSettings, topicDefaults } from './training/settings.js'

/** What a training learned. */
export interface TrainedTopics {
  /** topics × words, row-major: lambda, scikit-learn's `components_` */
  readonly components: Float64Array
  /** alpha and eta, as they were given or by default */
  readonly docTopicPrior: number
  readonly topicWordPrior: number
  /** Passes over all documents, scikit-learn's `n_iter_`; where the time was short, the last may be one in part. */
  readonly rounds: number
  /** Was the time over before all of them were made? */
  readonly isCutShort: boolean
  /**
   * Of the training documents under the topics learned, scikit-learn's `bound_`. Infinity where it is beyond a number, NaN
   * where there was no time to find it.
   */
  readonly perplexity: number
  /** The same by what documents alone say, without the part that topics have in the bound. */
  readonly documentPerplexity: number
}

export interface TopicTools extends TrainingTools {
  /** Writes the model with what was learned so far. */
  writeModel(artifact: ArtifactWriter, topics: TrainedTopics): Promise<void>
}

/**
 * Learns topics by latent Dirichlet allocation with variational Bayes, batch or online, as scikit-learn does. The same
 * matrix, settings and seed give the same topics, however many threads learn, and however often it was interrupted.
 *
 * @throws HostError TRAIN_FAILED
 * @see Hoffman, Blei and Bach 2010, Online Learning for Latent Dirichlet Allocation
 */
export async function trainTopics(
  matrix: CountMatrix,
  settings: TopicSettings,
  tools: TopicTools,
): Promise<TrainedTopics> {
  const { n_topics: topics, max_iter: wanted } = settings
  const cells = matrix.indptr[matrix.rows] ?? 0
  if (cells === 0)
    throw refuse('no document has a word of the vocabulary. Give more texts, or keep more of their words.')
  const priors = priorsOf(settings)
  const threads = threadsFor(cells * topics * wanted, tools.threads)
  const training = place(matrix, settings, threads)
  const steps = Math.ceil(matrix.rows / training.layout.batch)
  const found = readFound(tools, state => readState(state, training, wanted * steps))
  const fittedBefore = Math.round(((found?.step ?? 0) / steps) * matrix.rows)
  const total = matrix.rows * wanted
  let figures: Record<string, number> = { iteration: Math.floor((found?.step ?? 0) / steps) + 1 }
  const show = (done: number) => {
    tools.progress({ done: Math.min(done, total), total, unit: 'documents', stage: 'topics', figures })
  }
  const startedMs = performance.now()
  const showFitted = (documents: number) => show(fittedBefore + documents)
  const { learned, fitness } = await withTeam(training, priors, threads, showFitted, async team => {
    const { expPsiOf } = documentKernel.over(training.memory)
    const limit = { secondsLeft: tools.secondsLeft, writeSeconds: secondsToWrite(matrix.columns * topics) }
    const learned = await learnTopics({
      ...limit,
      training,
      settings,
      priors,
      team,
      expPsiOf,
      found,
      log: tools.log,
      onRound(rounds, fitness) {
        figures = { ...figures, ...(fitness ? figuresOf(fitness) : {}), iteration: rounds + 1 }
      },
      isDue: () => tools.checkpoints.isDue(),
      save: (standing, fitness) =>
        tools.checkpoints.save(writeState(training, standing), artifact => {
          const soFar = { rounds: standing.step / steps, isCutShort: true }
          return tools.writeModel(artifact, trainedOf(training, priors, soFar, fitness))
        }),
    })
    return { learned, fitness: await measureFitness(training, priors, team, isOverAfter(limit)) }
  })
  const { rounds, isCutShort } = learned
  const trained = trainedOf(training, priors, learned, fitness)
  figures = { ...figures, iteration: Math.ceil(rounds), ...(fitness ? figuresOf(fitness) : {}) }
  show(isCutShort ? Math.round(rounds * matrix.rows) : total)
  const seconds = (performance.now() - startedMs) / 1000
  const passes = roundTo(rounds)
  const told = fitness && { perplexity: fitness.perplexity, documentPerplexity: fitness.documentPerplexity }
  tools.log.info({ topics, rounds: passes, wanted, threads, ...told, seconds }, 'topics learned')
  if (rounds < 1 && wanted > 0)
    tools.log.warn({ rounds: passes }, 'the time was over before every text was learned from: give more of it')
  return trained
}

function trainedOf(
  training: Training,
  { docTopicPrior, topicWordPrior }: PhaseSettings,
  { rounds, isCutShort }: Learned,
  fitness: Fitness | undefined,
): TrainedTopics {
  const components = readComponents(training)
  const { topics, words } = training.layout
  if (!components.every(Number.isFinite))
    throw refuse(
      `the topics are not finite: ${topics} are too many for ${words} words, or priors and rates are too large. ` +
        'Lower n_topics, or leave the others as they are by default.',
    )
  const { perplexity = Number.NaN, documentPerplexity = Number.NaN } = fitness ?? {}
  return { components, docTopicPrior, topicWordPrior, rounds, isCutShort, perplexity, documentPerplexity }
}

/** Bytes that even a busy machine writes in a second. */
const bytesPerSecond = 5e7
const leastWriteSeconds = 0.2
/** Roughly, and rather too long. */
const secondsToWrite = (numbers: number) => leastWriteSeconds + (numbers * 8) / bytesPerSecond

/** What of it can be shown. */
function figuresOf({ perplexity, documentPerplexity }: Fitness): Record<string, number> {
  const figures = Object.entries({ perplexity, documentPerplexity })
  return Object.fromEntries(figures.filter(([, value]) => Number.isFinite(value)))
}

export function priorsOf(settings: TopicSettings): PhaseSettings {
  const { n_topics: topics, doc_topic_prior: alpha, topic_word_prior: eta } = settings
  const { max_doc_update_iter: rounds, mean_change_tol: tolerance, seed } = settings
  return { docTopicPrior: alpha ?? 1 / topics, topicWordPrior: eta ?? 1 / topics, rounds, tolerance, seed }
}

/** Far more than gain anything. */
const maxThreads = 64
/** Cells times topics times passes, of which a thread does some 60 million a second; it takes 50 ms to start one. */
const workOfThread = 6e6

const threadsFor = (work: number, most: number) =>
  Math.max(1, Math.min(most, maxThreads, Math.floor(work / workOfThread)))

function place(matrix: CountMatrix, settings: TopicSettings, threads: number): Training {
  const isOnline = settings.learning_method === 'online'
  const batch = isOnline ? Math.min(settings.batch_size, matrix.rows) : matrix.rows
  try {
    return createTraining(matrix, settings.n_topics, batch, threads)
  } catch (error) {
    if (!(error instanceof TrainingTooLarge || error instanceof RangeError)) throw error
    const { rows, columns } = matrix
    const fewer = 'Lower n_topics, or leave out rare words'
    // A step online holds the topics of its documents alone.
    const advice = rows > columns && !isOnline ? `${fewer}, or set learning_method to "online".` : `${fewer}.`
    throw refuse(
      `there is no memory for ${settings.n_topics} topics of ${rows} documents and ${columns} words: ` +
        `${error.message}. ${advice}`,
      error,
    )
  }
}
