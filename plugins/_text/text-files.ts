import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { describeError } from 'modelhost'
import { createTextDecoder, EncodingError } from './utf8-stream.js'

/** Makes the error that says what is wrong with what was given. */
export type Refuse = (problem: string, cause?: unknown) => Error

/** A file, or a folder of files of one kind. */
export interface FileSource {
  readonly path: string
  /** The one file of a folder to read; without it all of the kind. */
  readonly fileName?: string | undefined
  /** Names of the kind, and how a message calls them: `*.csv`. */
  readonly kind: { readonly names: RegExp; readonly shown: string }
  /** Its text names the file. */
  readonly refuse: Refuse
}

/**
 * The file itself, whatever its name; of a folder those of the kind, by name.
 *
 * @throws what `refuse` makes, when there is none
 */
export async function findFiles({ path, fileName, kind, refuse }: FileSource): Promise<string[]> {
  const info = await stat(path).catch(error => {
    throw refuse(`${path} cannot be read (${describeError(error)}).`, error)
  })
  if (!info.isDirectory()) return [path]
  const names = (await readdir(path)).sort()
  const found = names.length > 0 ? names.slice(0, 20).join(', ') : 'none'
  if (fileName !== undefined) {
    if (!names.includes(fileName)) throw refuse(`${path} has no file ${fileName} (found: ${found}).`)
    return [join(path, fileName)]
  }
  const files = names.filter(name => kind.names.test(name))
  if (files.length === 0) throw refuse(`${path} has no ${kind.shown} file (found: ${found}).`)
  return files.map(name => join(path, name))
}

/** What `refuse` makes of a fault of a text file's bytes; undefined for other errors. */
export function bytesRefused(error: unknown, file: string, refuse: Refuse): Error | undefined {
  if (error instanceof EncodingError) {
    return refuse(
      `${file} is not UTF-8 (line ${error.line}). Save it as UTF-8; a spreadsheet asks when it exports.`,
      error,
    )
  }
  if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
    return refuse(`${file} cannot be unpacked (${describeError(error)}).`, error)
  }
  return undefined
}

// What has no line's end for so long is another kind of file.
const maxLineUnits = 64 << 20

/**
 * The lines of a text file, packed where its name ends with `.gz`, without their ends: `\n` or `\r\n`. A stream of
 * many lines at a time, since each wait costs more than a line.
 *
 * @throws what `refuse` makes, naming file and line
 */
export async function* readLines(path: string, refuse: Refuse): AsyncGenerator<readonly string[]> {
  const file = basename(path)
  const bytes = createReadStream(path)
  const unpacked = /\.gz$/i.test(path) ? [createGunzip()] : []
  const texts = createTextDecoder()
  // An error goes through to the decoder, whose texts are read here.
  pipeline([bytes, ...unpacked, texts], () => {})
  let rest: string[] = []
  let restUnits = 0
  let number = 1
  try {
    for await (const text of texts as AsyncIterable<string>) {
      const lines = text.split('\n')
      const last = lines.pop()!
      if (lines.length > 0) {
        lines[0] = rest.join('') + lines[0]
        rest = []
        restUnits = 0
        number += lines.length
        yield lines.map(withoutReturn)
      }
      rest.push(last)
      restUnits += last.length
      if (restUnits > maxLineUnits) throw refuse(`line ${number} of ${file} is longer than 64 Mi characters.`)
    }
  } catch (error) {
    throw bytesRefused(error, file, refuse) ?? error
  } finally {
    bytes.destroy()
  }
  if (restUnits > 0) yield [withoutReturn(rest.join(''))]
}

const withoutReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line)
