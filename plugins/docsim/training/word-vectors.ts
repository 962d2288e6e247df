import { Worker } from 'node:worker_threads'
import { progressEveryMs } from '../../_model/progress.js'
import { cutBatches, type Schedule } from './batches.js'
import type { Weights } from './document-vectors.js'
import {
  createTraining,
  readMatrix,
  type Training,
  type TrainingShape,
  TrainingTooLarge,
  writeMatrix,
} from './memory.js'
import { type PassOrder, runPass, SharedProgress } from './pass.js'
import { Random } from './random.js'
import { refuse, type TrainingTools } from './tools.js'
import type { Corpus } from './vocabulary.js'

/** What of the params decides over word vectors. */
export interface LearningSettings extends TrainingShape {
  readonly epochs: number
  readonly alpha: number
  readonly min_alpha: number
  readonly seed: number
}

/**
 * Trains all epochs. With one thread the same corpus, settings and seed give the same weights; more threads write to
 * the same vectors in an order of chance.
 *
 * @throws HostError TRAIN_FAILED
 */
export async function trainWeights(corpus: Corpus, settings: LearningSettings, tools: TrainingTools): Promise<Weights> {
  const starts = cutBatches(corpus.tokenCounts)
  const { epochs, alpha, min_alpha, vector_size: size } = settings
  const schedule: Schedule = { starts, documents: corpus.tokenCounts.length, epochs, alpha, min_alpha }
  // More threads than an epoch has batches would learn from the same documents at the same time.
  const threads = Math.min(tools.threads, starts.length - 1, maxThreads)
  const training = place(corpus, settings, threads)
  const random = new Random(settings.seed)
  drawStart(training, random)
  const startedMs = performance.now()
  const trainedWords = await runThreads(training, schedule, random, { ...tools, threads })
  const seconds = (performance.now() - startedMs) / 1000
  const wordsPerSecond = Math.round(trainedWords / Math.max(seconds, 0.001))
  const isReproducible = threads === 1
  tools.log.info({ epochs, threads, isReproducible, trainedWords, seconds, wordsPerSecond }, 'word vectors trained')
  const words = readMatrix(training, 'words')
  if (!words.every(Number.isFinite)) {
    throw refuse(`the vectors grew without bound. Lower alpha (it is ${settings.alpha}).`)
  }
  return { size, words }
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

/** Lets messages of other threads in; a training that never pauses hears of no abort. */
const pause = () => new Promise<void>(resolve => setImmediate(resolve))

/** @returns words learned from, after sub-sampling */
async function runThreads(
  { memory, layout }: Training,
  schedule: Schedule,
  random: Random,
  { threads, progress }: TrainingTools,
): Promise<number> {
  const shared = SharedProgress.create(threads)
  const orderOf = (thread: number): PassOrder => {
    return { memory, layout, schedule, progress: shared.buffer, thread, seed: [random.bits(), random.bits()] }
  }
  const own = orderOf(0)
  const others = Array.from({ length: threads - 1 }, (_, i) => startThread(orderOf(i + 1)))
  let failure: unknown
  for (const { done } of others) {
    done.catch(error => {
      failure = error
    })
  }
  const total = schedule.documents * schedule.epochs
  const startedMs = performance.now()
  const show = (figures: { epoch: number; alpha?: number }) => {
    const wordsPerSecond = Math.round((1000 * shared.words) / (performance.now() - startedMs))
    const done = shared.documents
    progress({ done, total, unit: 'documents', stage: 'training', figures: { ...figures, wordsPerSecond } })
  }
  try {
    let shownMs = startedMs
    for (const { epoch, alpha } of runPass(own)) {
      if (performance.now() - shownMs < progressEveryMs) continue
      shownMs = performance.now()
      show({ epoch: epoch + 1, alpha })
      await pause()
      // A thread that failed ends the training now, not after all epochs.
      if (failure) throw failure
    }
    await Promise.all(others.map(({ done }) => done))
  } finally {
    await Promise.all(others.map(({ worker }) => worker.terminate()))
  }
  show({ epoch: schedule.epochs })
  return shared.words
}

function startThread(workerData: PassOrder) {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData, execArgv: [] })
  const done = new Promise<void>((resolve, reject) => {
    worker.on('error', error => reject(refuse(`one of its threads failed: ${error.message}.`, error)))
    worker.on('exit', code => (code === 0 ? resolve() : reject(refuse(`one of its threads ended with code ${code}.`))))
  })
  return { worker, done }
}
