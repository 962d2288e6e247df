import { basename } from 'node:path'
import type { Evaluation, Measure } from 'modelhost'
import { averagePrecision, meanOver, precision, type Ranking, recall, reciprocalRank } from '../../_measures/ranking.js'
import { type Hit, type RetrievalFiles, rankBySearch, rankBySimilarity } from './rank.js'
import { formatQrelsRow, type Relevance, readQueries, readRelevance } from './relevance.js'
import { type EvaluationTools, some } from './tools.js'

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
      ? rankBySearch(files, relevance, tools)
      : await rankBySimilarity(files, files.documents, relevance, tools)
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

/** Ids need not be unique in a table that a model is trained on; to measures a document is its id. */
function firstOfEach(hits: readonly Hit[]): readonly Hit[] {
  const seen = new Set<string>()
  return hits.filter(({ id }) => !seen.has(id) && seen.add(id))
}
