import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CsvError, parse } from 'csv-parse'
import { describeError, fail } from 'modelhost'

/** One column of the CSV files of a training channel. */
export interface CsvColumn {
  /** Who reads, for errors. */
  readonly plugin: string
  /** A file, or a folder of `*.csv` files. */
  readonly path: string
  readonly column: string
  /** The one file of a folder to read; without it all of them, by name. */
  readonly fileName?: string | undefined
}

// An opening quote that is never closed would otherwise take the rest of the file for one cell.
const maxRecordBytes = 64 << 20

/**
 * The cells of a column, row by row, as a stream; '' where a row is too short to have one. Files are UTF-8, with or
 * without a byte order mark, with a header, quoted as in RFC 4180.
 *
 * @throws HostError TRAIN_FAILED naming file and row when there is no file or column, or a row is malformed
 */
export async function* readColumn(source: CsvColumn): AsyncGenerator<string> {
  for (const file of await filesOf(source)) yield* readFile(file, source)
}

async function filesOf({ plugin, path, fileName }: CsvColumn): Promise<string[]> {
  const broken = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin, problem }, cause)
  const info = await stat(path).catch(error => {
    throw broken(`${path} cannot be read (${describeError(error)}).`, error)
  })
  if (!info.isDirectory()) return [path]
  const names = (await readdir(path)).sort()
  const found = names.length > 0 ? names.slice(0, 20).join(', ') : 'none'
  if (fileName !== undefined) {
    if (!names.includes(fileName)) throw broken(`${path} has no file ${fileName} (found: ${found}).`)
    return [join(path, fileName)]
  }
  const files = names.filter(name => name.toLowerCase().endsWith('.csv'))
  if (files.length === 0) throw broken(`${path} has no *.csv file (found: ${found}).`)
  return files.map(name => join(path, name))
}

async function* readFile(path: string, { plugin, column }: CsvColumn): AsyncGenerator<string> {
  const file = basename(path)
  const broken = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin, problem }, cause)
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
  })
  const stream = createReadStream(path)
  stream.on('error', error => parser.destroy(error))
  stream.pipe(parser)
  let row = 0
  let width = 0
  let index = -1
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row++
      if (row === 1) {
        width = cells.length
        index = cells.indexOf(column)
        if (index < 0) throw broken(`${file} has no column "${column}" (it has: ${cells.join(', ').slice(0, 500)}).`)
        continue
      }
      if (cells.length > width) {
        throw broken(
          `row ${row} of ${file} has ${cells.length} cells, its header ${width}. Quote cells that hold commas.`,
        )
      }
      yield cells[index] ?? ''
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // The part before the colon says what is wrong; what follows may quote the text.
    const what = error.message.split(':', 1)[0]
    throw broken(
      `${file} is no valid CSV at row ${Number(error['records']) + 1} (line ${error['lines']}): ${what}.`,
      error,
    )
  } finally {
    stream.destroy()
  }
  if (row === 0) throw broken(`${file} is empty; it needs a header with the column "${column}".`)
}
