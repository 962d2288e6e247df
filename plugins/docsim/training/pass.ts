import type { SharedMemory } from 'modelhost/kernels'
import { type PvDmKernel, pvDmKernel } from '../kernels/pv-dm.js'
import { alphaAt, batchAt, type Schedule } from './batches.js'
import type { TrainingLayout } from './memory.js'
import { SharedProgress } from './shared-progress.js'

/** What one thread of a training gets; plain data and shared memory, so that it can be posted. */
export interface PassOrder {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
  readonly schedule: Schedule
  /** @see SharedProgress */
  readonly progress: SharedArrayBuffer
  readonly thread: number
}

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

/** The work of one thread. */
export class Pass {
  readonly #kernel: PvDmKernel
  readonly #progress: SharedProgress
  readonly #offsets: Uint32Array

  constructor(private readonly order: PassOrder) {
    const { memory, layout, progress, thread } = order
    this.#kernel = openKernel(order, thread)
    this.#progress = new SharedProgress(progress)
    this.#offsets = new Uint32Array(memory.buffer, layout.offsets, layout.documentCount + 1)
  }

  /** Learns from batch after batch until none is to be taken; ends each with a turn for the caller. */
  *run(): Generator<void> {
    const { layout, schedule, thread } = this.order
    const [kernel, progress, offsets] = [this.#kernel, this.#progress, this.#offsets]
    kernel.seed(...progress.seedOf(thread))
    for (let batch = progress.takeBatch(); batch !== undefined; batch = progress.takeBatch()) {
      const { from, to, passed } = batchAt(schedule, batch)
      const alpha = alphaAt(progress.fall, passed)
      let words = 0
      for (let document = from; document < to; document++) {
        const at = layout.corpus + offsets[document]! * 4
        words += kernel.train(document, at, layout.corpus + offsets[document + 1]! * 4, alpha)
      }
      progress.add(thread, to - from, words)
      yield
    }
    progress.keepSeed(thread, [kernel.seedLow() >>> 0, kernel.seedHigh() >>> 0])
  }
}
