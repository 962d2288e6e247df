import type { SharedMemory } from 'modelhost/kernels'
import { type PerceptronKernel, perceptronKernel } from '../kernels/perceptron.js'
import { transitionWidth } from '../transitions.js'
import { Control, calls } from './control.js'
import type { TrainingLayout } from './memory.js'
import { shuffle } from './shuffle.js'

/** What one thread of a training gets; plain data and shared memory, so that it can be posted. */
export interface RunsOrder {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
  readonly thread: number
  readonly runs: number
  /** Those that are wanted of a run; its plan may be less. */
  readonly epochs: number
  readonly seed: number
  readonly cost: number
  /** @see Control */
  readonly control: SharedArrayBuffer
  /** Which runs wait after each epoch until that was looked at? */
  readonly waits: 'none' | 'first' | 'all'
}

/** What a thread posts where it may have to wait. */
export interface Rest {
  readonly thread: number
  readonly run: number
  /** Before a run that it waits to begin; after an epoch; where it was called to rest. */
  readonly at: 'begin' | 'epoch' | 'call'
  /** Is it to be released? */
  readonly waits: boolean
}

/** A training that is told to end before anything was learned still learns from so many sentences. */
export const leastSentences = 1000

/**
 * Makes run after run until all are taken, or it is time to end. A run is the same whichever thread makes it, and runs are
 * summed as whole numbers, so that the number of threads changes nothing.
 */
export function makeRuns(order: RunsOrder, post: (rest: Rest) => void): void {
  const { memory, layout, runs, epochs, thread, waits } = order
  const control = new Control(order.control, layout.threads.length, runs)
  const kernel = openKernel(order)
  const rest = (run: number, at: Rest['at'], waits: boolean) => {
    const ticket = control.ticketOf(thread)
    post({ thread, run, at, waits })
    if (waits) control.wait(thread, ticket)
  }
  const { weights, weightBytes } = layout.threads[thread]!
  for (let run = control.take(thread); run !== undefined; run = control.take(thread)) {
    new Uint8Array(memory.buffer, weights, weightBytes).fill(0)
    writeTransitions(order)
    const steps = control.steps(run)
    // What an earlier training learned in it is written over these weights.
    if (waits === 'all' || steps > 0) rest(run, 'begin', true)
    kernel.begin(steps)
    // What was learned by now stays where it is.
    if (!makeRun(order, kernel, run, control, rest)) return
    // So does a run that had no time for all, if no other needs its place: a further training goes on with it.
    if (control.steps(run) < epochs * layout.sentenceCount && control.untaken === 0) return
    kernel.addAverages(layout.featureCount, layout.sums, layout.transitionSums)
    control.finish(run)
  }
}

/** What a run begins with: all 0, and far below where no tag may follow. */
export function writeTransitions({ memory, layout, thread }: Pick<RunsOrder, 'memory' | 'layout' | 'thread'>): void {
  const count = (layout.tagCount + 2) * transitionWidth(layout.tagCount)
  const first = new Int32Array(memory.buffer, layout.transitionRows, count)
  new Int32Array(memory.buffer, layout.threads[thread]!.transitions, count).set(first)
}

export function openKernel({
  memory,
  layout,
  thread,
  cost,
}: Pick<RunsOrder, 'memory' | 'layout' | 'thread' | 'cost'>): PerceptronKernel {
  const own = layout.threads[thread]!
  const kernel = perceptronKernel.over(memory)
  kernel.setCorpus(layout.wordFeatures, layout.features, layout.gold)
  kernel.setWeights(layout.tagCount, own.weights, own.changes)
  kernel.setTransitions(own.transitions, own.transitionChanges)
  kernel.setScratch(own.scores, own.found, own.paths, own.back)
  kernel.setCost(cost)
  return kernel
}

/** Makes a run, or the rest of it. @returns did it come to its end? */
function makeRun(
  { memory, layout, seed, waits }: RunsOrder,
  kernel: PerceptronKernel,
  run: number,
  control: Control,
  rest: (run: number, at: Rest['at'], waits: boolean) => void,
): boolean {
  const { sentenceCount } = layout
  const starts = new Uint32Array(memory.buffer, layout.sentences, sentenceCount + 1)
  const order = Uint32Array.from({ length: sentenceCount }, (_, i) => i)
  const random = shuffle(seed, run)
  const least = run === 0 ? Math.min(sentenceCount, leastSentences) : 0
  let epoch = Math.floor(control.steps(run) / sentenceCount)
  let at = control.steps(run) - epoch * sentenceCount
  for (let before = 0; before < epoch; before++) random(order)
  const goesOn = (): boolean => {
    const steps = epoch * sentenceCount + at
    for (let call = control.call; call !== calls.goOn; call = control.call) {
      if (call === calls.end && steps < least) return true
      control.setSteps(run, steps)
      if (call === calls.end) return false
      rest(run, 'call', true)
    }
    return true
  }
  for (; epoch < control.planned(run); epoch++, at = 0) {
    random(order)
    for (; at < sentenceCount; at++) {
      // Asked before each sentence: an epoch may take long.
      if (!goesOn()) return false
      const sentence = order[at]!
      kernel.learn(starts[sentence]!, starts[sentence + 1]!)
      control.addLearned(1)
    }
    control.setSteps(run, (epoch + 1) * sentenceCount)
    rest(run, 'epoch', waits === 'all' || (waits === 'first' && run === 0))
  }
  return true
}
