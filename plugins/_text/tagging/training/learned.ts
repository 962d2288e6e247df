import { sumUnit } from '../kernels/perceptron.js'
import { forbidden, transitionWidth } from '../transitions.js'
import type { Control } from './control.js'
import { rowWidth, type TrainingLayout, type TrainingMemory } from './memory.js'
import type { LearnedSums } from './pack.js'

/** Where a run is: views, in rows as the kernel has them. */
export interface RunState {
  readonly run: number
  /** Sentences that it learned from. */
  readonly steps: number
  readonly weights: Int16Array
  readonly changes: Float32Array
  readonly transitions: Int32Array
  readonly transitionChanges: Float32Array
}

/** Where all runs are. */
export interface RunsState {
  /** Of the runs that are finished. */
  readonly sums: Int32Array
  readonly transitionSums: Int32Array
  readonly finished: readonly Pick<RunState, 'run' | 'steps'>[]
  readonly begun: readonly RunState[]
}

export type Figures = Readonly<Record<string, number>>

/** What was learned, and how much of what was wanted that is. */
export interface Learned {
  readonly sums: LearnedSums
  /** Passes of those runs that count, on average. */
  readonly epochs: number
}

/** The same at the end. */
export interface AllLearned extends Learned {
  /** Would a training that goes on learn more? */
  readonly isCut: boolean
}

/** Numbers of the weights, and of the transitions. */
export function sizesOf({ tagCount, featureCount }: Pick<TrainingLayout, 'tagCount' | 'featureCount'>) {
  return { weights: featureCount * rowWidth(tagCount), transitions: (tagCount + 1) * transitionWidth(tagCount) }
}

/** The run that a thread has, where it rests or has ended. */
export function runStateOf({ memory, layout }: TrainingMemory, thread: number, run: number, steps: number): RunState {
  const own = layout.threads[thread]!
  const count = sizesOf(layout)
  return {
    run,
    steps,
    weights: new Int16Array(memory.buffer, own.weights, count.weights),
    changes: new Float32Array(memory.buffer, own.changes, count.weights),
    transitions: new Int32Array(memory.buffer, own.transitions, count.transitions),
    transitionChanges: new Float32Array(memory.buffer, own.transitionChanges, count.transitions),
  }
}

/** @param parked  runs that an earlier training began, and none of these threads has taken */
export function runsStateOf(training: TrainingMemory, control: Control, parked: Iterable<RunState>): RunsState {
  const { memory, layout } = training
  const count = sizesOf(layout)
  const finished: Pick<RunState, 'run' | 'steps'>[] = []
  const begun = [...parked]
  for (let run = 0; run < control.runs; run++) {
    const thread = control.threadOf(run)
    const steps = control.steps(run)
    if (control.isFinished(run)) finished.push({ run, steps })
    // One that has learned nothing yet is begun anew.
    else if (thread !== undefined && steps > 0) begun.push(runStateOf(training, thread, run, steps))
  }
  return {
    sums: new Int32Array(memory.buffer, layout.sums, count.weights),
    transitionSums: new Int32Array(memory.buffer, layout.transitionSums, count.transitions),
    finished,
    begun,
  }
}

/**
 * What all runs have learned, as if they ended here: the weights of each averaged over its own steps, however many.
 * A run that is not half as far as the furthest is left out, as its small weights would only weaken the others.
 *
 * @param isLast  may the sums themselves be changed?
 */
export function sumUp(training: TrainingMemory, state: RunsState, hashes: Uint32Array, isLast: boolean): Learned {
  const { tagCount, sentenceCount } = training.layout
  const { finished, begun } = state
  const furthest = Math.max(0, ...[...finished, ...begun].map(({ steps }) => steps))
  const counting = begun.filter(({ steps }) => 2 * steps >= furthest)
  const [sums, transitionSums] = isLast
    ? [state.sums, state.transitionSums]
    : [state.sums.slice(), state.transitionSums.slice()]
  for (const run of counting) addAverages(run, sums, transitionSums)
  const all = [...finished, ...counting]
  const steps = all.reduce((sum, run) => sum + run.steps, 0)
  const runs = Math.max(1, all.length)
  return { sums: { tagCount, runs, hashes, sums, transitionSums }, epochs: steps / sentenceCount / runs }
}

/** What one run has learned so far. */
export function learnedByRun({ layout }: TrainingMemory, run: RunState, hashes: Uint32Array): LearnedSums {
  const [sums, transitionSums] = [new Int32Array(run.weights.length), new Int32Array(run.transitions.length)]
  addAverages(run, sums, transitionSums)
  return { tagCount: layout.tagCount, runs: 1, hashes, sums, transitionSums }
}

/** From here on adding 1 to an f32 changes nothing. */
const lastStep = 2 ** 24

/** Adds a run's averaged weights as the kernel does it, so that a run that ends here has the same. */
function addAverages(run: RunState, sums: Int32Array, transitionSums: Int32Array): void {
  const step = Math.min(lastStep, run.steps + 1)
  const add = (weights: Int16Array | Int32Array, changes: Float32Array, to: Int32Array) => {
    for (let i = 0; i < to.length; i++) {
      const weight = weights[i]!
      if (weight <= forbidden) continue
      const average = Math.fround(weight - Math.fround(changes[i]! / step))
      to[i]! += roundHalfToEven(Math.fround(average * sumUnit))
    }
  }
  add(run.weights, run.changes, sums)
  add(run.transitions, run.transitionChanges, transitionSums)
}

function roundHalfToEven(x: number): number {
  const rounded = Math.round(x)
  return rounded - x === 0.5 && (rounded & 1) === 1 ? rounded - 1 : rounded
}
