import { readFound } from '../../_model/found-checkpoint.js'
import { roundTo } from '../../_model/rounds.js'
import { cutBatches } from './batches.js'
import { readState } from './checkpoint.js'
import type { Weights } from './document-vectors.js'
import { type Learning, learn } from './learn.js'
import {
  createTraining,
  readMatrix,
  type Training,
  type TrainingShape,
  TrainingTooLarge,
  writeMatrix,
} from './memory.js'
import { Random } from './random.js'
import { type Seed, SharedProgress } from './shared-progress.js'
import { type LearningTools, refuse } from './tools.js'
import type { Corpus } from './vocabulary.js'

/** What of the params decides over word vectors. */
export interface LearningSettings extends TrainingShape {
  readonly epochs: number
  readonly alpha: number
  readonly min_alpha: number
  readonly seed: number
}

export interface LearnedWeights extends Weights {
  /** Epochs in which they were learned, the last perhaps in part. */
  readonly epochs: number
}

/**
 * Trains all epochs, or as many as there is time for. With one thread the same corpus, settings and seed give the same
 * weights; more threads write to the same vectors in an order of chance.
 *
 * @throws HostError TRAIN_FAILED
 */
export async function trainWeights(
  corpus: Corpus,
  settings: LearningSettings,
  tools: LearningTools<LearnedWeights>,
): Promise<LearnedWeights> {
  const { epochs: wanted, alpha, min_alpha: least } = settings
  const schedule = { starts: cutBatches(corpus.tokenCounts), documents: corpus.tokenCounts.length }
  // More threads than an epoch has batches would learn from the same documents at the same time.
  const threads = Math.min(tools.threads, schedule.starts.length - 1, maxThreads)
  const training = place(corpus, settings, threads)
  const start = { from: 0, alpha, end: wanted, least }
  const found = readFound(tools, state => readState(state, training, schedule, start))
  const random = new Random(settings.seed)
  if (!found) drawStart(training, random)
  // An earlier run may have had fewer threads.
  const seeds = Array.from({ length: threads }, (_, i): Seed => found?.seeds[i] ?? [random.bits(), random.bits()])
  const progress = SharedProgress.create(seeds, found?.fall ?? start, found?.taken)
  const learning: Learning = { training, schedule, progress, threads, wanted }
  const weightsAfter = (epochs: number) => ({ ...readWeights(training, alpha), epochs })

  const startedMs = performance.now()
  const made = await learn(learning, {
    ...tools,
    writeModel: (artifact, epochs) => tools.writeModel(artifact, weightsAfter(epochs)),
  })
  const seconds = (performance.now() - startedMs) / 1000
  const { words: trainedWords } = progress
  const wordsPerSecond = Math.round(trainedWords / Math.max(seconds, 0.001))
  const isReproducible = threads === 1
  const epochs = roundTo(made)
  tools.log.info(
    { epochs, wanted, threads, isReproducible, trainedWords, seconds, wordsPerSecond },
    'word vectors trained',
  )
  if (made < 1) tools.log.warn({ epochs }, 'the time was over before every text was learned from: give more of it')
  return weightsAfter(made)
}

function readWeights(training: Training, alpha: number): Weights {
  const words = readMatrix(training, 'words')
  if (!words.every(Number.isFinite)) throw refuse(`the vectors grew without bound. Lower alpha (it is ${alpha}).`)
  return { size: training.layout.size, words }
}

function place(corpus: Corpus, settings: LearningSettings, threads: number): Training {
  try {
    return createTraining(corpus, settings, threads)
  } catch (error) {
    if (!(error instanceof TrainingTooLarge || error instanceof RangeError)) throw error
    throw refuse(`there is no memory for it: ${error.message}. Give fewer texts, or lower vector_size.`, error)
  }
}

/** Word and document vectors uniform in [-1/size, 1/size), as gensim 4 begins; output vectors 0. */
function drawStart(training: Training, random: Random): void {
  const { size, wordCount, documentCount } = training.layout
  const draw = (rows: number) => {
    const numbers = new Float32Array(rows * size)
    for (let i = 0; i < numbers.length; i++) numbers[i] = random.uniform(-1 / size, 1 / size)
    return numbers
  }
  writeMatrix(training, 'words', draw(wordCount))
  writeMatrix(training, 'documents', draw(documentCount))
}

/** Far more than gain anything. */
const maxThreads = 64
