import { createSharedMemory, maxMemoryBytes, pageBytes, type SharedMemory } from 'modelhost/kernels'
import { fitBytes } from '../document-fit.js'
import { paddedRows, rowBytesOf } from '../kernels/document.js'
import type { CountMatrix } from './settings.js'

/**
 * All that a training reads and writes, in one shared memory:
 *
 *   | kernels' page | cells by document | cells by word | lambda | exp(psi(lambda)) | theta of a batch | ... | threads' own |
 *
 * What is written for a row is written by one thread, and sums over rows are made in the order of rows: the same
 * whichever thread makes them.
 */
export interface Training {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
}

/** Plain data, so that it can be posted. Addresses are bytes in the memory. */
export interface TrainingLayout {
  readonly topics: number
  readonly words: number
  readonly documents: number
  readonly cells: number
  /** Documents of a step. */
  readonly batch: number
  /** Of a matrix with topics as columns. */
  readonly rowBytes: number
  /** u32 by document, and one more: where its cells begin. */
  readonly starts: number
  /** By cell of a document: u32 word, f64 count, u32 place among the cells by word. */
  readonly cellWords: number
  readonly cellCounts: number
  readonly places: number
  /** u32 by word: where its cells end, and the next to learn from. */
  readonly wordEnds: number
  readonly cursors: number
  /** By cell of a word: u32 document, f64 share. */
  readonly cellRows: number
  readonly shares: number
  /** f64 rows by word. */
  readonly lambda: number
  readonly expected: number
  /** f64 rows by document of a step. */
  readonly theta: number
  /** A f64 row. */
  readonly scale: number
  /** f64 rows by chunk of words. */
  readonly totals: number
  /** f64 by document, by chunk of words: their parts of the bound. */
  readonly documentBounds: number
  readonly wordBounds: number
  /** i32: the next chunk that nobody has, documents done. */
  readonly control: number
  /** Of each thread, one after the other. */
  readonly own: number
  readonly ownBytes: number
}

export class TrainingTooLarge extends Error {
  constructor(readonly needBytes: number) {
    super(`${needBytes} bytes are more than one memory can have, ${maxMemoryBytes}`)
  }
}

/** Words that a thread takes at once. Part of the result: sums are made chunk by chunk. */
export const chunkWords = 64
/** Documents that a thread takes at once. */
export const chunkDocuments = 8
export const wordChunks = ({ words }: Pick<TrainingLayout, 'words'>) => Math.ceil(words / chunkWords)

/** Most that one thread fits documents in, unless four words alone need more. */
const fitLimitBytes = 4 << 20
// A cache line: what two threads write to does not share one.
const alignment = 64
const alignUp = (bytes: number) => Math.ceil(bytes / alignment) * alignment

/**
 * A memory with the counts in it, by document and by word; all else is 0.
 *
 * @param batch  documents of a step
 * @throws TrainingTooLarge
 */
export function createTraining(matrix: CountMatrix, topics: number, batch: number, threads: number): Training {
  const { rows: documents, columns: words, indptr } = matrix
  const cells = indptr[documents]!
  const rowBytes = rowBytesOf(topics)
  const fit = Math.min(fitBytes(topics, longestRow(matrix)), Math.max(fitLimitBytes, fitBytes(topics, 4)))
  const ownBytes = alignUp(fit + rowBytes)
  let end = pageBytes
  const place = (bytes: number) => {
    const at = end
    end += alignUp(bytes)
    return at
  }
  const layout: TrainingLayout = {
    ...{ topics, words, documents, cells, batch, rowBytes },
    starts: place((documents + 1) * 4),
    cellWords: place(cells * 4),
    cellCounts: place(cells * 8),
    places: place(cells * 4),
    wordEnds: place(words * 4),
    cursors: place(words * 4),
    cellRows: place(cells * 4),
    shares: place(cells * 8),
    lambda: place(words * rowBytes),
    expected: place(words * rowBytes),
    theta: place(batch * rowBytes),
    scale: place(rowBytes),
    totals: place(wordChunks({ words }) * rowBytes),
    documentBounds: place(documents * 8),
    wordBounds: place(wordChunks({ words }) * 8),
    control: place(8),
    own: place(threads * ownBytes),
    ownBytes,
  }
  if (end > maxMemoryBytes) throw new TrainingTooLarge(end)
  const training = { memory: createSharedMemory(end), layout }
  writeCells(training, matrix)
  return training
}

