import { type Fitness, measureFitness, topicSums } from './fitness.js'
import { chunkDocuments, numbersOf, rewindWords, type Training } from './memory.js'
import type { PhaseSettings } from './phases.js'
import type { TopicSettings } from './settings.js'
import type { Team } from './team.js'

/** Where a training stands after a step, before its perplexity is looked at; all else is lambda. */
export interface Standing {
  /** Steps that were made: batches of documents. */
  readonly step: number
  /** When it was looked at the last time; NaN before the first. */
  readonly perplexity: number
}

export interface LearnerTools {
  readonly training: Training
  readonly settings: TopicSettings
  readonly priors: PhaseSettings
  readonly team: Team
  /** exp(psi(x)) */
  readonly expPsiOf: (x: number) => number
  /** Where an earlier run stood, whose lambda is in the memory. */
  readonly found?: Standing | undefined
  /** Is the time over? */
  readonly isOver?: (() => boolean) | undefined
}

/**
 * Learns step by step.
 *
 * @see scikit-learn, sklearn/decomposition/_lda.py: _em_step, fit
 */
export class Learner {
  /** Of a pass. */
  readonly steps: number
  /** Of the last step, where it was measured. */
  fitness: Fitness | undefined
  /** Passes that were made; the last may be one in part. */
  passes: number
  #step: number
  #perplexity: number
  #perplexityBefore: number

  constructor(private readonly tools: LearnerTools) {
    const { documents, batch } = tools.training.layout
    this.steps = Math.ceil(documents / batch)
    this.#step = tools.found?.step ?? 0
    this.#perplexity = tools.found?.perplexity ?? Number.NaN
    this.#perplexityBefore = this.#perplexity
    this.passes = this.#step / this.steps
  }

  get step(): number {
    return this.#step
  }

  get standing(): Standing {
    return { step: this.#step, perplexity: this.#perplexityBefore }
  }

  async begin(): Promise<void> {
    const { training, team, found } = this.tools
    await team.run({ kind: found ? 'expect' : 'draw' })
    this.#updateScale()
    rewindWords(training, this.#first)
  }

  /**
   * Learns from the next batch.
   *
   * @returns false where the time was over before all of its documents were fitted: then nothing was learned from it,
   * unless nothing was learned at all; then the topics are those of the documents that were
   */
  async learnStep(): Promise<boolean> {
    const { training, team, settings, isOver } = this.tools
    const { documents, batch } = training.layout
    const first = this.#first
    const end = Math.min(first + batch, documents)
    if (first === 0) rewindWords(training)
    const step = this.#step + 1
    const chunks = await team.run({ kind: 'documents', step, first, last: end }, isOver)
    const last = chunks === undefined ? end : Math.min(first + chunks * chunkDocuments, end)
    const isWhole = last === end
    if (!isWhole && this.#step > 0) return false
    const isOnline = settings.learning_method === 'online'
    const rate = isOnline ? (settings.learning_offset + step) ** -settings.learning_decay : 1
    const ratio = isOnline ? documents / (last - first) : 1
    await team.run({ kind: 'words', first, last, rate, ratio })
    this.#updateScale()
    if (isWhole) this.#step = step
    this.passes = isWhole ? step / this.steps : last / documents
    return isWhole
  }

  /** After a step: is it time to look at the perplexity, and did it stay? */
  async isSteady(): Promise<boolean> {
    const { training, settings, priors, team, isOver } = this.tools
    this.fitness = undefined
    this.#perplexityBefore = this.#perplexity
    const isLookedAt = settings.evaluate_every > 0 && this.passes % settings.evaluate_every === 0
    if (!isLookedAt) return false
    this.fitness = await measureFitness(training, priors, team, isOver)
    if (!this.fitness) return false
    const moved = Math.abs(this.#perplexity - this.fitness.perplexity)
    this.#perplexity = this.fitness.perplexity
    return moved < settings.perp_tol
  }

  /** The first document of the next step. */
  get #first(): number {
    return (this.#step % this.steps) * this.tools.training.layout.batch
  }

  #updateScale(): void {
    const { training, expPsiOf } = this.tools
    numbersOf(training).scale.set(topicSums(training).map(sum => 1 / expPsiOf(sum)))
  }
}
