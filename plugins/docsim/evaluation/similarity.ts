import type { Evaluation } from 'modelhost'
import { isConstant, pearson, spearman } from '../../_measures/correlation.js'
import { formatRow, type Refuse, readTables } from '../../_text/table.js'
import type { EvaluationTools } from './tools.js'

export const pairsForm = 'Pairs with a score are a table with the columns sentence1,sentence2,score.'

interface PairColumns {
  readonly text1: number
  readonly text2: number
  readonly score: number
}

/** As benchmarks of similarity name them, and as a request does. */
const textColumns = [
  ['sentence1', 'sentence2'],
  ['text1', 'text2'],
] as const

/** @returns the places of a pair and its score; undefined where a header has none */
export function pairColumns(header: readonly string[]): PairColumns | undefined {
  const score = header.indexOf('score')
  const names = textColumns.find(pair => pair.every(name => header.includes(name)))
  return names && score >= 0 ? { text1: header.indexOf(names[0]), text2: header.indexOf(names[1]), score } : undefined
}

/**
 * How well similarities follow the scores of pairs.
 *
 * @param gold  a table that has `pairColumns`
 * @returns predictions: the same table, with similarities for scores
 */
export async function measureSimilarity(gold: string, tools: EvaluationTools): Promise<Evaluation> {
  const { file, header, rows, columns } = await readPairs(gold, tools.refuse)
  const scores = rows.map((row, i) => readScore(row[columns.score], i + 2, file, tools.refuse))
  const similarities = new Float64Array(rows.length)
  for (const [i, row] of rows.entries()) {
    similarities[i] = (await tools.predict({ text1: row[columns.text1], text2: row[columns.text2] })) as number
    tools.progress({ done: i + 1, total: rows.length, unit: 'pairs', stage: 'comparing' })
  }
  for (const [values, what] of [[scores, 'scores'] as const, [similarities, 'similarities'] as const]) {
    if (isConstant(values)) tools.log.warn({ pairs: rows.length }, `all ${what} are the same: correlations are 0`)
  }
  const lines = rows.map((row, i) => formatRow(file, row.with(columns.score, String(similarities[i]))))
  return {
    task: 'similarity',
    cases: rows.length,
    unit: 'pairs',
    measures: {
      spearman: { value: spearman(similarities, scores), description: 'correlation of the ranks' },
      pearson: { value: pearson(similarities, scores), description: 'correlation of the numbers' },
    },
    predictions: [formatRow(file, header), ...lines].join(''),
  }
}

async function readPairs(path: string, refuse: Refuse) {
  for await (const { file, header, rows } of readTables({ path, refuse })) {
    const columns = pairColumns(header)
    if (!columns) throw refuse(`${file} has other columns. ${pairsForm}`)
    const read: string[][] = []
    for await (const row of rows) read.push(header.map((_, i) => row[i] ?? ''))
    if (read.length === 0) throw refuse(`${file} has a header but no rows.`)
    return { file, header, rows: read, columns }
  }
  throw refuse(`${path} holds no table. ${pairsForm}`)
}

function readScore(cell: string | undefined, number: number, file: string, refuse: Refuse): number {
  const score = cell?.trim() ? Number(cell) : Number.NaN
  if (!Number.isFinite(score)) throw refuse(`row ${number} of ${file} has the score "${cell}", which is no number.`)
  return score
}
