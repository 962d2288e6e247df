import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { TSchema } from 'typebox'
import { describeError } from '../../core/errors.js'
import { CommandError, UsageError } from '../command.js'
import { jsonRows, type RowForm } from './json-rows.js'
import { readLines } from './lines.js'
import type { Row } from './row.js'
import { tableRows } from './table-rows.js'

export type InputFormat = 'csv' | 'tsv' | 'jsonl'

/** What is read: a file, or stdin. */
export interface InputPlan {
  /** Undefined is stdin. */
  readonly path: string | undefined
  /** For people. */
  readonly name: string
  readonly format: InputFormat
  readonly isPacked: boolean
  /** Undefined where it is not known before it is read. */
  readonly bytes: number | undefined
  readonly delimiter: string | undefined
}

/** Can it be read again? */
export const isFile = (plan: InputPlan): plan is InputPlan & { path: string; bytes: number } => plan.bytes !== undefined

export interface Input {
  /** Rows as they come, many at a time. Ends early once `stop` was called. */
  readonly rows: AsyncIterable<readonly Row[]>
  /** Bytes of the file read so far, packed ones as they are. */
  bytesRead(): number
  stop(): void
}

const nameForm = /\.(csv|tsv|jsonl|ndjson)(\.gz)?$/i
const formats: Readonly<Record<string, InputFormat>> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
}
const delimiters: Readonly<Record<string, string>> = { tab: '\t', comma: ',', semicolon: ';', pipe: '|' }

/** @throws UsageError where the file is not there, or its form cannot be told */
export async function planInput(
  given: string | undefined,
  { format, delimiter }: { readonly format: string | undefined; readonly delimiter: string | undefined },
): Promise<InputPlan> {
  if (format !== undefined && !Object.hasOwn(formats, format)) {
    throw new UsageError(`--input-format is "${format}". Use csv, tsv or jsonl.`)
  }
  const cut = delimiter === undefined ? undefined : (delimiters[delimiter] ?? delimiter)
  if (cut !== undefined && (cut.length !== 1 || /["\r\n]/.test(cut))) {
    throw new UsageError(`--delimiter is "${delimiter}". Use one character, or tab.`)
  }
  if (given === undefined || given === '-') {
    const chosen = formats[format ?? 'jsonl']!
    return { path: undefined, name: 'stdin', format: chosen, isPacked: false, bytes: undefined, delimiter: cut }
  }
  const found = await stat(given).catch(error => {
    throw new UsageError(`--input ${given || '(empty)'} cannot be read (${describeError(error)}).`)
  })
  if (found.isDirectory()) throw new UsageError(`--input ${given} is a folder. Name a file.`)
  const [, ending, packed] = nameForm.exec(given) ?? []
  const chosen = formats[format ?? ending?.toLowerCase() ?? '']
  if (!chosen) {
    throw new UsageError(`--input ${given} does not end with .csv, .tsv or .jsonl. Say what it is: --input-format csv.`)
  }
  const isPacked = packed !== undefined || /\.gz$/i.test(given)
  const bytes = found.isFile() ? found.size : undefined
  return { path: given, name: basename(given), format: chosen, isPacked, bytes, delimiter: cut }
}

/** Begins to read. */
export function openInput(plan: InputPlan, form: RowForm, schema: TSchema | undefined): Input {
  const source: Readable & { bytesRead?: number } =
    plan.path === undefined ? process.stdin : createReadStream(plan.path)
  // An error goes through to what is read.
  const bytes = plan.isPacked ? pipeline(source, createGunzip(), () => {}) : source
  let isStopped = false
  const { name: file, format, delimiter } = plan
  async function* read(): AsyncGenerator<readonly Row[]> {
    try {
      if (format !== 'jsonl') {
        yield* tableRows(bytes, { ...form, file, kind: format, delimiter, schema })
        return
      }
      const toRow = jsonRows(form)
      for await (const lines of readLines(bytes)) yield lines.map(toRow)
    } catch (error) {
      if (isStopped) return
      if (error instanceof CommandError) throw error
      throw new CommandError(`${file} cannot be read (${describeError(error)}).`, { cause: error })
    } finally {
      source.destroy()
    }
  }
  return {
    rows: read(),
    bytesRead: () => source.bytesRead ?? 0,
    stop() {
      isStopped = true
      source.destroy()
      bytes.destroy()
    },
  }
}