function longestRow({ rows, indptr }: CountMatrix): number {
  let longest = 1
  for (let row = 0; row < rows; row++) longest = Math.max(longest, indptr[row + 1]! - indptr[row]!)
  return paddedRows(longest)
}

/** Views of the integers in a training. */
export function integersOf({ memory, layout }: Training) {
  const { documents, words, cells } = layout
  const view = (at: number, length: number) => new Uint32Array(memory.buffer, at, length)
  return {
    starts: view(layout.starts, documents + 1),
    cellWords: view(layout.cellWords, cells),
    places: view(layout.places, cells),
    wordEnds: view(layout.wordEnds, words),
    cursors: view(layout.cursors, words),
    cellRows: view(layout.cellRows, cells),
  }
}

/** Views of the numbers in a training. */
export function numbersOf({ memory, layout }: Training) {
  const { documents, words, cells, batch, rowBytes } = layout
  const view = (at: number, length: number) => new Float64Array(memory.buffer, at, length)
  const row = rowBytes / 8
  return {
    cellCounts: view(layout.cellCounts, cells),
    shares: view(layout.shares, cells),
    lambda: view(layout.lambda, words * row),
    theta: view(layout.theta, batch * row),
    scale: view(layout.scale, row),
    totals: view(layout.totals, wordChunks(layout) * row),
    documentBounds: view(layout.documentBounds, documents),
    wordBounds: view(layout.wordBounds, wordChunks(layout)),
  }
}

function writeCells(training: Training, { rows, indptr, indices, data }: CountMatrix): void {
  const { cells } = training.layout
  const { starts, cellWords, places, wordEnds, cellRows } = integersOf(training)
  starts.set(indptr.subarray(0, rows + 1))
  cellWords.set(indices.subarray(0, cells))
  numbersOf(training).cellCounts.set(data.subarray(0, cells))
  for (let cell = 0; cell < cells; cell++) wordEnds[cellWords[cell]!]!++
  // First where the cells of each word begin; placing them moves that to where they end.
  let begin = 0
  for (let word = 0; word < wordEnds.length; word++) {
    const count = wordEnds[word]!
    wordEnds[word] = begin
    begin += count
  }
  for (let row = 0; row < rows; row++) {
    for (let cell = starts[row]!; cell < starts[row + 1]!; cell++) {
      const place = wordEnds[cellWords[cell]!]!++
      places[cell] = place
      cellRows[place] = row
    }
  }
}

/** Each word goes on with its first cell of document `first` or a later one; a pass begins with document 0. */
export function rewindWords(training: Training, first = 0): void {
  const { wordEnds, cursors, cellRows } = integersOf(training)
  let begin = 0
  for (let word = 0; word < wordEnds.length; word++) {
    const end = wordEnds[word]!
    while (begin < end && cellRows[begin]! < first) begin++
    cursors[word] = begin
    begin = end
  }
}

/** lambda, topics × words: rows by word become rows by topic. */
export function readComponents(training: Training): Float64Array {
  const { topics, words, rowBytes } = training.layout
  const { lambda } = numbersOf(training)
  const components = new Float64Array(topics * words)
  const row = rowBytes / 8
  // A cache line of a topic at a time.
  for (let from = 0; from < words; from += 8) {
    const to = Math.min(from + 8, words)
    for (let k = 0; k < topics; k++) {
      for (let word = from; word < to; word++) components[k * words + word] = lambda[word * row + k]!
    }
  }
  return components
}
