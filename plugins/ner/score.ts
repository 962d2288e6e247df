/** Of a logistic function: what it makes of a margin is how likely a name is right. */
export interface ScoreCurve {
  readonly slope: number
  readonly offset: number
}

/** Where a model does not say: between those that fit three corpora of tweets. */
export const defaultCurve: ScoreCurve = { slope: 0.05, offset: -0.7 }

/** The curve that the metadata of a model file tell. */
export function readCurve(metadata: Readonly<Record<string, string>>): ScoreCurve {
  const slope = Number(metadata['score_slope'])
  const offset = Number(metadata['score_offset'])
  return Number.isFinite(slope) && Number.isFinite(offset) ? { slope, offset } : defaultCurve
}

/**
 * How likely a name is right, 0 to 1, in steps of a ten-thousandth.
 *
 * @param margin  by how much the best sequence of tags beats the best one without the name
 */
export function scoreOf(margin: number, { slope, offset }: ScoreCurve): number {
  const score = 1 / (1 + Math.exp(-(slope * margin + offset)))
  return Number.isFinite(score) ? Math.round(score * 10_000) / 10_000 : 0
}
