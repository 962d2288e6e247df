import type { Evaluation } from 'modelhost'
import type { TagTally } from '../../_measures/tagging.js'

type Tables = NonNullable<Evaluation['tables']>

const shownConfusions = 20

/** Scores of each tag, by name, and what was taken for what most often. */
export function scoreTables(tally: TagTally): Tables {
  const scores = tally.tags().map(tag => {
    const { precision, recall, f1, gold, predicted } = tally.score(tag)
    return [tag, { precision, recall, f1, gold, predicted }]
  })
  const confusions = tally.confusions().slice(0, shownConfusions)
  const errors = confusions.map(({ gold, predicted, tokens }) => {
    return [`${gold} tagged ${predicted}`, { tokens, 'share of tokens': tokens / tally.tokens }]
  })
  return {
    tags: Object.fromEntries(scores),
    ...(errors.length > 0 ? { 'most frequent errors': Object.fromEntries(errors) } : {}),
  }
}
