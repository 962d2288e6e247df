import { createSharedMemory, maxMemoryBytes, pageBytes, type SharedMemory } from 'modelhost/kernels'
import { rowBlock, scratchBytesFor } from '../kernels/pv-dm.js'
import { sigmoidTable } from './sigmoid.js'
import { type Corpus, keepThresholds, noiseBuckets, noiseTable } from './vocabulary.js'

/**
 * All that a training reads and writes, in one shared memory:
 *
 *   | kernels' page: sigmoid | corpus, tables | words | documents | outputs | scratch of thread 0 | of thread 1 | ... |
 *
 * Threads learn from different documents at the same time and write to the same word vectors without a lock, as in
 * Hogwild: now and then one loses the other's step.
 *
 * @see Recht et al. 2011, Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent
 */
export interface Training {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
}

export interface TrainingShape {
  readonly vector_size: number
  readonly window: number
  readonly negative: number
  readonly sample: number
}

/** Plain data, so that it can be posted. Addresses are bytes in the memory. */
export interface TrainingLayout {
  readonly window: number
  readonly negative: number
  /** Numbers of a vector, and of a row with its padding. */
  readonly size: number
  readonly rowFloats: number
  readonly wordCount: number
  readonly documentCount: number
  readonly noiseRange: number
  readonly bucketShift: number
  /** u32 each; `offsets` are counted in words of the corpus. */
  readonly corpus: number
  readonly offsets: number
  /** 0 where no word is sampled away. */
  readonly keep: number
  readonly noise: number
  readonly buckets: number
  readonly sigmoid: number
  /** f32 rows. */
  readonly words: number
  readonly documents: number
  readonly outputs: number
  /** Of each thread, one after the other. */
  readonly scratch: number
  readonly scratchBytes: number
}

export class TrainingTooLarge extends Error {
  constructor(readonly needBytes: number) {
    super(`${needBytes} bytes are more than one memory can have, ${maxMemoryBytes}`)
  }
}

/** In the kernels' page, after an address that no pointer has. */
const sigmoidAddress = 64
// A cache line: what two threads write to does not share one.
const alignment = 64
const alignUp = (bytes: number, to: number) => Math.ceil(bytes / to) * to

/**
 * A memory with the corpus and its tables in it; all vectors are 0.
 *
 * @throws TrainingTooLarge
 */
export function createTraining(corpus: Corpus, shape: TrainingShape, threads: number): Training {
  const noise = noiseTable(corpus.vocabulary)
  const { buckets, shift } = noiseBuckets(noise)
  const keep = shape.sample > 0 ? keepThresholds(corpus.vocabulary, shape.sample) : undefined
  const wordCount = corpus.vocabulary.words.length
  const documentCount = corpus.offsets.length - 1
  const rowFloats = alignUp(shape.vector_size, rowBlock)
  const rowBytes = rowFloats * 4
  const scratchBytes = alignUp(scratchBytesFor(rowBytes), alignment)
  let end = pageBytes
  const place = (bytes: number) => {
    const at = end
    end = alignUp(end + bytes, alignment)
    return at
  }
  const layout: TrainingLayout = {
    window: shape.window,
    negative: shape.negative,
    size: shape.vector_size,
    rowFloats,
    wordCount,
    documentCount,
    noiseRange: noise.at(-1)!,
    bucketShift: shift,
    corpus: place(corpus.words.byteLength),
    offsets: place(corpus.offsets.byteLength),
    keep: keep ? place(keep.byteLength) : 0,
    noise: place(noise.byteLength),
    buckets: place(buckets.byteLength),
    sigmoid: sigmoidAddress,
    words: place(wordCount * rowBytes),
    documents: place(documentCount * rowBytes),
    outputs: place(wordCount * rowBytes),
    scratch: place(threads * scratchBytes),
    scratchBytes,
  }
  if (end > maxMemoryBytes) throw new TrainingTooLarge(end)
  const memory = createSharedMemory(end)
  const fill = (at: number, data: Uint32Array) => new Uint32Array(memory.buffer, at, data.length).set(data)
  fill(layout.corpus, corpus.words)
  fill(layout.offsets, corpus.offsets)
  if (keep) fill(layout.keep, keep)
  fill(layout.noise, noise)
  fill(layout.buckets, buckets)
  new Float32Array(memory.buffer, layout.sigmoid, sigmoidTable.length).set(sigmoidTable)
  return { memory, layout }
}

export type MatrixName = 'words' | 'documents' | 'outputs'

/** Numbers of a matrix without the padding, a row after the other. */
export function readMatrix({ memory, layout }: Training, name: MatrixName): Float32Array<ArrayBuffer> {
  const { size, rowFloats } = layout
  const padded = viewOf({ memory, layout }, name)
  const numbers = new Float32Array((padded.length / rowFloats) * size)
  for (let from = 0, to = 0; from < padded.length; from += rowFloats, to += size) {
    numbers.set(padded.subarray(from, from + size), to)
  }
  return numbers
}

/** Sets a matrix from numbers without padding. */
export function writeMatrix({ memory, layout }: Training, name: MatrixName, numbers: Float32Array): void {
  const { size, rowFloats } = layout
  const padded = viewOf({ memory, layout }, name)
  for (let from = 0, to = 0; from < numbers.length; from += size, to += rowFloats) {
    padded.set(numbers.subarray(from, from + size), to)
  }
}

function viewOf({ memory, layout }: Training, name: MatrixName): Float32Array {
  const rows = name === 'documents' ? layout.documentCount : layout.wordCount
  return new Float32Array(memory.buffer, layout[name], rows * layout.rowFloats)
}
