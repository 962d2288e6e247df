import type { SharedMemory } from 'modelhost/kernels'
import { type DocumentKernel, documentKernel, paddedRows, rowBytesOf, scratchBytesOf } from './kernels/document.js'

/** What a document is fitted with. */
export interface FitSettings {
  readonly topics: number
  /** alpha */
  readonly docTopicPrior: number
  /** Rounds at most, `max_doc_update_iter`. */
  readonly rounds: number
  /** Mean move of gamma at which it is done, `mean_change_tol`. */
  readonly tolerance: number
}

/** Bytes of a memory that are this thread's own; `at` is a multiple of 16. */
export interface FitPlace {
  readonly memory: SharedMemory
  readonly at: number
  readonly bytes: number
}

/** Brings the words of the document that is being fitted. */
export interface DocumentRows {
  /** Fills the block with the rows of `count` words from the `from`th on, and their counts with 0 behind them. */
  fill(from: number, count: number): void
}

/** f64 a word beside its row: its count and its share. */
const besideRow = 16

/** How many words have a place at once, a multiple of four. */
function tileWordsOf(topics: number, bytes: number): number {
  const rowBytes = rowBytesOf(topics)
  return Math.floor((bytes - scratchBytesOf(topics) - rowBytes) / (rowBytes + besideRow) / 4) * 4
}

/** The bytes that a fit of `words` words at once needs. */
export const fitBytes = (topics: number, words: number): number => {
  const rowBytes = rowBytesOf(topics)
  return scratchBytesOf(topics) + rowBytes + paddedRows(words) * (rowBytes + besideRow)
}

/** Have four words, the least that a kernel works on, a place in so many bytes? */
export const fitsIn = (topics: number, bytes: number): boolean => fitBytes(topics, 4) <= bytes

/**
 * Finds the topics of one document after the other, in a fixed place:
 *
 *   | gamma | theta | kernel's own | scale | counts | shares | block of rows |
 *
 * A document of more words than the block has rows is fitted in tiles, which are filled anew in each round: slower, the
 * same numbers, and no more memory.
 */
export class DocumentFit {
  /** By topic: the start before `run`, the result after it. */
  readonly gamma: Float64Array
  /** By topic, after `run`: exp(E[log theta]). */
  readonly theta: Float64Array
  /** By topic: 1 / exp(psi(sum of lambda)); 0 in the padding. */
  readonly scale: Float64Array
  /** Of the words in the block. */
  readonly counts: Float64Array
  /** Of the words in the block, after `weigh`: count / phi. */
  readonly shares: Float64Array
  /** A row a word. */
  readonly block: Float64Array
  readonly rowLength: number
  readonly tileWords: number

  constructor(
    place: FitPlace,
    readonly settings: FitSettings,
    readonly kernel: DocumentKernel = documentKernel.over(place.memory),
  ) {
    const { topics } = settings
    const rowBytes = rowBytesOf(topics)
    this.rowLength = rowBytes / 8
    this.tileWords = tileWordsOf(topics, place.bytes)
    let at = place.at
    const view = (length: number, bytes = length * 8) => {
      const numbers = new Float64Array(place.memory.buffer, at, length)
      at += bytes
      return numbers
    }
    this.gamma = view(topics, rowBytes)
    this.theta = view(topics, scratchBytesOf(topics) - rowBytes)
    this.scale = view(this.rowLength)
    this.counts = view(this.tileWords)
    this.shares = view(this.tileWords)
    this.block = view(this.tileWords * this.rowLength)
  }

  /**
   * Fits a document of `length` words, at least one, from the gamma that is there.
   *
   * @returns rounds
   */
  run(length: number, rows: DocumentRows): number {
    const { kernel, settings, tileWords } = this
    const { topics, docTopicPrior, rounds, tolerance } = settings
    // The kernel may have worked for another model since.
    kernel.setTopics(topics, docTopicPrior, this.gamma.byteOffset)
    kernel.begin()
    let round = 0
    if (length <= tileWords) {
      rows.fill(0, length)
      round = kernel.fit(this.block.byteOffset, this.counts.byteOffset, paddedRows(length), rounds, tolerance)
    } else {
      for (let moved = Infinity; round < rounds && !(moved < tolerance); round++) moved = this.#tiledRound(length, rows)
    }
    return round
  }

  #tiledRound(length: number, rows: DocumentRows): number {
    const { kernel, tileWords } = this
    kernel.clear()
    for (let from = 0; from < length; from += tileWords) {
      const count = Math.min(tileWords, length - from)
      rows.fill(from, count)
      kernel.add(this.block.byteOffset, this.counts.byteOffset, paddedRows(count))
    }
    return kernel.update()
  }

  /** After `run`: the share count / phi of each word, tile by tile in `shares`. */
  weigh(length: number, rows: DocumentRows, take: (from: number, count: number) => void): void {
    const { kernel, tileWords, block, counts, shares } = this
    for (let from = 0; from < length; from += tileWords) {
      const count = Math.min(tileWords, length - from)
      if (length > tileWords) rows.fill(from, count)
      kernel.weigh(block.byteOffset, counts.byteOffset, shares.byteOffset, paddedRows(count))
      take(from, count)
    }
  }

  /** Last of all: gamma and theta by topic. */
  finish(): void {
    this.kernel.spread()
  }
}
