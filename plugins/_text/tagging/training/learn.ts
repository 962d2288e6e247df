import type { FeatureCorpus } from './features.js'
import type { LearnOptions, LearnSettings } from './learn-options.js'
import type { AllLearned } from './learned.js'
import { Learning } from './learning.js'
import { createTrainingMemory, type TrainingMemory, TrainingTooLarge } from './memory.js'
import type { TaggerTools } from './tools.js'

/**
 * Learns from a corpus, each run in one thread.
 *
 * @returns sums over all runs; where no time is short, the same for a seed, whatever the number of threads, and however often
 *   it was interrupted
 * @throws what `refuse` makes when there is too much for one memory, or a thread failed
 */
export function learn(
  corpus: FeatureCorpus,
  settings: LearnSettings,
  tools: TaggerTools,
  options: LearnOptions,
): Promise<AllLearned> {
  const training = createMemory(corpus, Math.min(tools.threads, settings.runs), tools)
  return new Learning(training, corpus.hashes, settings, tools, options).result()
}

function createMemory(corpus: FeatureCorpus, threads: number, { refuse }: TaggerTools): TrainingMemory {
  try {
    return createTrainingMemory(corpus, threads)
  } catch (error) {
    if (!(error instanceof TrainingTooLarge)) throw error
    const hint = 'Raise min_count, or train on less text.'
    throw refuse(`${corpus.hashes.length / 2} features are too many: ${error.message}. ${hint}`, error)
  }
}
