import type { SharedMemory } from 'modelhost/kernels'
import { DocumentFit, type DocumentRows } from '../document-fit.js'
import { type WordsKernel, wordsKernel } from '../kernels/words.js'
import { documentTopicsBound, lnPhi, lnPhiExactly, wordsBound } from './bound.js'
import { chunkDocuments, chunkWords, integersOf, numbersOf, type TrainingLayout, wordChunks } from './memory.js'
import type { Phase, PhaseSettings } from './phases.js'

/** What one thread of a training gets; plain data and shared memory, so that it can be posted. */
export interface WorkOrder {
  readonly memory: SharedMemory
  readonly layout: TrainingLayout
  readonly settings: PhaseSettings
  readonly thread: number
}

/** What a training begins with. */
export interface Starts {
  /** Sets lambda of words `from` to `to`. */
  words(from: number, to: number): void
  /** Sets gamma of a document in the `step`th batch, counted from 1. */
  document(step: number, document: number, gamma: Float64Array): void
}

/** Gamma(100, 0.01) as in scikit-learn; each row has random numbers of its own, whichever thread draws them. */
class RandomStarts implements Starts {
  constructor(
    private readonly kernel: WordsKernel,
    private readonly layout: TrainingLayout,
    private readonly seed: number,
  ) {}

  words(from: number, to: number): void {
    const { lambda, rowBytes, topics } = this.layout
    for (let word = from; word < to; word++) {
      this.kernel.seed(this.seed, 0, word)
      this.kernel.draw(lambda + word * rowBytes, topics)
    }
  }

  document(step: number, document: number, gamma: Float64Array): void {
    this.kernel.seed(this.seed, step, document)
    this.kernel.draw(gamma.byteOffset, gamma.length)
  }
}

/** The work of one thread in a phase. */
export class Work implements DocumentRows {
  readonly #fit: DocumentFit
  readonly #kernel: WordsKernel
  readonly #integers: ReturnType<typeof integersOf>
  readonly #numbers: ReturnType<typeof numbersOf>
  readonly #control: Int32Array
  /** The first cell of the document that is being fitted. */
  #cell = 0

  constructor(
    private readonly order: WorkOrder,
    private readonly starts?: Starts,
  ) {
    const { memory, layout, settings, thread } = order
    const { topics, rowBytes } = layout
    const { docTopicPrior, rounds, tolerance } = settings
    const own = layout.own + thread * layout.ownBytes
    const place = { memory, at: own + rowBytes, bytes: layout.ownBytes - rowBytes }
    this.#fit = new DocumentFit(place, { topics, docTopicPrior, rounds, tolerance })
    this.#kernel = wordsKernel.over(memory)
    this.#kernel.setMatrices(rowBytes, layout.lambda, layout.expected, layout.scale)
    this.#kernel.setCells(layout.shares, layout.cellRows, layout.wordEnds, layout.cursors)
    this.#kernel.setDocuments(layout.theta, own)
    this.#integers = integersOf(order)
    this.#numbers = numbersOf(order)
    this.#control = new Int32Array(memory.buffer, layout.control, 2)
    this.starts ??= new RandomStarts(this.#kernel, layout, settings.seed)
  }

  /** Takes chunk after chunk until there are none; ends each with a turn for the caller. */
  *run(phase: Phase): Generator<void> {
    const { documents } = this.order.layout
    if (phase.kind === 'documents') return yield* this.#takeDocuments(phase.first, phase.last, phase.step)
    if (phase.kind === 'boundDocuments') return yield* this.#takeDocuments(0, documents)
    const chunks = wordChunks(this.order.layout)
    for (let chunk = this.#next(); chunk < chunks; chunk = this.#next()) {
      this.#words(phase, chunk)
      yield
    }
  }

  #next(): number {
    return Atomics.add(this.#control, 0, 1)
  }

  *#takeDocuments(first: number, last: number, step?: number): Generator<void> {
    const chunks = Math.ceil((last - first) / chunkDocuments)
    for (let chunk = this.#next(); chunk < chunks; chunk = this.#next()) {
      const from = first + chunk * chunkDocuments
      const to = Math.min(from + chunkDocuments, last)
      for (let document = from; document < to; document++) {
        if (step === undefined) this.#boundDocument(document)
        else this.#document(document, first, step)
      }
      if (step !== undefined) Atomics.add(this.#control, 1, to - from)
      yield
    }
  }

  #open(document: number): number {
    const { starts } = this.#integers
    this.#cell = starts[document]!
    this.#fit.scale.set(this.#numbers.scale)
    return starts[document + 1]! - this.#cell
  }

