import type { Log, Progress, TensorSource } from 'modelhost'
import { fail, stringTable } from 'modelhost'
import type { Preprocessor } from '../_text/preprocess.js'
import { type DocumentColumns, readDocuments, textColumns } from './documents.js'
import { PvDm, type Weights } from './pv-dm.js'
import { Random } from './random.js'
import { type Corpus, CorpusBuilder, keepThresholds, noiseTable } from './vocabulary.js'

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
}

const batchTokens = 10_000
const progressEveryMs = 250
const plugin = 'DocSim'

/** Lets messages of other threads in; a training that never pauses hears of no abort. */
const pause = () => new Promise<void>(resolve => setImmediate(resolve))

/**
 * Reads tables as documents, one a row.
 *
 * @param path  a file, or a folder of tables
 * @throws HostError TRAIN_FAILED when the files cannot be read or too few words are left
 */
export async function readCorpus(path: string, settings: TrainingSettings, tools: TrainingTools): Promise<Corpus> {
  const { min_count: minCount, train_df: fileName } = settings
  const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin, problem }, cause)
  const builder = new CorpusBuilder()
  let shownAt = Date.now()
  for await (const { text } of readDocuments(path, settings, refuse, fileName)) {
    builder.add(tools.preprocessor.tokens(text))
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

/** Word and document vectors uniform in [-1/size, 1/size), as gensim 4 begins; output vectors 0. */
export function startWeights(corpus: Corpus, size: number, random: Random): Weights {
  const draw = (rows: number) => {
    const data = new Float32Array(rows * size)
    for (let i = 0; i < data.length; i++) data[i] = random.uniform(-1 / size, 1 / size)
    return data
  }
  const words = corpus.vocabulary.words.length
  const wordVectors = draw(words)
  const documentVectors = draw(corpus.tokenCounts.length)
  return { size, words: wordVectors, documents: documentVectors, outputs: new Float32Array(words * size) }
}

/**
 * The learning rate: falls with progress from `alpha` to `min_alpha`, constant within a batch. A batch is as many
 * whole documents as have 10,000 tokens together, and ends with the epoch.
 *
 * @see gensim/models/word2vec.py: _job_producer, _get_next_alpha
 */
export class LearningRate {
  #epoch = -1
  #tokens = 0
  #alpha = 0

  constructor(
    readonly settings: Pick<TrainingSettings, 'alpha' | 'min_alpha' | 'epochs'>,
    readonly tokenCounts: Uint32Array,
  ) {}

  /** Of each document in turn, epoch after epoch. */
  at(epoch: number, document: number): number {
    const tokens = this.tokenCounts[document]!
    if (epoch === this.#epoch && this.#tokens + tokens <= batchTokens) {
      this.#tokens += tokens
      return this.#alpha
    }
    const { alpha, min_alpha: minAlpha, epochs } = this.settings
    const progress = (epoch + document / this.tokenCounts.length) / epochs
    this.#epoch = epoch
    this.#tokens = tokens
    this.#alpha = Math.max(minAlpha, alpha - (alpha - minAlpha) * progress)
    return this.#alpha
  }
}

/** Trains all epochs, one document after the other; the same corpus, settings and seed give the same weights. */
export async function trainWeights(corpus: Corpus, settings: TrainingSettings, tools: TrainingTools): Promise<Weights> {
  const random = new Random(settings.seed)
  const weights = startWeights(corpus, settings.vector_size, random)
  const keep = settings.sample > 0 ? keepThresholds(corpus.vocabulary, settings.sample) : undefined
  const { window, negative, epochs } = settings
  const step = new PvDm(corpus, weights, { window, negative, keep, noise: noiseTable(corpus.vocabulary) }, random)
  const rate = new LearningRate(settings, corpus.tokenCounts)
  const documents = corpus.tokenCounts.length
  const total = epochs * documents
  const startedAt = Date.now()
  let shownAt = startedAt
  let trainedWords = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let document = 0; document < documents; document++) {
      const alpha = rate.at(epoch, document)
      trainedWords += step.train(document, alpha)
      const now = Date.now()
      if (now - shownAt < progressEveryMs) continue
      shownAt = now
      const wordsPerSecond = Math.round((1000 * trainedWords) / (now - startedAt))
      const done = epoch * documents + document + 1
      const figures = { epoch: epoch + 1, alpha, wordsPerSecond }
      tools.progress({ done, total, unit: 'documents', stage: 'training', figures })
      await pause()
    }
  }
  const seconds = (Date.now() - startedAt) / 1000
  const wordsPerSecond = Math.round(trainedWords / Math.max(seconds, 0.001))
  tools.progress({
    done: total,
    total,
    unit: 'documents',
    stage: 'training',
    figures: { epoch: epochs, wordsPerSecond },
  })
  tools.log.info({ epochs, trainedWords, seconds, wordsPerSecond }, 'word vectors trained')
  if (!weights.words.every(Number.isFinite)) {
    throw fail('TRAIN_FAILED', {
      plugin,
      problem: `the vectors grew without bound. Lower alpha (it is ${settings.alpha}).`,
    })
  }
  return weights
}

/** The tensors of `<prefix>-model`. Vectors of documents and outputs play no part in an answer and are left out. */
export function modelTensors(corpus: Corpus, weights: Weights): TensorSource['tensors'] {
  const { words, counts } = corpus.vocabulary
  return {
    ...stringTable('vocabulary', words),
    counts,
    word_vectors: { data: weights.words, shape: [words.length, weights.size] },
  }
}
