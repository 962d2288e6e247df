/** Reads an archive of a folder store. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { unpack } from '../archive/unpack.js'
import { codeOf, storeError } from '../disk-errors.js'
import { replaced } from '../replaced.js'
import type { UnpackLimits } from '../store.js'
import type { Place } from './place.js'

const chunkBytes = 1 << 18

interface Archive extends Place {
  readonly store: string
  readonly target: string
}

/**
 * Unpacks exactly the file that was found: not one that was put in its place, not one that is written to meanwhile.
 *
 * @throws HostError ARCHIVE_INVALID, STORE_DENIED, STORE_UNAVAILABLE (`isReplaced` where it is another file by now);
 *   errors of the other disk as Node has them
 */
export async function unpackArchive(
  archive: Archive,
  folder: string,
  limits: UnpackLimits,
  signal: AbortSignal,
): Promise<void> {
  const file = await openFound(archive)
  try {
    await checkUnchanged(file, archive)
    try {
      await unpack(readChunks(file, archive, signal), folder, { file: archive.target, limits, signal })
    } catch (error) {
      // What was written over while it was read looks broken.
      await checkUnchanged(file, archive)
      throw error
    }
    await checkUnchanged(file, archive)
  } finally {
    await file.close()
  }
}

async function openFound({ path, store, target }: Archive): Promise<FileHandle> {
  try {
    // A fifo that nobody writes to does not block, a link that took its place is not followed.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) throw replaced(store, target)
    throw storeError(error, store)
  }
}

async function checkUnchanged(file: FileHandle, { stats, store, target }: Archive): Promise<void> {
  const now = await file.stat({ bigint: true }).catch(error => {
    throw storeError(error, store)
  })
  const isSame = (['dev', 'ino', 'size', 'mtimeNs'] as const).every(field => now[field] === stats[field])
  if (!isSame) throw replaced(store, target)
}

/** As many bytes as it had when it was found, however it grows. */
async function* readChunks(file: FileHandle, { stats, store }: Archive, signal: AbortSignal) {
  for (let left = Number(stats.size); left > 0; ) {
    signal.throwIfAborted()
    const chunk = Buffer.allocUnsafeSlow(Math.min(chunkBytes, left))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null).catch(error => {
      throw storeError(error, store)
    })
    if (bytesRead === 0) return
    left -= bytesRead
    yield chunk.subarray(0, bytesRead)
  }
}
