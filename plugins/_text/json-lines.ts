import { basename } from 'node:path'
import { findFiles, type Refuse, readLines } from './text-files.js'

export interface JsonLine {
  readonly value: Readonly<Record<string, unknown>>
  /** Without its folder. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

const kind = { names: /\.(jsonl|ndjson)(\.gz)?$/i, shown: '*.jsonl' }

/**
 * The objects of a file that has one a line, or of a folder of such files; either also packed as `.gz`; UTF-8. Lines
 * without text are left out.
 *
 * @throws what `refuse` makes, when there is no file, or a line is no JSON object
 */
export async function* readJsonLines(path: string, refuse: Refuse): AsyncGenerator<JsonLine> {
  for (const name of await findFiles({ path, kind, refuse })) {
    const file = basename(name)
    let line = 0
    for await (const lines of readLines(name, refuse)) {
      for (const text of lines) {
        line++
        if (text.trim() !== '') yield { value: parseObject(text, `line ${line} of ${file}`, refuse), file, line }
      }
    }
  }
}

function parseObject(text: string, place: string, refuse: Refuse): JsonLine['value'] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(`${place} is no JSON object (${(error as Error).message}).`, error)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonLine['value']
  throw refuse(`${place} is ${text.trim().slice(0, 50)}, not a JSON object.`)
}
