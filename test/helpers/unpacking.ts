import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { unpack } from '../../core/store/archive/unpack.js'
import type { UnpackLimits } from '../../core/store/store.js'
import { folder } from './artifacts.js'

export const roomyLimits: UnpackLimits = { maxBytes: 64 << 20, maxEntries: 1000, maxRatio: 200 }

export interface UnpackTry {
  readonly limits?: Partial<UnpackLimits>
  /** Bytes the source gives at a time. */
  readonly pieceBytes?: number
  readonly signal?: AbortSignal
}

/**
 * Unpacks into a folder that is gone with the test.
 *
 * @returns path -> content of each file, and path with a slash -> '' of each folder
 */
export async function unpacked(
  t: Pick<Test, 'teardown'>,
  archive: Uint8Array | AsyncIterable<Uint8Array>,
  { limits, pieceBytes = 65_536, signal = new AbortController().signal }: UnpackTry = {},
): Promise<Record<string, string>> {
  const target = await folder(t)
  const source = archive instanceof Uint8Array ? inPieces(archive, pieceBytes) : archive
  await unpack(source, target, { file: 'claims.tar.gz', limits: { ...roomyLimits, ...limits }, signal })
  return readTree(target)
}

export async function* inPieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

export async function readTree(path: string): Promise<Record<string, string>> {
  return Object.fromEntries(await listTree(path, ''))
}

async function listTree(path: string, below: string): Promise<[string, string][]> {
  const found: [string, string][] = []
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const name = below + entry.name
    const inside = join(path, entry.name)
    if (entry.isDirectory()) found.push([`${name}/`, ''], ...(await listTree(inside, `${name}/`)))
    else found.push([name, entry.isFile() ? await readFile(inside, 'utf8') : 'not a file'])
  }
  return found
}

/** What is wrong with the archive, as the error says it. */
export const invalidArchive = (problem: RegExp) => ({
  code: 'ARCHIVE_INVALID',
  status: 422,
  message: new RegExp(`^claims\\.tar\\.gz cannot be unpacked: ${problem.source}`, problem.flags),
})
