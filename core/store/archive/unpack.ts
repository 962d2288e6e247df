/**
 * Unpacks archives of strangers.
 *
 *   source ─▶ untilAborted ─▶ gunzip (ratio) ─▶ tar-parser ─▶ tar-reader (types, entries, bytes) ─▶ entry-path ─▶ folder-writer
 *
 * Each side pulls from the one before it: what is in memory is a piece of a file, an extended header, and the paths.
 */
import { fail } from '../../errors.js'
import type { UnpackLimits } from '../store.js'
import { untilAborted } from '../until-aborted.js'
import { sniffBytes, tellArchiveKind } from './archive-kind.js'
import { ArchiveProblem } from './archive-problem.js'
import { isLitter, splitEntryPath } from './entry-path.js'
import { FolderWriter } from './folder-writer.js'
import { gunzip } from './gunzip.js'
import { PeekedStream } from './peeked-stream.js'
import { readTarEntries } from './tar-reader.js'
import { UnpackBudget } from './unpack-budget.js'

export interface UnpackOptions {
  /** Of the archive, for errors. */
  readonly file: string
  readonly limits: UnpackLimits
  readonly signal: AbortSignal
}

/**
 * Unpacks a tar or tar.gz (told by its first bytes, not its name) while it streams.
 *
 * Only files (mode 0644) and folders (0755), at paths below the folder; whatever else an archive may bring fails it. Left
 * out are names that begin with a dot and `__MACOSX`. What was written before an error stays: the folder is the caller's
 * to remove.
 *
 * @param source  destroyed, if it is a Node stream, or returned where it was not read to its end
 * @param folder  empty, and nobody else's
 * @throws HostError ARCHIVE_INVALID; errors of the disk as Node has them; whatever `source` throws; the signal's reason
 */
export async function unpack(source: AsyncIterable<Uint8Array>, folder: string, options: UnpackOptions): Promise<void> {
  const { file, limits, signal } = options
  const ended = new AbortController()
  const end = () => ended.abort(signal.reason)
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  const archive = new PeekedStream(untilAborted(source, ended.signal))
  try {
    await unpackFrom(archive, folder, limits)
  } catch (error) {
    if (error instanceof ArchiveProblem) throw fail('ARCHIVE_INVALID', { file, problem: error.message })
    throw error
  } finally {
    signal.removeEventListener('abort', end)
    // What still reads ahead stops, whatever it waits for.
    ended.abort()
    archive.close()
  }
}

async function unpackFrom(archive: PeekedStream, folder: string, limits: UnpackLimits): Promise<void> {
  const found = tellArchiveKind(await archive.peek(sniffBytes))
  if (found.kind === 'tar') return writeEntries(archive, folder, limits)
  if (found.kind === 'other') throw notArchive('it is no tar or tar.gz', found.looksLike)
  const inside = new PeekedStream(gunzip(archive.read(), limits.maxRatio))
  try {
    const packed = tellArchiveKind(await inside.peek(sniffBytes))
    if (packed.kind === 'gzip') throw notArchive('its content is no tar', 'a gzip file once more')
    if (packed.kind === 'other') throw notArchive('its content is no tar', packed.looksLike)
    await writeEntries(inside, folder, limits)
  } finally {
    inside.close()
  }
}

const notArchive = (what: string, looksLike: string) => new ArchiveProblem(`${what}, but looks like ${looksLike}`)

async function writeEntries(archive: PeekedStream, folder: string, limits: UnpackLimits): Promise<void> {
  const budget = new UnpackBudget(limits)
  const writer = new FolderWriter(folder, () => budget.addEntry())
  let files = 0
  for await (const { path, isFolder, content } of readTarEntries(archive.read(), budget)) {
    const parts = splitEntryPath(path)
    if (isLitter(parts)) continue
    if (isFolder) {
      await writer.addFolder(parts)
      continue
    }
    if (parts.length === 0) throw new ArchiveProblem('it has a file without a name')
    await writer.addFile(parts, content)
    files++
  }
  if (files === 0) throw new ArchiveProblem('there is no file in it')
}
