/** What a file or folder holds, in one line: SHA-256, streamed. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** @returns SHA-256 of the file's bytes, in hexadecimal digits */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return hash.digest('hex')
}

/**
 * Of a file, its name and content; of a folder, those of all files below it, in the order of their paths. Times do not
 * count, nor where it lies; names that begin with a dot are editors' and file managers'. Links are followed, as whoever
 * reads the channel does: one that leads nowhere is a name, and a folder is looked into once, however often it is met.
 *
 * @returns SHA-256 in hexadecimal digits; undefined for what can be read once only, such as a pipe
 */
export async function digestTree(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  const stats = await stat(path)
  if (!stats.isDirectory() && !stats.isFile()) return undefined
  const entries = stats.isDirectory() ? entriesBelow(path) : [{ name: basename(path), file: path }]
  for await (const { name, file } of entries) {
    hash.update(`${JSON.stringify(name)} ${file === undefined ? '-' : await digestFile(file)}\n`)
  }
  return hash.digest('hex')
}

interface Entry {
  /** Path below the folder. */
  readonly name: string
  /** Undefined where there is nothing to read. */
  readonly file: string | undefined
}

async function* entriesBelow(folder: string, below = '', seen = new Set<string>()): AsyncGenerator<Entry> {
  const path = join(folder, below)
  const real = await realpath(path)
  if (seen.has(real)) return yield { name: below, file: undefined }
  seen.add(real)
  const names = (await readdir(path)).filter(name => !name.startsWith('.')).sort()
  for (const own of names) {
    const name = below === '' ? own : `${below}/${own}`
    const file = join(folder, name)
    const stats = await stat(file).catch(() => undefined)
    if (stats?.isDirectory()) yield* entriesBelow(folder, name, seen)
    else yield { name, file: stats?.isFile() ? file : undefined }
  }
}
