import { formatRow, type Refuse, readTables, type Table } from '../../_text/table.js'

export const qrelsForm =
  'Relevant documents are rows without a header: query 0 document relevance, which is a whole number.'

/** Query -> its relevant documents, at least one. */
export type Relevance = ReadonlyMap<string, ReadonlySet<string>>

/** Tabs or commas have cut a row already; blanks have not. */
const cut = (cells: readonly string[]) => (cells.length === 1 ? cells[0]!.trim().split(/\s+/) : cells)

/** Has a row as many cells as one of TREC's qrels? */
export const hasQrelsWidth = (row: readonly string[]): boolean => cut(row).length === 4

/** Does a first row name the columns, whatever stands for the relevance? No query is called "query". */
const isHeader = ([query, , document, relevance]: readonly string[]) =>
  Number.isNaN(Number(relevance)) ||
  (/^((query|topic)([ _-]?(id|no))?|q[ _-]?id)$/i.test(query!) &&
    /^(doc|document|corpus)([ _-]?(id|no))?$/i.test(document!))

/** @returns what of a row is not as qrels have it, as a sentence that names file and row; undefined where all is */
export function qrelsProblem(file: string, number: number, row: readonly string[]): string | undefined {
  const cells = cut(row)
  const broken = brokenRule(cells, number)
  return broken && `row ${number} of ${file} is "${cells.join(', ').slice(0, 200)}": ${broken}.`
}

function brokenRule(cells: readonly string[], number: number): string | undefined {
  if (cells.length !== 4) return `it has ${cells.length} ${cells.length === 1 ? 'cell' : 'cells'}, not four`
  if (number === 1 && isHeader(cells)) return 'it looks like a header, and qrels have none'
  return /^\s*-?\d+\s*$/.test(cells[3]!) ? undefined : `its relevance is "${cells[3]}", not a whole number`
}

// A tab or a line's end amid an id would make more cells, or more rows.
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g

/** One row of qrels, with its end: with tabs, but with commas where `file` is named as a table that has them. */
export function formatQrelsRow(file: string, row: readonly string[]): string {
  const cells = row.map(cell => cell.replace(breaks, ' '))
  return /\.csv(\.gz)?$/i.test(file) ? formatRow(file, cells) : `${cells.join('\t')}\n`
}

/**
 * Reads qrels as TREC has them: `query 0 document relevance`, with tabs or blanks between. What is above 0 is relevant;
 * queries without a relevant document cannot be measured and are left out.
 *
 * @throws what `refuse` makes, naming file and row
 */
export async function readRelevance(path: string, refuse: Refuse): Promise<Relevance> {
  const found = new Map<string, Set<string>>()
  for await (const { file, number, row } of rowsOf(path, refuse)) {
    const problem = qrelsProblem(file, number, row)
    if (problem) throw refuse(`${problem} ${qrelsForm}`)
    const [query, , document, relevance] = cut(row) as [string, string, string, string]
    if (Number(relevance) <= 0) continue
    const documents = found.get(query)
    if (documents) documents.add(document)
    else found.set(query, new Set([document]))
  }
  if (found.size === 0) throw refuse(`${path} has no row with a relevance above 0.`)
  return found
}

/**
 * Reads the texts of queries: rows of `id` and text. A header is a row whose id no query has.
 *
 * @returns id -> text, of all rows
 * @throws what `refuse` makes, naming file and row
 */
export async function readQueries(path: string, refuse: Refuse): Promise<ReadonlyMap<string, string>> {
  const queries = new Map<string, string>()
  for await (const { file, number, row } of rowsOf(path, refuse)) {
    const [id, text] = row
    if (id === undefined || text === undefined || row.length > 2) {
      const form = 'A query is two: its id and its text, as a .tsv with a tab between, or as a .csv.'
      throw refuse(`row ${number} of ${file} has ${row.length} ${row.length === 1 ? 'cell' : 'cells'}. ${form}`)
    }
    if (queries.has(id)) throw refuse(`row ${number} of ${file} has the id "${id}" of an earlier row.`)
    queries.set(id, text)
  }
  return queries
}

async function* rowsOf(path: string, refuse: Refuse) {
  for await (const { file, rows } of readTables({ path, hasHeader: false, refuse }) as AsyncIterable<Table>) {
    let number = 0
    for await (const row of rows) yield { file, number: ++number, row }
  }
}
