import { type PrecisionRecall, precisionRecall } from './precision-recall.js'

/** A name in a sentence or text: `start` inclusive, `end` exclusive. */
export interface LabelledSpan {
  readonly label: string
  readonly start: number
  readonly end: number
}

export interface EntityScore extends PrecisionRecall {
  /** Names that there are. */
  readonly gold: number
  /** Names that were found. */
  readonly predicted: number
}

interface Counts {
  hits: number
  gold: number
  predicted: number
}

const scoreOf = (counts: Counts): EntityScore => {
  const { gold, predicted } = counts
  return { ...precisionRecall(counts), gold, predicted }
}

/**
 * Counts the names that are right: with both borders and the label. Scores are over the names of all sentences together
 * (micro), as conlleval and the default mode of seqeval have them.
 *
 * @see Tjong Kim Sang and De Meulder 2003, Introduction to the CoNLL-2003 Shared Task
 */
export class EntityTally {
  readonly #labels = new Map<string, Counts>()
  readonly #errors = new Map<string, number>()

  /** Names of one sentence; in order, none over another of the same list. */
  add(gold: readonly LabelledSpan[], predicted: readonly LabelledSpan[]): void {
    for (const { label } of gold) this.#countsOf(label).gold++
    for (const { label } of predicted) this.#countsOf(label).predicted++
    const isRight = new Set<LabelledSpan>()
    const right = new Map(gold.map(entity => [keyOf(entity), entity]))
    for (const entity of predicted) {
      const same = right.get(keyOf(entity))
      if (same === undefined) continue
      this.#countsOf(entity.label).hits++
      isRight.add(entity).add(same)
    }
    this.#addErrors(gold, predicted, isRight)
  }

  /** Of all labels together. */
  get score(): EntityScore {
    const all: Counts = { hits: 0, gold: 0, predicted: 0 }
    for (const { hits, gold, predicted } of this.#labels.values()) {
      all.hits += hits
      all.gold += gold
      all.predicted += predicted
    }
    return scoreOf(all)
  }

  /** By label, in alphabetical order. */
  scores(): [label: string, EntityScore][] {
    return [...this.#labels].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, counts]) => [label, scoreOf(counts)])
  }

  /** What went wrong, the most frequent first; of equally frequent ones, by name. */
  errors(): [name: string, count: number][] {
    return [...this.#errors].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  }

  #countsOf(label: string): Counts {
    let counts = this.#labels.get(label)
    if (counts === undefined) {
      counts = { hits: 0, gold: 0, predicted: 0 }
      this.#labels.set(label, counts)
    }
    return counts
  }

  /** Two that lie over each other are one error; one alone was missed, or is none. */
  #addErrors(
    gold: readonly LabelledSpan[],
    predicted: readonly LabelledSpan[],
    isRight: ReadonlySet<LabelledSpan>,
  ): void {
    const met = new Set<LabelledSpan>()
    let from = 0
    for (const entity of gold) {
      while (from < predicted.length && predicted[from]!.end <= entity.start) from++
      if (isRight.has(entity)) continue
      for (let i = from; i < predicted.length && predicted[i]!.start < entity.end; i++) {
        const other = predicted[i]!
        if (met.has(other) || isRight.has(other)) continue
        met.add(entity).add(other)
        this.#addError(errorOf(entity, other))
        break
      }
      if (!met.has(entity)) this.#addError(`${entity.label} not found`)
    }
    for (const entity of predicted) {
      if (!isRight.has(entity) && !met.has(entity)) this.#addError(`${entity.label} that is none`)
    }
  }

  #addError(name: string): void {
    this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1)
  }
}

const keyOf = ({ label, start, end }: LabelledSpan) => `${start} ${end} ${label}`

function errorOf(gold: LabelledSpan, predicted: LabelledSpan): string {
  const isSame = gold.label === predicted.label
  if (gold.start === predicted.start && gold.end === predicted.end) return `${gold.label} taken for ${predicted.label}`
  return isSame ? `${gold.label} with other borders` : `${gold.label} taken for ${predicted.label}, with other borders`
}

/**
 * Counts distinct pairs of a name's text and its label, so that a name which is everywhere counts once.
 *
 * @see Derczynski et al. 2017, Results of the WNUT2017 Shared Task on Novel and Emerging Entity Recognition
 */
export class SurfaceTally {
  readonly #gold = new Set<string>()
  readonly #predicted = new Set<string>()

  addGold(text: string, label: string): void {
    this.#gold.add(`${label} ${text}`)
  }

  addPredicted(text: string, label: string): void {
    this.#predicted.add(`${label} ${text}`)
  }

  get score(): PrecisionRecall {
    let hits = 0
    for (const pair of this.#predicted) if (this.#gold.has(pair)) hits++
    return precisionRecall({ hits, predicted: this.#predicted.size, gold: this.#gold.size })
  }
}
