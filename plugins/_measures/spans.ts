import { type PrecisionRecall, precisionRecall } from './precision-recall.js'

/** Tokens of one sentence: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Counts the spans of one sentence after the other that are right, with both their borders. Scores are over the spans of
 * all sentences together (micro).
 */
export class SpanTally {
  #hits = 0
  #predicted = 0
  #gold = 0

  /** Each span once in a list. */
  add(gold: readonly Span[], predicted: readonly Span[]): void {
    const right = new Set(gold.map(nameOf))
    for (const span of predicted) if (right.has(nameOf(span))) this.#hits++
    this.#predicted += predicted.length
    this.#gold += gold.length
  }

  get score(): PrecisionRecall {
    return precisionRecall({ hits: this.#hits, predicted: this.#predicted, gold: this.#gold })
  }

  /** Spans that should have been found. */
  get gold(): number {
    return this.#gold
  }
}

const nameOf = ({ start, end }: Span) => `${start} ${end}`

/**
 * The candidates of keyphrases under `ADJ*(NOUN|PROPN)`: each noun with all the adjectives before it.
 *
 * @param tags  UPOS, one a token of a sentence
 */
export function candidateSpans(tags: readonly string[]): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const [i, tag] of tags.entries()) {
    if (tag === 'ADJ') continue
    if (tag === 'NOUN' || tag === 'PROPN') spans.push({ start, end: i + 1 })
    start = i + 1
  }
  return spans
}