  #document(document: number, first: number, step: number): void {
    const length = this.#open(document)
    if (length === 0) return
    const fit = this.#fit
    const { theta, shares } = this.#numbers
    const { places } = this.#integers
    this.starts!.document(step, document, fit.gamma)
    fit.run(length, this)
    fit.weigh(length, this, (from, count) => {
      for (let w = 0; w < count; w++) shares[places[this.#cell + from + w]!] = fit.shares[w]!
    })
    fit.finish()
    theta.set(fit.theta, (document - first) * fit.rowLength)
  }

  #boundDocument(document: number): void {
    const length = this.#open(document)
    const fit = this.#fit
    const { documentBounds } = this.#numbers
    if (length === 0) {
      documentBounds[document] = 0
      return
    }
    fit.gamma.fill(1)
    fit.run(length, this)
    // Where a training step keeps them; none is under way.
    const { shares } = this.#numbers
    fit.weigh(length, this, (from, count) => shares.set(fit.shares.subarray(0, count), this.#cell + from))
    fit.finish()
    let bound = documentTopicsBound(fit.gamma, this.order.settings.docTopicPrior)
    for (let cell = this.#cell; cell < this.#cell + length; cell++) bound += this.#wordBound(cell)
    documentBounds[document] = bound
  }

  #wordBound(cell: number): number {
    const { cellCounts, shares, lambda, scale } = this.#numbers
    const count = cellCounts[cell]!
    const value = lnPhi(count, shares[cell]!)
    if (!Number.isNaN(value)) return count * value
    const row = this.#integers.cellWords[cell]! * scale.length
    return count * lnPhiExactly(this.#fit.gamma, lambda.subarray(row, row + scale.length), scale)
  }

  #words(phase: Phase, chunk: number): void {
    const { layout, settings } = this.order
    const { rowBytes, topics } = layout
    const from = chunk * chunkWords
    const to = Math.min(from + chunkWords, layout.words)
    const total = layout.totals + chunk * rowBytes
    if (phase.kind === 'draw' || phase.kind === 'expect') {
      if (phase.kind === 'draw') this.starts!.words(from, to)
      this.#kernel.expect(from, to, total)
    } else if (phase.kind === 'words') {
      const { first, last, rate, ratio } = phase
      this.#kernel.learn(from, to, total, first, last, settings.topicWordPrior, rate, ratio)
    } else {
      const { lambda, scale, wordBounds } = this.#numbers
      const rows = lambda.subarray((from * rowBytes) / 8, (to * rowBytes) / 8)
      wordBounds[chunk] = wordsBound(rows, scale, topics, settings.topicWordPrior)
    }
  }

  /** Rows of exp(E[ln beta]) become rows of the block. */
  fill(from: number, count: number): void {
    const { layout } = this.order
    const { kernel, block, counts, scale } = this.#fit
    const cell = this.#cell + from
    const words = layout.cellWords + cell * 4
    kernel.gather(block.byteOffset, words, count, layout.expected, scale.byteOffset)
    for (let w = 0; w < count; w++) counts[w] = this.#numbers.cellCounts[cell + w]!
    for (let w = count; w % 4 !== 0; w++) counts[w] = 0
  }
}
