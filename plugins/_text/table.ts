import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, type Options, parse } from 'csv-parse'
import { bytesRefused, findFiles, type Refuse } from './text-files.js'
import { createTextDecoder } from './utf8-stream.js'

export type { Refuse } from './text-files.js'

/** Tables of text on disk: `.csv` as in RFC 4180, `.tsv` without quotes, either also as `.gz`; UTF-8. */
export interface TableSource {
  /** A file, or a folder of such files. */
  readonly path: string
  /** The one file of a folder to read; without it all of them, by name. */
  readonly fileName?: string | undefined
  /** Default: true. Without a header columns go by number alone. */
  readonly hasHeader?: boolean
  /** Makes the error that says what is wrong; its text names file and row. */
  readonly refuse: Refuse
}

export interface Table {
  /** Without its folder. */
  readonly file: string
  /** Names of the columns; empty where there is no header. */
  readonly header: readonly string[]
  /** Cells of one row after the other, without the header; to be read once. */
  readonly rows: AsyncIterable<readonly string[]>
}

// An opening quote that is never closed would otherwise take the rest of the file for one cell.
const maxRecordBytes = 64 << 20
const tableName = /\.(csv|tsv)(\.gz)?$/i
const kind = { names: tableName, shown: '*.csv' }

/**
 * The tables of a file or folder, one after the other, each read as a stream: a table's rows end before the next begins.
 *
 * @throws what `refuse` makes, when there is no file, or a row is malformed
 */
export async function* readTables(source: TableSource): AsyncGenerator<Table> {
  for (const path of await findFiles({ ...source, kind })) yield* openTable(path, source)
}

/**
 * The place of a column in a table.
 *
 * @throws what `refuse` makes, with the names that there are
 */
export function columnOf({ file, header }: Pick<Table, 'file' | 'header'>, name: string, refuse: Refuse): number {
  const index = header.indexOf(name)
  if (index < 0) throw refuse(`${file} has no column "${name}" (it has: ${header.join(', ').slice(0, 500)}).`)
  return index
}

/** One row of a table of this name, with its end: cells of a `.tsv` as they are, others in quotes where they need them. */
export function formatRow(file: string, cells: readonly string[]): string {
  if (kindOf(file).kind === 'tsv') return `${cells.join('\t')}\n`
  return `${cells.map(cell => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`
}

function kindOf(file: string): { kind: string; isPacked: boolean } {
  const [, kind = 'csv', packed] = tableName.exec(file) ?? []
  return { kind: kind.toLowerCase(), isPacked: packed !== undefined }
}

async function* openTable(path: string, { hasHeader = true, refuse }: TableSource): AsyncGenerator<Table> {
  const file = basename(path)
  const rows = readRows(path, file, refuse)
  try {
    if (!hasHeader) {
      yield { file, header: [], rows }
      return
    }
    const first = await rows.next()
    if (first.done) throw refuse(`${file} is empty; it needs a header that names its columns.`)
    yield { file, header: first.value, rows: withinWidth(rows, first.value.length, file, refuse) }
  } finally {
    await rows.return(undefined)
  }
}

async function* withinWidth(rows: AsyncIterable<readonly string[]>, width: number, file: string, refuse: Refuse) {
  let number = 1
  for await (const cells of rows) {
    number++
    if (cells.length > width) {
      const problem = `row ${number} of ${file} has ${cells.length} cells, its header ${width}.`
      const hint = kindOf(file).kind === 'tsv' ? 'Take tabs out of cells.' : 'Quote cells that hold commas.'
      throw refuse(`${problem} ${hint}`)
    }
    yield cells
  }
}

async function* readRows(path: string, file: string, refuse: Refuse): AsyncGenerator<readonly string[], undefined> {
  const { kind, isPacked } = kindOf(file)
  const options: Options = { bom: true, relax_column_count: true, skip_empty_lines: true }
  const tabs: Options = { delimiter: '\t', quote: null }
  const parser = parse({
    ...options,
    ...(kind === 'tsv' ? tabs : {}),
    max_record_size: maxRecordBytes,
  })
  const bytes = createReadStream(path)
  const unpacked = isPacked ? [createGunzip()] : []
  // An error goes through to the parser, whose rows are read here.
  pipeline([bytes, ...unpacked, createTextDecoder(), parser], () => {})
  try {
    for await (const cells of parser as AsyncIterable<string[]>) yield cells
  } catch (error) {
    if (error instanceof CsvError) {
      // The part before the colon says what is wrong; what follows may quote the text.
      const what = error.message.split(':', 1)[0]
      const place = `row ${Number(error['records']) + 1} (line ${error['lines']})`
      throw refuse(`${file} is no valid ${kind.toUpperCase()} at ${place}: ${what}.`, error)
    }
    throw bytesRefused(error, file, refuse) ?? error
  } finally {
    bytes.destroy()
  }
  return undefined
}
