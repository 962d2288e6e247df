import { basename } from 'node:path'
import { readDocuments } from '../../_text/documents.js'
import { maxTop } from '../search/document-search.js'
import type { Relevance } from './relevance.js'
import { type EvaluationTools, some } from './tools.js'

export interface RetrievalFiles {
  /** TREC's qrels. */
  readonly gold: string
  readonly queries: string
  /** Absent: the model is searched. */
  readonly documents?: string | undefined
}

export interface Hit {
  readonly id: string
  readonly score: number
}

/** Ranks documents for a text: best first, at most `maxTop`, since deeper ranks decide over no measure. */
type Rank = (text: string) => Promise<readonly Hit[]>

/** Asks for each pair of a query and a document. */
export async function rankBySimilarity(
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

/** Has the model search its own documents. */
export function rankBySearch({ gold }: RetrievalFiles, relevance: Relevance, tools: EvaluationTools): Rank {
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
