/** What was right, of what was answered and of what should have been. */
export interface HitCounts {
  readonly hits: number
  readonly predicted: number
  readonly gold: number
}

/** Each 0 to 1. */
export interface PrecisionRecall {
  /** Share of what was answered that is right; 0 where nothing was answered. */
  readonly precision: number
  /** Share of what is right that was answered; 0 where nothing is right. */
  readonly recall: number
  /** Harmonic mean of the two; 0 where both are. */
  readonly f1: number
}

/** @see van Rijsbergen 1979, Information Retrieval, chapter 7 */
export function precisionRecall({ hits, predicted, gold }: HitCounts): PrecisionRecall {
  const precision = predicted > 0 ? hits / predicted : 0
  const recall = gold > 0 ? hits / gold : 0
  return { precision, recall, f1: hits > 0 ? (2 * hits) / (predicted + gold) : 0 }
}
