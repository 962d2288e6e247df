import { Worker } from 'node:worker_threads'
import { progressEveryMs } from '../../../_model/progress.js'
import { transitionWidth } from '../transitions.js'
import { learnedSoFar } from './development.js'
import type { FeatureCorpus } from './features.js'
import { createTrainingMemory, rowWidth, type TrainingMemory, TrainingTooLarge } from './memory.js'
import type { LearnedSums } from './pack.js'
import { type EpochEnd, learnedSentences, markLookedAt, progressBytes, type RunsOrder } from './runs.js'
import type { TaggerTools } from './tools.js'

export interface LearnSettings {
  readonly epochs: number
  readonly runs: number
  readonly seed: number
  readonly cost?: number | undefined
}

export interface Look {
  readonly figures: Readonly<Record<string, number>>
  /** Is the first run to end? */
  readonly isEnough: boolean
}

/**
 * Learns from a corpus, each run in one thread.
 *
 * @param lookAt  gets what the first run learned after each epoch; says what to tell, and whether that was enough
 * @returns sums over all runs; the same for a seed, whatever the number of threads
 * @throws what `refuse` makes when there is too much for one memory, or a thread failed
 */
export async function learn(
  corpus: FeatureCorpus,
  settings: LearnSettings,
  tools: TaggerTools,
  lookAt?: (learned: LearnedSums) => Look,
): Promise<LearnedSums> {
  const { memory, layout } = createMemory(corpus, Math.min(tools.threads, settings.runs), tools)
  const progress = new SharedArrayBuffer(progressBytes)
  const total = layout.sentenceCount * settings.epochs * settings.runs
  let figures: Readonly<Record<string, number>> = {}
  const tell = () =>
    tools.progress({ done: learnedSentences(progress), total, unit: 'sentences', stage: 'learning', figures })
  const onEpoch = ({ thread, epochs }: EpochEnd) => {
    const steps = epochs * layout.sentenceCount
    const look = lookAt!(learnedSoFar({ memory, layout }, { thread, steps, hashes: corpus.hashes }))
    figures = look.figures
    tell()
    markLookedAt(progress, epochs, look.isEnough)
  }
  const waits = lookAt !== undefined
  const timer = setInterval(tell, progressEveryMs)
  const threads = layout.threads.map((_, thread) =>
    startThread({ memory, layout, thread, progress, waits, ...pick(settings) }, onEpoch, tools),
  )
  try {
    await Promise.all(threads.map(({ done }) => done))
    tell()
  } finally {
    clearInterval(timer)
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }
  const { tagCount, featureCount } = layout
  return {
    tagCount,
    runs: settings.runs,
    hashes: corpus.hashes,
    sums: new Int32Array(memory.buffer, layout.sums, featureCount * rowWidth(tagCount)),
    transitionSums: new Int32Array(memory.buffer, layout.transitionSums, (tagCount + 1) * transitionWidth(tagCount)),
  }
}

/** Params have more, and not all can be posted. */
const pick = ({ epochs, runs, seed, cost = 0 }: LearnSettings) => ({ epochs, runs, seed, cost })

function createMemory(corpus: FeatureCorpus, threads: number, { refuse }: TaggerTools): TrainingMemory {
  try {
    return createTrainingMemory(corpus, threads)
  } catch (error) {
    if (!(error instanceof TrainingTooLarge)) throw error
    const hint = 'Raise min_count, or train on less text.'
    throw refuse(`${corpus.hashes.length / 2} features are too many: ${error.message}. ${hint}`, error)
  }
}

function startThread(
  workerData: RunsOrder,
  onEpoch: (end: EpochEnd) => void,
  { refuse }: TaggerTools,
): { worker: Worker; done: Promise<void> } {
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData, execArgv: [] })
  const done = new Promise<void>((resolve, reject) => {
    worker.on('message', (end: EpochEnd) => {
      try {
        onEpoch(end)
      } catch (error) {
        reject(error)
      }
    })
    worker.on('error', error => reject(refuse(`one of its threads failed: ${error.message}.`, error)))
    worker.on('exit', code => (code === 0 ? resolve() : reject(refuse(`one of its threads ended with code ${code}.`))))
  })
  return { worker, done }
}
