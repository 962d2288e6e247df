import type { Evaluation } from 'modelhost'
import type { EntityTally } from '../../_measures/entities.js'

type Tables = NonNullable<Evaluation['tables']>

const shownErrors = 20

/** Scores of each label, by name, and what went wrong most often. */
export function scoreTables(tally: EntityTally): Tables {
  const scores = tally.scores().map(([label, score]) => {
    const { precision, recall, f1, gold, predicted } = score
    return [label, { precision, recall, f1, gold, predicted }] as const
  })
  const errors = tally.errors().slice(0, shownErrors)
  const total = tally.errors().reduce((sum, [, count]) => sum + count, 0)
  const rows = errors.map(([name, names]) => [name, { names, 'share of errors': names / total }] as const)
  return {
    ...(scores.length > 0 ? { labels: Object.fromEntries(scores) } : {}),
    ...(rows.length > 0 ? { 'most frequent errors': Object.fromEntries(rows) } : {}),
  }
}
