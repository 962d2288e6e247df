import { basename } from 'node:path'
import type { Evaluation, Measure } from 'modelhost'
import { averagePrecision, meanOver, precision, type Ranking, recall, reciprocalRank } from '../../_measures/ranking.js'
import { readDocuments } from '../documents.js'
import { maxTop } from '../search/document-search.js'
import { formatQrelsRow, type Relevance, readQueries, readRelevance } from './relevance.js'
import type { EvaluationTools } from './tools.js'

export interface RetrievalFiles {
  /** TREC's qrels. */
  readonly gold: string
  readonly queries: string
  /** Absent: the model is searched. */
  readonly documents?: string | undefined
}

interface Hit {
  readonly id: string
  readonly score: number
}

/** Ranks documents for a text: best first, at most `maxTop`, since deeper ranks decide over no measure. */
type Rank = (text: string) => Promise<readonly Hit[]>

/**
 * How far up the relevant documents of queries stand.
 *
 * @returns predictions: the ranking of each query, in the form of qrels, with similarities for relevance
 */
export async function measureRetrieval(files: RetrievalFiles, tools: EvaluationTools): Promise<Evaluation> {
  const relevance = await readRelevance(files.gold, tools.refuse)
  const queries = await findQueries(files, relevance, tools)
  const rank =
    files.documents === undefined
      ? search(files, relevance, tools)
      : await compare(files, files.documents, relevance, tools)
  const rankings: Ranking[] = []
  const lines: string[] = []
  for (const [query, text] of queries) {
    const hits = firstOfEach(await rank(text))
    rankings.push({ ranked: hits.map(({ id }) => id), relevant: relevance.get(query)! })
    for (const { id, score } of hits) lines.push(formatQrelsRow(files.gold, [query, '0', id, String(score)]))
    tools.progress({ done: rankings.length, total: queries.length, unit: 'queries', stage: 'ranking' })
  }
  if (meanOver(rankings, reciprocalRank) === 0) {
    const example = rankings.find(({ ranked }) => ranked.length > 0)?.ranked[0]
    const fields = { queries: queries.length, ...(example === undefined ? {} : { example }) }
    tools.log.warn(fields, 'no relevant document was found: are ids those of the gold file?')
  }
  return {
    task: 'retrieval',
    cases: queries.length,
    unit: 'queries',
    measures: measure(rankings),
    predictions: lines.join(''),
  }
}

function measure(rankings: readonly Ranking[]): Record<string, Measure> {
  const measures: Record<string, Measure> = {}
  const add = (name: string, description: string, of: (ranking: Ranking) => number) => {
    measures[name] = { value: meanOver(rankings, of), description }
  }
  for (const k of [1, 3, 5, 10, 20]) {
    add(`MAP@${k}`, `mean average precision, up to rank ${k}`, ranking => averagePrecision(ranking, k))
  }
  add('MRR', 'mean of 1 / rank of the first relevant document', reciprocalRank)
  add('P@1', 'share of queries whose first document is relevant', ranking => precision(ranking, 1))
  for (const k of [1, 5, 10, 20, 100]) {
    add(`recall@${k}`, `share of the relevant documents, up to rank ${k}`, ranking => recall(ranking, k))
  }
  return measures
}

/** The queries that can be measured, in the order of their file. */
async function findQueries(
  { gold, queries: path }: RetrievalFiles,
  relevance: Relevance,
  { refuse, log }: EvaluationTools,
): Promise<readonly (readonly [string, string])[]> {
  const texts = new Map([...(await readQueries(path, refuse))].filter(([, text]) => text.trim() !== ''))
  const found = [...texts].filter(([id]) => relevance.has(id))
  if (found.length === 0) {
    throw refuse(
      `none of the queries in ${basename(gold)} (${some(relevance.keys())}) has a text in ${basename(path)} ` +
        `(texts there: ${some(texts.keys())}). Give files that belong together.`,
    )
  }
  const missing = [...relevance.keys()].filter(id => !texts.has(id))
  if (missing.length > 0) {
    const fields = { missing: missing.length, such_as: some(missing), file: basename(path) }
    log.warn(fields, 'queries of the gold file have no text and are left out')
  }
  return found
}

/** Asks for each pair of a query and a document. */
async function compare(
  { gold }: RetrievalFiles,
  path: string,
  relevance: Relevance,
  tools: EvaluationTools,
): Promise<Rank> {
  const { params, predict, refuse } = tools
  const texts = new Map<string, string>()
  for await (const { id, text } of readDocuments(path, { ...params, keep_columns: [] }, refuse)) {
    if (texts.has(id)) throw refuse(`${basename(path)} has more than one document with the id "${id}".`)
    texts.set(id, text)
  }
  const hint =
    'Their ids are read as the model was trained to: from its id_column, else from "id", else they are row numbers.'
  checkThatThere({ relevance, gold, ids: texts.keys(), place: basename(path), hint }, tools)
  const ids = [...texts.keys()]
  const contents = [...texts.values()]
  const scores = new Float64Array(ids.length)
  return async text1 => {
    for (let i = 0; i < scores.length; i++) scores[i] = (await predict({ text1, text2: contents[i] })) as number
    // Of equal ones, what comes first in the file comes first.
    const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b)
    return Array.from(order.subarray(0, maxTop), i => ({ id: ids[i]!, score: scores[i]! }))
  }
}

/** Ids need not be unique in a table that a model is trained on; to measures a document is its id. */
function firstOfEach(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Set<string>()
  return hits.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** Has the model search its own documents. */
function search({ gold }: RetrievalFiles, relevance: Relevance, tools: EvaluationTools): Rank {
  const { model, predict, refuse } = tools
  if (!model.search) {
    throw refuse('the model has no search. Give --documents FILE, or train it with search "bm25" or "vector".')
  }
  const hint =
    'Its ids are those that it was trained with: from id_column, else from "id", else they are row numbers. ' +
    'Train it with the id_column that the gold file goes by.'
  checkThatThere({ relevance, gold, ids: model.search.ids(), place: 'the model', hint }, tools)
  return async text => (await predict({ text, top: maxTop })) as readonly Hit[]
}

interface Belonging {
  readonly relevance: Relevance
  readonly gold: string
  /** Of the documents that can be found. */
  readonly ids: Iterable<string>
  /** Where those are. */
  readonly place: string
  /** How they came by their ids. */
  readonly hint: string
}

/**
 * Are the relevant documents among those that can be found? Of some that are not it warns.
 *
 * @throws what `refuse` makes where none of them is
 */
function checkThatThere({ relevance, gold, ids, place, hint }: Belonging, { refuse, log }: EvaluationTools): void {
  const relevant = new Set([...relevance.values()].flatMap(documents => [...documents]))
  const missing = new Set(relevant)
  const examples: string[] = []
  for (const id of ids) {
    missing.delete(id)
    if (examples.length < 4) examples.push(id)
  }
  if (missing.size === relevant.size) {
    const found = `none of the documents in ${basename(gold)} (${some(relevant)}) is in ${place} (${some(examples)}).`
    throw refuse(`${found} ${hint}`)
  }
  if (missing.size > 0) {
    const fields = { missing: missing.size, such_as: some(missing), place }
    log.warn(fields, 'relevant documents of the gold file are not there, and count as not found')
  }
}

/** A few of many, for people. */
function some(ids: Iterable<string>): string {
  const [...all] = ids
  return all.length > 3 ? `${all.slice(0, 3).join(', ')}, ...` : all.join(', ') || 'none'
}
