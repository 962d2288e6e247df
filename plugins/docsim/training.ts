import { Worker } from 'node:worker_threads'
import { fail, type Log, type Progress } from 'modelhost'
import type { Preprocessor } from '../_text/preprocess.js'
import { cutBatches, type Schedule } from './batches.js'
import type { Weights } from './document-vectors.js'
import { type Document, type DocumentColumns, readDocuments, textColumns } from './documents.js'
import { Random } from './random.js'
import { createTraining, readMatrix, type Training, TrainingTooLarge, writeMatrix } from './training-memory.js'
import { type PassOrder, runPass, SharedProgress } from './training-pass.js'
import { type Corpus, CorpusBuilder } from './vocabulary.js'

/** What of the params decides over training alone. */
export interface TrainingSettings extends DocumentColumns {
  readonly vector_size: number
  readonly min_count: number
  readonly epochs: number
  readonly train_df?: string | undefined
  readonly window: number
  readonly negative: number
  readonly alpha: number
  readonly min_alpha: number
  readonly sample: number
  readonly seed: number
}

export interface TrainingTools {
  readonly preprocessor: Preprocessor
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** At least 1. */
  readonly threads: number
  /** Is told each document with its tokens. */
  readonly onDocument?: ((document: Document, tokens: readonly string[]) => void) | undefined
}

const progressEveryMs = 250
const plugin = 'DocSim'
const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin, problem }, cause)

/**
 * Reads tables as documents, one a row.
 *
 * @param path  a file, or a folder of tables
 * @throws HostError TRAIN_FAILED when the files cannot be read or too few words are left
 */
export async function readCorpus(path: string, settings: TrainingSettings, tools: TrainingTools): Promise<Corpus> {
  const { min_count: minCount, train_df: fileName } = settings
  const builder = new CorpusBuilder()
  let shownAt = Date.now()
  for await (const document of readDocuments(path, settings, refuse, fileName)) {
    const tokens = tools.preprocessor.tokens(document.text)
    builder.add(tokens)
    tools.onDocument?.(document, tokens)
    if (Date.now() - shownAt < progressEveryMs) continue
    shownAt = Date.now()
    const { documents } = builder
    tools.progress({ done: documents, total: documents, unit: 'documents', stage: 'reading' })
  }
  if (builder.documents === 0) throw refuse(`${path} has a header but no rows.`)
  const corpus = builder.build(minCount)
  if (corpus.vocabulary.words.length === 0) {
    const columns = textColumns(settings).map(name => `"${name}"`)
    const place = `${columns.length > 1 ? 'columns' : 'column'} ${columns.join(', ')}`
    throw refuse(
      `no word of the ${builder.documents} documents (${builder.tokens} tokens in ${place}) ` +
        `occurs ${minCount} times or more. Give more texts, or lower min_count.`,
    )
  }
  const { words, total } = corpus.vocabulary
  const figures = { documents: builder.documents, tokens: builder.tokens, vocabulary: words.length, keptTokens: total }
  tools.log.info(figures, 'corpus read')
  return corpus
}

/**
 * Trains all epochs. With one thread the same corpus, settings and seed give the same weights; more threads write to
 * the same vectors in an order of chance.
 *
 * @throws HostError TRAIN_FAILED
 */
export async function trainWeights(corpus: Corpus, settings: TrainingSettings, tools: TrainingTools): Promise<Weights> {
  const starts = cutBatches(corpus.tokenCounts)
  const { epochs, alpha, min_alpha, vector_size: size } = settings
  const schedule: Schedule = { starts, documents: corpus.tokenCounts.length, epochs, alpha, min_alpha }
  // More threads than an epoch has batches would learn from the same documents at the same time.
  const threads = Math.min(tools.threads, starts.length - 1)
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

function place(corpus: Corpus, settings: TrainingSettings, threads: number): Training {
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
    }
    await Promise.all(others.map(({ done }) => done))
  } finally {
    await Promise.all(others.map(({ worker }) => worker.terminate()))
  }
  show({ epoch: schedule.epochs })
  return shared.words
}

function startThread(workerData: PassOrder) {
  const worker = new Worker(new URL('./training-thread.js', import.meta.url), { workerData, execArgv: [] })
  const done = new Promise<void>((resolve, reject) => {
    worker.on('error', error => reject(refuse(`one of its threads failed: ${error.message}.`, error)))
    worker.on('exit', code => (code === 0 ? resolve() : reject(refuse(`one of its threads ended with code ${code}.`))))
  })
  // It is waited for later, after this thread's own share.
  done.catch(() => {})
  return { worker, done }
}
