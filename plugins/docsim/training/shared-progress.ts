import type { Fall } from './batches.js'

/** Of a generator: 48 bits. */
export type Seed = readonly [low: number, high: number]

/** Integers: the next batch that nobody has, the one before which all end, and how often the learning rate's fall was set. */
const [next, end, version] = [0, 1, 2]
const fallsAt = 16
const fallNumbers = 4
const threadsAt = fallsAt + 2 * 8 * fallNumbers
/** Of each thread: documents and words that it is done with, f64, and its generator, 2 × u32. */
const threadBytes = 24

/**
 * What the threads of a training tell each other while they learn. Only the first thread says where to end and how the
 * learning rate falls.
 */
export class SharedProgress {
  readonly #control: Int32Array
  readonly #falls: Float64Array
  readonly #figures: Float64Array
  readonly #generators: Uint32Array

  constructor(readonly buffer: SharedArrayBuffer) {
    this.#control = new Int32Array(buffer, 0, 3)
    this.#falls = new Float64Array(buffer, fallsAt, 2 * fallNumbers)
    this.#figures = new Float64Array(buffer, threadsAt)
    this.#generators = new Uint32Array(buffer, threadsAt)
  }

  /**
   * @param seeds  of each thread's generator
   * @param taken  batches that an earlier run learned from
   */
  static create(seeds: readonly Seed[], fall: Fall, taken = 0): SharedProgress {
    const progress = new SharedProgress(new SharedArrayBuffer(threadsAt + threadBytes * seeds.length))
    progress.fall = fall
    Atomics.store(progress.#control, next, taken)
    for (const [thread, seed] of seeds.entries()) progress.keepSeed(thread, seed)
    return progress
  }

  get #threads(): number {
    return (this.buffer.byteLength - threadsAt) / threadBytes
  }

  /** The number of a batch that no other thread gets; undefined where all that are to be learned from are taken. */
  takeBatch(): number | undefined {
    for (;;) {
      const batch = this.taken
      if (batch >= Atomics.load(this.#control, end)) return undefined
      if (Atomics.compareExchange(this.#control, next, batch, batch + 1) === batch) return batch
    }
  }

  /** Batches that were taken: the first ones, without a gap. When no thread works, all of them are learned. */
  get taken(): number {
    return Atomics.load(this.#control, next)
  }

  /** No thread takes this batch or a later one. */
  endBefore(batch: number): void {
    Atomics.store(this.#control, end, batch)
  }

  /** Never half of one and half of another. */
  get fall(): Fall {
    for (;;) {
      const before = Atomics.load(this.#control, version)
      const at = placeOf(before)
      const numbers = this.#falls
      const fall = { from: numbers[at]!, alpha: numbers[at + 1]!, end: numbers[at + 2]!, least: numbers[at + 3]! }
      if (Atomics.load(this.#control, version) === before) return fall
    }
  }

  // Written beside the one that is read, which becomes free with the next version.
  set fall({ from, alpha, end: last, least }: Fall) {
    const later = Atomics.load(this.#control, version) + 1
    this.#falls.set([from, alpha, last, least], placeOf(later))
    Atomics.store(this.#control, version, later)
  }

  /** A thread adds to its own figures alone. */
  add(thread: number, documents: number, words: number): void {
    this.#figures[thread * 3]! += documents
    this.#figures[thread * 3 + 1]! += words
  }

  get documents(): number {
    return this.#sum(0)
  }

  get words(): number {
    return this.#sum(1)
  }

  /** The generator of a thread, where it stands while the thread does not work. */
  seedOf(thread: number): Seed {
    const [low, high] = this.#generators.subarray(thread * 6 + 4, thread * 6 + 6)
    return [low!, high!]
  }

  keepSeed(thread: number, seed: Seed): void {
    this.#generators.set(seed, thread * 6 + 4)
  }

  #sum(figure: number): number {
    let sum = 0
    for (let thread = 0; thread < this.#threads; thread++) sum += this.#figures[thread * 3 + figure]!
    return sum
  }
}

const placeOf = (version: number): number => (version % 2) * fallNumbers
