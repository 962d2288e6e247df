import { columnOf, type Refuse, readTables, type Table } from './table.js'

/** Which parts of a table are its documents. */
export interface DocumentColumns {
  /** Of the text. */
  readonly column: string
  /** Joined, they are the text; none: `column` alone. */
  readonly columns: readonly string[]
  /** Of the document's name; absent: `id` where a table has it, else the number of the row. */
  readonly id_column?: string | undefined
  /** Further ones, kept beside the text. */
  readonly keep_columns: readonly string[]
}

export interface Document {
  readonly id: string
  readonly text: string
  /** Cells of `keep_columns`, in their order. */
  readonly kept: readonly string[]
}

const usualIdColumn = 'id'
// No word goes across.
const betweenColumns = '\n'

/** The columns that make up a document's text. */
export const textColumns = ({ column, columns }: DocumentColumns): readonly string[] =>
  columns.length > 0 ? columns : [column]

/**
 * Reads the rows of tables as documents, as a stream. Rows are numbered from 0, through all files.
 *
 * @param path      a file, or a folder of tables
 * @param fileName  the one file of a folder to read
 * @throws what `refuse` makes, naming file, row and column
 */
export async function* readDocuments(
  path: string,
  columns: DocumentColumns,
  refuse: Refuse,
  fileName?: string,
): AsyncGenerator<Document> {
  let number = 0
  for await (const table of readTables({ path, fileName, refuse })) {
    const texts = textColumns(columns).map(name => columnOf(table, name, refuse))
    const kept = columns.keep_columns.map(name => columnOf(table, name, refuse))
    const id = idColumn(table, columns, refuse)
    for await (const row of table.rows) {
      // A row that is too short has empty cells.
      const cells = (places: readonly number[]) => places.map(place => row[place] ?? '')
      const text = texts.length === 1 ? (row[texts[0]!] ?? '') : cells(texts).join(betweenColumns)
      yield { id: id < 0 ? String(number) : (row[id] ?? ''), text, kept: cells(kept) }
      number++
    }
  }
}

function idColumn(table: Table, { id_column: name }: DocumentColumns, refuse: Refuse): number {
  return name === undefined ? table.header.indexOf(usualIdColumn) : columnOf(table, name, refuse)
}
