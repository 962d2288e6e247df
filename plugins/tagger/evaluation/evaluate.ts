import { type EvaluateContext, type Evaluation, fail, type Measure } from 'modelhost'
import { candidateSpans, SpanTally } from '../../_measures/spans.js'
import { TagTally } from '../../_measures/tagging.js'
import { throttle } from '../../_model/progress.js'
import { formatTagged, hasSurfaceTokens, readConllu, type SourceSentence } from '../../_text/conllu.js'
import type { Refuse } from '../../_text/table.js'
import { scoreTables } from './tables.js'

/** What of a request and its answer an evaluation needs: sentences of tokens, and a tag for each token of all. */
export interface TagRequest {
  readonly tokens: string[][]
}
export type TagAnswer = readonly { readonly tag: string }[]

// One request a sentence would spend more time on asking than on tagging.
const tokensAtOnce = 2000

/**
 * Measures a tagger on a treebank: the treebank's own tokens are tagged, and their tags compared with its.
 *
 * @throws HostError EVALUATE_FAILED naming file and line where the treebank is not what it should be
 */
export async function evaluateModel<Q, R>(
  context: EvaluateContext<{ readonly language: string }, Q, R>,
): Promise<Evaluation> {
  const { files, params, log } = context
  const refuse: Refuse = (problem, cause) => fail('EVALUATE_FAILED', { plugin: 'Tagger', problem }, cause)
  const progress = throttle(context.progress)
  const sentences: SourceSentence[] = []
  const source = { path: files.gold, surface: hasSurfaceTokens(params.language), refuse }
  for await (const sentence of readConllu(source)) sentences.push(sentence)
  const total = sentences.reduce((sum, { words }) => sum + words.length, 0)

  const tags = new TagTally()
  const candidates = new SpanTally()
  const predictions: string[] = []
  for (const batch of batchesOf(sentences)) {
    const predicted = await tagsOf(batch, context, refuse)
    for (const [i, sentence] of batch.entries()) {
      const given = predicted[i]!
      tags.add(sentence.tags, given)
      candidates.add(candidateSpans(sentence.tags), candidateSpans(given))
      predictions.push(formatTagged(sentence, given))
    }
    progress({ done: tags.tokens, total, unit: 'tokens', stage: 'tagging' })
  }

  if (tags.accuracy === 0) log.warn({ tags: tags.tags() }, 'no token has the right tag: the gold file may have others')
  return {
    task: 'tagging',
    cases: total,
    unit: 'tokens',
    measures: measuresOf(tags, candidates),
    tables: scoreTables(tags),
    predictions: predictions.join(''),
  }
}

function* batchesOf(sentences: readonly SourceSentence[]): Generator<readonly SourceSentence[]> {
  let batch: SourceSentence[] = []
  let tokens = 0
  for (const sentence of sentences) {
    batch.push(sentence)
    tokens += sentence.words.length
    if (tokens < tokensAtOnce) continue
    yield batch
    batch = []
    tokens = 0
  }
  if (batch.length > 0) yield batch
}

/** @returns the tags of each sentence */
async function tagsOf<Q, R>(
  batch: readonly SourceSentence[],
  context: EvaluateContext<{ readonly language: string }, Q, R>,
  refuse: Refuse,
): Promise<string[][]> {
  const request: TagRequest = { tokens: batch.map(({ words }) => [...words]) }
  const answer = (await context.predict(request as Q)) as TagAnswer
  const tokens = batch.reduce((sum, { words }) => sum + words.length, 0)
  if (answer.length !== tokens) {
    const { file, line } = batch[0]!
    throw refuse(`the model answered ${answer.length} tags for the ${tokens} tokens from line ${line} of ${file}.`)
  }
  let at = 0
  return batch.map(({ words }) => words.map(() => answer[at++]!.tag))
}

function measuresOf(tags: TagTally, candidates: SpanTally): Record<string, Measure> {
  const { precision, recall, f1 } = candidates.score
  const byTag = ['ADJ', 'NOUN', 'PROPN'].map(tag => {
    return [`${tag}_f1`, { value: tags.score(tag).f1, description: `F1 of the tag ${tag}` }] as const
  })
  return {
    accuracy: { value: tags.accuracy, description: 'share of tokens with the right tag' },
    candidate_f1: { value: f1, description: 'F1 of the spans that match ADJ*(NOUN|PROPN)' },
    candidate_precision: { value: precision, description: 'share of the spans found that are right' },
    candidate_recall: { value: recall, description: 'share of the right spans that are found' },
    ...Object.fromEntries(byTag),
  }
}
