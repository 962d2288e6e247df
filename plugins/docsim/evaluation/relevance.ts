import { formatRow, type Refuse, readTables, type Table } from '../../_text/table.js'

export const qrelsForm = 'Relevant documents are rows without a header: query 0 document relevance.'

/** Query -> its relevant documents, at least one. */
export type Relevance = ReadonlyMap<string, ReadonlySet<string>>

/** Tabs or commas have cut a row already; blanks have not. */
const cut = (cells: readonly string[]) => (cells.length === 1 ? cells[0]!.trim().split(/\s+/) : cells)

const isNumber = (cell: string | undefined) => cell !== undefined && /^-?\d+$/.test(cell.trim())

/** Is this a row of TREC's qrels? */
export function isQrelsRow(row: readonly string[]): boolean {
  const cells = cut(row)
  return cells.length === 4 && isNumber(cells[3])
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
    if (!isQrelsRow(row)) throw refuse(`row ${number} of ${file} is "${row.join(', ').slice(0, 200)}". ${qrelsForm}`)
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
