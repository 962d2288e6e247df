import { basename } from 'node:path'
import { type EvaluateContext, type Evaluation, fail, type Log, type Measure } from 'modelhost'
import { meanKeyphrasesAt, type RankedPhrases, stemPhrase } from '../../_measures/keyphrases.js'
import { throttle } from '../../_model/progress.js'
import { type Stemmer, stemmerOf } from '../../_text/stem.js'
import type { Refuse } from '../../_text/table.js'
import { type GoldDocument, readGoldDocuments } from './documents.js'

/** What of a request and its answer an evaluation needs. */
export interface KeyphraseRequest {
  readonly text: string
  readonly top: number
}
/** Best first. */
export type KeyphraseAnswer = readonly (readonly [phrase: string, score: number])[]

const depths = [5, 10, 15]

/**
 * Measures a model on documents with their keyphrases. Phrases are compared by their stems, and each measure is the mean
 * over the documents.
 *
 * @throws HostError EVALUATE_FAILED naming file and line where the gold file is not what it should be
 */
export async function evaluateModel<Q, R>(
  context: EvaluateContext<{ readonly language: string }, Q, R>,
): Promise<Evaluation> {
  const { files, params, log } = context
  const refuse: Refuse = (problem, cause) => fail('EVALUATE_FAILED', { plugin: 'TopicalPageRank', problem }, cause)
  const progress = throttle(context.progress)
  const stem = stemmerFor(params.language, log)
  const documents = measurable(await readGoldDocuments(files.gold, refuse), stem, log)
  if (documents.length === 0) {
    throw refuse(`${basename(files.gold)} has no document with both a text and a keyphrase.`)
  }

  const found: RankedPhrases[] = []
  const predictions: string[] = []
  for (const { id, text, gold } of documents) {
    const request: KeyphraseRequest = { text, top: Math.max(...depths) }
    const keyphrases = (await context.predict(request as Q)) as KeyphraseAnswer
    found.push({ ranked: keyphrases.map(([phrase]) => stemPhrase(phrase, stem)), gold })
    predictions.push(`${JSON.stringify({ id, keyphrases })}\n`)
    progress({ done: found.length, total: documents.length, unit: 'documents', stage: 'ranking' })
  }
  return {
    task: 'keyphrases',
    cases: documents.length,
    unit: 'documents',
    measures: measuresOf(found),
    predictions: predictions.join(''),
  }
}

interface MeasurableDocument extends Pick<GoldDocument, 'id' | 'text'> {
  readonly gold: ReadonlySet<string>
}

/** Documents of which something can be said, with their keyphrases as they are compared; of others it warns. */
function measurable(documents: readonly GoldDocument[], stem: Stemmer, log: Log): MeasurableDocument[] {
  const kept: MeasurableDocument[] = []
  const left: string[] = []
  for (const { id, text, keyphrases } of documents) {
    const gold = new Set(keyphrases.map(phrase => stemPhrase(phrase, stem)).filter(phrase => phrase !== ''))
    if (text.trim() !== '' && gold.size > 0) kept.push({ id, text, gold })
    else left.push(id)
  }
  if (left.length > 0) {
    const fields = { documents: left.length, such_as: left.slice(0, 3).join(', ') }
    log.warn(fields, 'documents without a text or without keyphrases are left out')
  }
  return kept
}

function stemmerFor(language: string, log: Log): Stemmer {
  if (language === 'de' || language === 'en') return stemmerOf(language)
  log.warn({ language }, 'there is no stemmer for this language: keyphrases are compared as they are, lower-cased')
  return word => word
}

function measuresOf(documents: readonly RankedPhrases[]): Record<string, Measure> {
  const measures: Record<string, Measure> = {}
  for (const k of depths) {
    const { precision, recall, f1 } = meanKeyphrasesAt(documents, k)
    measures[`P@${k}`] = { value: precision, description: `precision: share of the first ${k} that are right` }
    measures[`R@${k}`] = { value: recall, description: `recall: share of the right ones among the first ${k}` }
    measures[`F1@${k}`] = { value: f1, description: 'mean of the F1 of each document' }
  }
  return measures
}
