import { pipeline, type Readable } from 'node:stream'
import { CsvError, type Options, type Parser, parse } from 'csv-parse'
import type { TSchema } from 'typebox'
import { firstFew } from '../../core/words.js'
import { createTextDecoder, EncodingError } from '../../plugins/_text/utf8-stream.js'
import { CommandError, UsageError } from '../command.js'
import { cellReader, type Filling, matchHeader } from './columns.js'
import { type RowForm, writeKept } from './json-rows.js'
import { maxLineBytes } from './lines.js'
import { badRow, type Row } from './row.js'

export interface TableOptions extends RowForm {
  /** Its name, for people. */
  readonly file: string
  readonly kind: 'csv' | 'tsv'
  /** One character; by default a comma, or a tab. */
  readonly delimiter: string | undefined
  /** Of requests; undefined where it is not known. */
  readonly schema: TSchema | undefined
}

/**
 * The rows of a table with a header: CSV as in RFC 4180, TSV without quotes. Blank lines are no rows.
 *
 * @throws UsageError where a column is not there; CommandError where it is no table from a row on
 */
export async function* tableRows(bytes: Readable, options: TableOptions): AsyncGenerator<readonly Row[]> {
  let read: ((cells: readonly string[]) => Row) | undefined
  for await (const records of readRecords(bytes, options)) {
    const cells = read ? records : records.slice(1)
    read ??= rowReader(records[0]!, options)
    if (cells.length > 0) yield cells.map(read)
  }
  if (!read) throw new CommandError(`${options.file} is empty; it needs a header that names its columns.`)
}

async function* readRecords(bytes: Readable, { file, kind, delimiter }: TableOptions) {
  const common: Options = {
    bom: true,
    // All of them: by itself the parser knows only the one that ends the header.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxLineBytes,
  }
  const tabs: Options = { delimiter: delimiter ?? '\t', quote: null }
  const parser = parse({ ...common, ...(kind === 'tsv' ? tabs : delimiter === undefined ? {} : { delimiter }) })
  // An error goes through to the parser, whose records are read here.
  pipeline([bytes, createTextDecoder(), parser], () => {})
  try {
    yield* inGroups(parser)
  } catch (error) {
    if (error instanceof CsvError) {
      // The part before the colon says what is wrong; what follows may quote the text.
      const what = error.message.split(':', 1)[0]
      const place = `row ${Number(error['records']) + 1} (line ${error['lines']})`
      throw new CommandError(`${file} is no valid ${kind.toUpperCase()} at ${place}: ${what}.`, { cause: error })
    }
    if (error instanceof EncodingError) {
      throw new CommandError(`${file} is not UTF-8 (line ${error.line}). Save it as UTF-8.`, { cause: error })
    }
    throw error
  }
}

const mostAtOnce = 1000

/** The records that are at hand, at once: a wait for each would cost more than the record. */
async function* inGroups(parser: Parser): AsyncGenerator<readonly string[][]> {
  let failure: Error | undefined
  let wake = () => {}
  parser.on('error', error => {
    failure = error
    wake()
  })
  for (const event of ['readable', 'end', 'close']) parser.on(event, () => wake())
  for (;;) {
    const group: string[][] = []
    for (let record = parser.read(); record !== null; record = parser.read()) {
      group.push(record)
      if (group.length === mostAtOnce) break
    }
    if (group.length > 0) yield group
    else if (failure) throw failure
    else if (parser.readableEnded || parser.destroyed) return
    else {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
}

function rowReader(header: readonly string[], options: TableOptions): (cells: readonly string[]) => Row {
  const { file, keep, schema, kind } = options
  const fillings = options.fillings.length > 0 ? options.fillings : matchHeader(file, header, schema)
  const placeOf = (column: string, flag: string) => {
    const place = header.indexOf(column)
    if (place !== header.lastIndexOf(column)) {
      throw new UsageError(`${flag}: ${file} has more than one column "${column}". Give each a name of its own.`)
    }
    if (place >= 0) return place
    throw new UsageError(`${flag}: ${file} has no column "${column}" (it has: ${firstFew(header, 30).join(', ')}).`)
  }
  const fill = fillRequest(fillings, column => placeOf(column, '--column'), schema)
  const places = new Map(keep?.map(name => [name, placeOf(name, '--keep')]))
  const hint = kind === 'tsv' ? 'Take tabs out of cells.' : 'Quote cells that hold commas.'
  return cells => {
    const kept = keep && writeKept(keep, name => JSON.stringify(cells[places.get(name)!]))
    if (cells.length > header.length) {
      return badRow(`The row has ${cells.length} cells, the header ${header.length}. ${hint}`, kept)
    }
    const request = fill(cells)
    if (request === undefined) {
      return badRow(
        `The row has ${cells.length} cells, the header ${header.length}: what is sent is not among them.`,
        kept,
      )
    }
    return kept === undefined ? { request } : { request, kept }
  }
}

/** @returns a request's text; undefined where a row ends before a cell that must be there, as a torn one does */
function fillRequest(
  fillings: readonly Filling[],
  placeOf: (column: string) => number,
  schema: TSchema | undefined,
): (cells: readonly string[]) => string | undefined {
  const [first] = fillings
  if (first?.property === undefined) {
    const place = placeOf(first!.column)
    return cells => JSON.stringify(cells[place])
  }
  const columns = fillings.map(({ property, column }) => {
    return { start: `${JSON.stringify(property)}:`, place: placeOf(column), read: cellReader(property!, schema) }
  })
  return cells => {
    const members: string[] = []
    for (const { start, place, read } of columns) {
      const cell = cells[place]
      const value = read(cell ?? '')
      if (value === undefined) continue
      if (cell === undefined) return undefined
      members.push(start + value)
    }
    return `{${members.join(',')}}`
  }
}
