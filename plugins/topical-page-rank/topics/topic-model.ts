import type { StringTable, TensorFile } from 'modelhost'
import { invalid } from '../../_model/invalid.js'
import { DocumentFit, type DocumentRows, fitsIn } from './document-fit.js'
import type { TopicIndex } from './topic-index.js'
import { readTopicTensors, type TopicTensors } from './topic-tensors.js'
import { openWorkspace, workspaceBytes } from './workspace.js'

/** A model of latent Dirichlet allocation. */
export interface TopicModel {
  readonly topicCount: number
  readonly vocabulary: StringTable
  /**
   * The topics of one document, as scikit-learn's `transform` finds them.
   *
   * @param words   distinct word numbers; `length` of them count
   * @param counts  how often each of them occurs
   * @param out     `topicCount` numbers, theta; they sum to 1. Without words all are 1 / topicCount
   */
  transform(words: Uint32Array, counts: Uint32Array, length: number, out: Float64Array): void
  /**
   * The column of phi that belongs to a word: how likely each topic is to say it.
   *
   * @param out  `topicCount` numbers: `components_` normalised by row
   */
  wordTopics(word: number, out: Float64Array): void
}

/** scikit-learn's defaults: `max_doc_update_iter`, `mean_change_tol`. */
const rounds = 100
const tolerance = 1e-3

/**
 * Reads a topic model: `vocabulary`, a string table, and what `readTopicTensors` tells. Views, no copies.
 *
 * @throws HostError ARTIFACT_INVALID
 */
export function readTopicModel(file: TensorFile): TopicModel {
  const vocabulary = file.strings('vocabulary')
  const tensors = readTopicTensors(file, vocabulary.size)
  const { topics } = tensors
  if (!fitsIn(topics, workspaceBytes)) throw invalid(file, `its ${topics} topics are more than one can compute with`)
  return new FittedTopics(vocabulary, tensors)
}

class FittedTopics implements TopicModel, DocumentRows {
  readonly topicCount: number
  readonly #workspace = openWorkspace()
  readonly #fit: DocumentFit
  /** 1 / exp(psi(sum of lambda)) by topic; padded as rows are. */
  readonly #scale: Float64Array
  /** phi of a word that is in no topic. */
  readonly #baseShares: Float64Array
  // The document that is being fitted.
  #words: Uint32Array = new Uint32Array(0)
  #counts: Uint32Array = new Uint32Array(0)

  constructor(
    readonly vocabulary: StringTable,
    private readonly tensors: TopicTensors,
  ) {
    const { topics, docTopicPrior, sums, base } = tensors
    const { kernel } = this.#workspace
    this.topicCount = topics
    this.#fit = new DocumentFit(this.#workspace, { topics, docTopicPrior, rounds, tolerance }, kernel)
    this.#scale = new Float64Array(this.#fit.rowLength)
    for (let k = 0; k < topics; k++) this.#scale[k] = 1 / kernel.expPsiOf(sums[k]!)
    this.#baseShares = sums.map(sum => share(base, sum))
  }

  transform(words: Uint32Array, counts: Uint32Array, length: number, out: Float64Array): void {
    if (length === 0) {
      out.fill(1 / this.topicCount)
      return
    }
    const { gamma, scale } = this.#fit
    this.#words = words
    this.#counts = counts
    scale.set(this.#scale)
    gamma.fill(1)
    this.#fit.run(length, this)
    this.#fit.finish()
    normalise(gamma, out)
  }

  /** Columns of the components become rows of the block. */
  fill(from: number, count: number): void {
    const { counts } = this.#fit
    for (let w = 0; w < count; w++) counts[w] = this.#counts[from + w]!
    for (let w = count; w % 4 !== 0; w++) counts[w] = 0
    const { index } = this.tensors
    if (index) this.#write(index, from, count)
    else this.#gather(from, count)
  }

  /** Rows as of a word in no topic, then what differs. */
  #write({ offsets, topics }: TopicIndex, from: number, count: number): void {
    const { block, rowLength, scale, kernel } = this.#fit
    const { components, words: width, base } = this.tensors
    const { entries } = this.#workspace
    kernel.fillRows(block.byteOffset, count, scale.byteOffset, base)
    for (let w = 0, row = 0; w < count; w++, row += rowLength) {
      const word = this.#words[from + w]!
      const end = offsets[word + 1]!
      for (let i = offsets[word]!; i < end; i++) {
        const k = topics[i]!
        entries.add(block, row + k, components[k * width + word]!, this.#scale[k]!)
      }
    }
    entries.flush(block)
  }

  #gather(from: number, count: number): void {
    const { block, rowLength, scale, kernel } = this.#fit
    const { components, topics, words: width, base } = this.tensors
    const words = this.#words
    for (let w = 0, row = 0; w < count; w++, row += rowLength) {
      for (let k = 0, at = words[from + w]!; k < topics; k++, at += width) block[row + k] = components[at]!
      if (rowLength > topics) block[row + topics] = base
    }
    kernel.expectRows(block.byteOffset, count, scale.byteOffset, base)
  }

  wordTopics(word: number, out: Float64Array): void {
    const { components, words, sums, index } = this.tensors
    if (!index) {
      for (let k = 0; k < this.topicCount; k++) out[k] = share(components[k * words + word]!, sums[k]!)
      return
    }
    out.set(this.#baseShares)
    const { offsets, topics } = index
    const end = offsets[word + 1]!
    for (let i = offsets[word]!; i < end; i++) {
      const k = topics[i]!
      out[k] = share(components[k * words + word]!, sums[k]!)
    }
  }
}

/** phi; a damaged file may have any bits, an answer none that are no number. */
function share(component: number, sum: number): number {
  const phi = component / sum
  return Number.isFinite(phi) ? phi : 0
}

/** theta from gamma; uniform where a damaged file made it no distribution. */
function normalise(gamma: Float64Array, out: Float64Array): void {
  let sum = 0
  for (let k = 0; k < gamma.length; k++) sum += gamma[k]!
  let total = 0
  for (let k = 0; k < gamma.length; k++) {
    out[k] = gamma[k]! / sum
    total += out[k]!
  }
  if (!(Math.abs(total - 1) < 1e-6)) out.fill(1 / gamma.length, 0, gamma.length)
}
