import { stat } from 'node:fs/promises'
import { type EvaluateContext, type Evaluation, fail } from 'modelhost'
import { throttle } from '../../_model/progress.js'
import type { DocumentColumns } from '../../_text/documents.js'
import { type Refuse, readTables } from '../../_text/table.js'
import { hasQrelsWidth, qrelsForm, qrelsProblem } from './relevance.js'
import { measureRetrieval } from './retrieval.js'
import { measureSimilarity, pairColumns, pairsForm } from './similarity.js'
import type { EvaluatedModel, EvaluationTools } from './tools.js'

/**
 * Measures a model on pairs of texts with a score, or on queries with their relevant documents: how the gold file begins
 * decides.
 *
 * @throws HostError EVALUATE_FAILED naming file and row where the files are not what they should be
 */
export async function evaluateModel<Q, R>(
  context: EvaluateContext<DocumentColumns, Q, R, EvaluatedModel>,
): Promise<Evaluation> {
  const { gold, queries, documents } = context.files
  const refuse: Refuse = (problem, cause) => fail('EVALUATE_FAILED', { plugin: 'DocSim', problem }, cause)
  const tools: EvaluationTools = {
    params: context.params,
    model: context.model,
    log: context.log,
    predict: instance => context.predict(instance as Q),
    progress: throttle(context.progress),
    refuse,
  }
  const { file, cells } = await readFirstRow(gold, refuse)
  if (pairColumns(cells)) {
    const stray = queries === undefined ? documents && '--documents' : '--queries'
    if (stray) throw refuse(`${file} has scores of pairs; ${stray} goes with the relevant documents of queries.`)
    return measureSimilarity(gold, tools)
  }
  if (queries === undefined && !hasQrelsWidth(cells)) {
    const found = cells.join(', ').slice(0, 200)
    throw refuse(`${file} begins with "${found}", which is neither form of a gold file. ${pairsForm} ${qrelsForm}`)
  }
  if (queries === undefined) {
    const problem = qrelsProblem(file, 1, cells)
    if (problem) throw refuse(`${problem} ${qrelsForm} ${pairsForm}`)
    throw refuse(`${file} names the relevant documents of queries, but has no texts. Name them with --queries FILE.`)
  }
  return measureRetrieval({ gold, queries, documents }, tools)
}

async function readFirstRow(path: string, refuse: Refuse): Promise<{ file: string; cells: readonly string[] }> {
  if ((await stat(path)).isDirectory()) throw refuse(`${path} is a folder. Name one file with --gold.`)
  for await (const { file, rows } of readTables({ path, hasHeader: false, refuse })) {
    for await (const cells of rows) return { file, cells }
  }
  throw refuse(`${path} is empty. ${pairsForm} ${qrelsForm}`)
}
