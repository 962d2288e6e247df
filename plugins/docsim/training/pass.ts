import type { SharedMemory } from 'modelhost/kernels'
import { type PvDmKernel, pvDmKernel } from '../kernels/pv-dm.js'
import { batchAt, batchCount, type Schedule } from './batches.js'
import type { TrainingLayout } from './memory.js'

/** What one thread of a training gets; plain data and shared memory, so that it can be posted. */
export interface PassOrder {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
  readonly schedule: Schedule
  readonly progress: SharedArrayBuffer
  readonly thread: number
  /** Of this thread's generator. */
  readonly seed: readonly [low: number, high: number]
}

/**
 * How far the threads are: the next batch that nobody has, and of each thread the documents and words it is done with.
 */
export class SharedProgress {
  readonly #next: Int32Array
  readonly #documents: Float64Array
  readonly #words: Float64Array

  constructor(
    readonly buffer: SharedArrayBuffer,
    threads = (buffer.byteLength / 8 - 1) / 2,
  ) {
    this.#next = new Int32Array(buffer, 0, 1)
    this.#documents = new Float64Array(buffer, 8, threads)
    this.#words = new Float64Array(buffer, 8 + 8 * threads, threads)
  }

  static create(threads: number): SharedProgress {
    return new SharedProgress(new SharedArrayBuffer(8 + 16 * threads), threads)
  }

  /** The number of a batch that no other thread gets. */
  takeBatch(): number {
    return Atomics.add(this.#next, 0, 1)
  }

  /** A thread adds to its own figures alone. */
  add(thread: number, documents: number, words: number): void {
    this.#documents[thread]! += documents
    this.#words[thread]! += words
  }

  get documents(): number {
    return sum(this.#documents)
  }

  get words(): number {
    return sum(this.#words)
  }
}

const sum = (numbers: Float64Array) => numbers.reduce((total, n) => total + n, 0)

/** The kernel, set up for one thread of a training. */
export function openKernel({ memory, layout }: Pick<PassOrder, 'memory' | 'layout'>, thread: number): PvDmKernel {
  const kernel = pvDmKernel.over(memory)
  kernel.setWeights(layout.words, layout.documents, layout.outputs, layout.rowFloats * 4)
  const { keep, noise, noiseRange, buckets, bucketShift, sigmoid } = layout
  kernel.setTables(keep, noise, noiseRange, buckets, bucketShift, sigmoid)
  kernel.setWindow(layout.window, layout.negative)
  kernel.setScratch(layout.scratch + thread * layout.scratchBytes)
  return kernel
}

/** Learns from batch after batch until all are taken; ends each with a turn for the caller. */
export function* runPass(order: PassOrder): Generator<{ epoch: number; alpha: number }> {
  const { memory, layout, schedule, thread, seed } = order
  const kernel = openKernel(order, thread)
  kernel.seed(...seed)
  const progress = new SharedProgress(order.progress)
  const offsets = new Uint32Array(memory.buffer, layout.offsets, layout.documentCount + 1)
  const total = batchCount(schedule)
  for (let index = progress.takeBatch(); index < total; index = progress.takeBatch()) {
    const { epoch, from, to, alpha } = batchAt(schedule, index)
    let words = 0
    for (let document = from; document < to; document++) {
      const at = layout.corpus + offsets[document]! * 4
      words += kernel.train(document, at, layout.corpus + offsets[document + 1]! * 4, alpha)
    }
    progress.add(thread, to - from, words)
    yield { epoch, alpha }
  }
}
