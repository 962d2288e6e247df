import type { SharedMemory } from 'modelhost/kernels'
import { type PerceptronKernel, perceptronKernel } from '../kernels/perceptron.js'
import { transitionWidth } from '../transitions.js'
import type { TrainingLayout } from './memory.js'
import { shuffle } from './shuffle.js'

/** What one thread of a training gets; plain data and shared memory, so that it can be posted. */
export interface RunsOrder {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
  readonly thread: number
  readonly runs: number
  readonly epochs: number
  readonly seed: number
  readonly cost: number
  /**
   * Four i32: the next run that nobody has; the sentences that were learned from; epochs that were looked at; is the first
   * run to end there?
   */
  readonly progress: SharedArrayBuffer
  /** Does the first run wait after each epoch until that was looked at? */
  readonly waits: boolean
}

/** What a thread posts after an epoch of the first run. */
export interface EpochEnd {
  readonly thread: number
  /** Epochs that are done. */
  readonly epochs: number
}

const nextRun = 0
const learned = 1
const lookedAt = 2
const isOver = 3
export const progressBytes = 16

/** Sentences that were learned from by all threads. */
export const learnedSentences = (progress: SharedArrayBuffer): number => Atomics.load(new Int32Array(progress), learned)

/** Lets the first run go on, or end. */
export function markLookedAt(progress: SharedArrayBuffer, epochs: number, ends: boolean): void {
  const counts = new Int32Array(progress)
  if (ends) Atomics.store(counts, isOver, 1)
  Atomics.store(counts, lookedAt, epochs)
  Atomics.notify(counts, lookedAt)
}

/**
 * Makes run after run until all are taken. A run is the same whichever thread makes it, and runs are summed as whole
 * numbers, so that the number of threads changes nothing.
 */
export function makeRuns(order: RunsOrder, post: (end: EpochEnd) => void): void {
  const { memory, layout, runs } = order
  const progress = new Int32Array(order.progress)
  const kernel = openKernel(order)
  const { weights, weightBytes } = layout.threads[order.thread]!
  for (let run = Atomics.add(progress, nextRun, 1); run < runs; run = Atomics.add(progress, nextRun, 1)) {
    new Uint8Array(memory.buffer, weights, weightBytes).fill(0)
    kernel.begin()
    writeTransitions(order)
    const wait = (epochs: number) => {
      post({ thread: order.thread, epochs })
      Atomics.wait(progress, lookedAt, epochs - 1)
      return Atomics.load(progress, isOver) === 0
    }
    makeRun(order, kernel, run, progress, order.waits && run === 0 ? wait : undefined)
    kernel.addAverages(layout.featureCount, layout.sums, layout.transitionSums)
  }
}

/** What a run begins with: all 0, and far below where no tag may follow. */
export function writeTransitions({ memory, layout, thread }: RunsOrder): void {
  const count = (layout.tagCount + 2) * transitionWidth(layout.tagCount)
  const first = new Int32Array(memory.buffer, layout.transitionRows, count)
  new Int32Array(memory.buffer, layout.threads[thread]!.transitions, count).set(first)
}

export function openKernel({ memory, layout, thread, cost }: RunsOrder): PerceptronKernel {
  const own = layout.threads[thread]!
  const kernel = perceptronKernel.over(memory)
  kernel.setCorpus(layout.wordFeatures, layout.features, layout.gold)
  kernel.setWeights(layout.tagCount, own.weights, own.changes)
  kernel.setTransitions(own.transitions, own.transitionChanges)
  kernel.setScratch(own.scores, own.found, own.paths, own.back)
  kernel.setCost(cost)
  return kernel
}

function makeRun(
  { memory, layout, epochs, seed }: RunsOrder,
  kernel: PerceptronKernel,
  run: number,
  progress: Int32Array,
  goesOn: ((epochs: number) => boolean) | undefined,
): void {
  const starts = new Uint32Array(memory.buffer, layout.sentences, layout.sentenceCount + 1)
  const order = Uint32Array.from({ length: layout.sentenceCount }, (_, i) => i)
  const random = shuffle(seed, run)
  for (let epoch = 0; epoch < epochs; epoch++) {
    random(order)
    for (const sentence of order) {
      kernel.learn(starts[sentence]!, starts[sentence + 1]!)
      Atomics.add(progress, learned, 1)
    }
    if (goesOn && !goesOn(epoch + 1)) return
  }
}
