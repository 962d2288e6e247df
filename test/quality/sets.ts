import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from 'modelhost'
import { formatTable } from '../../cli/text.js'
import { joinCsvRow } from '../../core/csv.js'
import { evaluate, train } from '../../core/host.js'
import { columnOf, readTables } from '../../plugins/_text/table.js'
import { silentLog } from '../helpers/silent-log.js'

/** Where the sets are, and a folder to work in. */
export interface Sets {
  readonly data: string
  readonly gold: string
  readonly work: string
}

/** One line of a table. */
export interface Figure {
  readonly name: string
  readonly measure: string
  readonly value: number
  /** What it stands beside: `gensim 51.64 ± 3`, `at least 60`. */
  readonly beside: string
  /** Absent where nothing is asked of it. */
  readonly isMet?: boolean
}

export function renderFigures(figures: readonly Figure[]): string {
  const verdict = ({ isMet }: Figure) => (isMet === undefined ? '' : isMet ? 'met' : 'MISSED')
  const rows = figures.map(one => [one.name, one.measure, one.value.toFixed(3), one.beside, verdict(one)])
  return formatTable([['model', 'measure', 'value', 'beside', ''], ...rows])
}

const refuse = (problem: string) => fail('TRAIN_FAILED', { plugin: 'DocSim', problem })

export const claimsFile = ({ data }: Sets) => join(data, 'retrieval', 'checkthat2020_en.docs.tsv.gz')
export const claimParams = { language: 'en', column: 'vclaim', id_column: 'vclaim_id' }

/** The sentences of the STSb training pairs as documents, a row each, in their order. */
export async function writeSentences({ data, work }: Sets, language: string): Promise<string> {
  const target = join(work, `sentences_${language}.csv`)
  const rows = ['claim_text\n']
  for await (const table of readTables({ path: join(data, 'similarity', `stsb_${language}.train.csv.gz`), refuse })) {
    const places = ['sentence1', 'sentence2'].map(name => columnOf(table, name, refuse))
    for await (const row of table.rows) for (const place of places) rows.push(`${joinCsvRow([row[place] ?? ''])}\n`)
  }
  await writeFile(target, rows.join(''))
  return target
}

/** Trains with one thread, so that a figure is the same at each run. @returns the artifact */
export async function trainDocSim(sets: Sets, name: string, data: string, params: object): Promise<string> {
  const output = join(sets.work, name)
  const job = { plugin: 'DocSim', channels: { train: data }, output, threads: 1, log: silentLog }
  await train({ ...job, params: params as Record<string, unknown> })
  return output
}

/** The artifact with other params, where these need no other training. */
export async function changeParams(artifact: string, changes: object): Promise<void> {
  const file = join(artifact, 'DocSim-params.json')
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }))
}

/** Spearman on the STSb development pairs, times 100. */
export async function spearmanOn({ data }: Sets, artifact: string, language: string): Promise<number> {
  const gold = join(data, 'similarity', `stsb_${language}.dev.csv.gz`)
  return 100 * (await measure(artifact, { gold }, 'spearman'))
}

/** A measure of ranking on the CheckThat development queries, by the model's own search. */
export function rankingOn({ data }: Sets, artifact: string, name: string): Promise<number> {
  const file = (kind: string) => join(data, 'retrieval', `checkthat2020_en.dev.${kind}.tsv.gz`)
  return measure(artifact, { gold: file('qrels'), queries: file('queries') }, name)
}

async function measure(artifact: string, files: { gold: string; queries?: string }, name: string): Promise<number> {
  const { measures } = await evaluate({ artifact, files, log: silentLog })
  const found = measures[name]
  if (!found) throw new Error(`${name} is not among ${Object.keys(measures).join(', ')}.`)
  return found.value
}

export const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length
