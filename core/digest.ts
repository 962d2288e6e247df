/** What a file or folder holds, in one line: SHA-256, streamed. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
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
 * count, nor where it lies; names that begin with a dot are editors' and file managers'.
 *
 * @returns SHA-256 in hexadecimal digits
 */
export async function digestTree(path: string): Promise<string> {
  const hash = createHash('sha256')
  const isFolder = (await stat(path)).isDirectory()
  for (const name of isFolder ? await filesBelow(path) : [basename(path)]) {
    hash.update(`${JSON.stringify(name)} ${await digestFile(isFolder ? join(path, name) : path)}\n`)
  }
  return hash.digest('hex')
}

async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const names = (await readdir(join(folder, below))).filter(name => !name.startsWith('.')).sort()
  const found: string[] = []
  for (const name of names) {
    const path = below === '' ? name : `${below}/${name}`
    // Links are followed, as whoever reads the channel does.
    const stats = await stat(join(folder, path))
    if (stats.isDirectory()) found.push(...(await filesBelow(folder, path)))
    else if (stats.isFile()) found.push(path)
  }
  return found
}
