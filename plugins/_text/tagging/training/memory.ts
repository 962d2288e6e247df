import { createSharedMemory, maxMemoryBytes, pageBytes, type SharedMemory } from 'modelhost/kernels'
import { maxWords } from '../kernels/tagging.js'
import { MemoryWriter } from '../memory-writer.js'
import { transitionRows, transitionWidth } from '../transitions.js'
import type { FeatureCorpus } from './features.js'

/**
 * All that a training reads and writes, in one shared memory:
 *
 *   | kernels' page | corpus | sums of all runs | weights of thread 0 | of thread 1 | ... |
 */
export interface TrainingMemory {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
}

/** Plain data, so that it can be posted. Addresses are bytes in the memory. */
export interface TrainingLayout {
  readonly tagCount: number
  readonly featureCount: number
  readonly sentenceCount: number
  readonly wordFeatures: number
  readonly features: number
  readonly gold: number
  readonly sentences: number
  readonly sums: number
  readonly transitionSums: number
  /** I32 rows that transitions begin with: 0, and where no tag may follow far below. */
  readonly transitionRows: number
  readonly threads: readonly ThreadLayout[]
}

/** What one thread writes to. */
export interface ThreadLayout {
  readonly weights: number
  readonly changes: number
  readonly transitions: number
  readonly transitionChanges: number
  readonly scores: number
  readonly found: number
  readonly paths: number
  readonly back: number
  /** From `weights`, with the transitions. */
  readonly weightBytes: number
}

export class TrainingTooLarge extends Error {
  constructor(readonly needBytes: number) {
    super(`${needBytes} bytes are more than one memory can have, ${maxMemoryBytes}`)
  }
}

const alignUp = (n: number, to: number) => Math.ceil(n / to) * to

/** Numbers of a row of weights. */
export const rowWidth = (tags: number): number => alignUp(tags, 8)

/** As many threads as there is room for, at most `threads`. @throws TrainingTooLarge */
export function createTrainingMemory(corpus: FeatureCorpus, threads: number): TrainingMemory {
  const { tagCount } = corpus
  const featureCount = corpus.hashes.length / 2
  const numbers = featureCount * rowWidth(tagCount)
  // One row more than there are tags for the start, and one for the end.
  const transitionBytes = (tagCount + 2) * transitionWidth(tagCount) * 4
  const threadBytes = numbers * 6 + transitionBytes * 2 + maxWords * (rowWidth(tagCount) * 12 + 64) + pageBytes
  const corpusBytes = [corpus.wordFeatures, corpus.features, corpus.gold, corpus.sentences].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  )
  const sharedBytes = pageBytes * 2 + corpusBytes + numbers * 4 + transitionBytes * 2
  const count = Math.min(threads, Math.floor((maxMemoryBytes - sharedBytes) / threadBytes))
  if (count < 1) throw new TrainingTooLarge(sharedBytes + threadBytes)
  const memory = createSharedMemory(sharedBytes + count * threadBytes)
  const writer = new MemoryWriter(memory, pageBytes, memory.buffer.byteLength)
  const threadLayout = (): ThreadLayout => {
    const weights = writer.take(numbers * 2)
    const changes = writer.take(numbers * 4)
    const transitions = writer.take(transitionBytes)
    const transitionChanges = writer.take(transitionBytes)
    return {
      weights,
      changes,
      transitions,
      transitionChanges,
      weightBytes: transitionChanges + transitionBytes - weights,
      scores: writer.take(maxWords * rowWidth(tagCount) * 4),
      found: writer.take(maxWords),
      paths: writer.take(maxWords * transitionWidth(tagCount) * 4),
      back: writer.take(maxWords * transitionWidth(tagCount)),
    }
  }
  const layout = {
    tagCount,
    featureCount,
    sentenceCount: corpus.sentences.length - 1,
    wordFeatures: writer.write(corpus.wordFeatures),
    features: writer.write(corpus.features),
    gold: writer.write(corpus.gold),
    sentences: writer.write(corpus.sentences),
    sums: writer.take(numbers * 4),
    transitionSums: writer.take(transitionBytes),
    transitionRows: writer.write(firstTransitions(corpus)),
    threads: Array.from({ length: count }, threadLayout),
  }
  return { memory, layout }
}

function firstTransitions({ tagCount, allowed }: FeatureCorpus): Int32Array {
  const transitions = new Int16Array((tagCount + 1) * tagCount)
  return transitionRows({ tags: new Array(tagCount), transitions, allowed })
}
