/** The files of an artifact that go into an archive: looked for, and read. */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fail } from './errors.js'
import { findPathProblem, isLitter, pathKey } from './store/archive/entry-path.js'

export interface PackedFile {
  /** Its path in the archive, with slashes. */
  readonly name: string
  readonly bytes: number
}

/** A file as it was when it was looked for. */
export interface FileToPack extends PackedFile {
  readonly path: string
  readonly identity: string
}

/** Of the content: another one where something was written, or another file put in its place. */
interface Identified {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

const identify = ({ dev, ino, size, mtimeNs, ctimeNs }: Identified) => [dev, ino, size, mtimeNs, ctimeNs].join(':')

const unreadable = (file: string, problem: string, cause?: unknown) =>
  fail('ARTIFACT_FILE_UNREADABLE', { file, problem }, cause)

/**
 * All files in a folder and the folders in it, but for those whose names begin with a dot.
 *
 * @returns in the order of their names, the same on each machine
 * @throws HostError ARTIFACT_FILE_UNREADABLE for what is neither file nor folder, a link that leads out of the folder, or a
 *   name that could not be unpacked everywhere
 */
export async function findFilesToPack(folder: string): Promise<FileToPack[]> {
  const root = await realpath(folder)
  const found = (await findIn(root, folder, '')).sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = new Map<string, string>()
  for (const { name, path } of found) {
    const key = pathKey(name.split('/'))
    const other = names.get(key)
    if (other) throw unreadable(path, `some systems take its name for that of ${other}`)
    names.set(key, name)
  }
  return found
}

/** @param below  of the folder's files, in the archive: empty, or the path of the folder with a slash */
async function findIn(root: string, folder: string, below: string): Promise<FileToPack[]> {
  const found: FileToPack[] = []
  const entries = await readdir(folder, { withFileTypes: true }).catch(error => {
    throw unreadable(folder, `its files cannot be listed (${error.code})`, error)
  })
  for (const entry of entries) {
    const name = below + entry.name
    if (isLitter(name.split('/'))) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await findIn(root, path, `${name}/`)))
    else found.push(await lookAt(root, path, name))
  }
  return found
}

async function lookAt(root: string, path: string, name: string): Promise<FileToPack> {
  const problem = findPathProblem(name)
  if (problem) throw unreadable(path, `it ${problem}`)
  const stats = await lstat(path, { bigint: true }).catch(error => {
    throw unreadable(path, `it cannot be found by its name (${error.code})`, error)
  })
  if (stats.isFile()) return { name, path, bytes: Number(stats.size), identity: identify(stats) }
  if (!stats.isSymbolicLink()) throw unreadable(path, 'it is not a regular file')
  const target = await realpath(path).catch(error => {
    throw unreadable(path, `it is a link to nothing (${error.code})`, error)
  })
  if (!target.startsWith(root.endsWith(sep) ? root : root + sep)) {
    throw unreadable(path, 'it is a link that leads out of the folder')
  }
  const linked = await lstat(target, { bigint: true })
  if (!linked.isFile()) throw unreadable(path, 'it is a link to what is not a regular file')
  return { name, path: target, bytes: Number(linked.size), identity: identify(linked) }
}

/** Always whole pieces but for the last, so that they are compressed alike each time. */
const pieceBytes = 1 << 18

/** @throws HostError ARTIFACT_FILE_UNREADABLE where it is not, or does not stay, as it was when it was looked for */
export async function* readFileToPack({ path, bytes, identity }: FileToPack): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(error => {
    throw unreadable(path, `it cannot be opened (${error.code})`, error)
  })
  try {
    const check = async () => {
      if (identify(await file.stat({ bigint: true })) !== identity)
        throw unreadable(path, 'it changed while it was packed')
    }
    await check()
    for (let position = 0; position < bytes; position += pieceBytes) {
      const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes - position))
      if ((await readPiece(file, piece, position)) < piece.length)
        throw unreadable(path, 'it shrank while it was packed')
      yield piece
    }
    await check()
  } finally {
    await file.close()
  }
}

async function readPiece(file: FileHandle, piece: Buffer, position: number): Promise<number> {
  let done = 0
  while (done < piece.length) {
    const { bytesRead } = await file.read(piece, done, piece.length - done, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}
