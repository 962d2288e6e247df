import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, type HostError, isHostError } from '../../errors.js'
import { unpack } from '../archive/unpack.js'
import { replaced } from '../replaced.js'
import type { UnpackLimits } from '../store.js'
import type { FolderFile, FoundFolder, FoundObject, S3Root } from './find.js'
import { DamagedError, ObjectDownload } from './object.js'

/** Times that an object is fetched whose bytes do not have the checksum that S3 gives. */
const maxFetches = 3
/** An archive that cannot be unpacked is read on, to see whether it came as it is stored, where no more is left. */
const maxReadOnBytes = 64 << 20
const filesAtOnce = 4

interface Wanted {
  readonly root: Pick<S3Root, 'url' | 'bucket'>
  readonly target: string
  readonly signal: AbortSignal
}

interface Fetch extends Wanted {
  /** Exists, and is empty. */
  readonly folder: string
}

/** Unpacks an archive while it comes. */
export async function fetchArchive(object: FoundObject, limits: UnpackLimits, fetch: Fetch): Promise<void> {
  const { target, folder, signal } = fetch
  await untilSound(object, fetch, async (download, isAgain) => {
    if (isAgain) await empty(folder)
    try {
      await unpack(download.rest(signal), folder, { file: target, limits, signal })
    } catch (error) {
      const isWorthIt = isHostError(error) && error.code === 'ARCHIVE_INVALID' && download.bytesLeft <= maxReadOnBytes
      if (isWorthIt) await readOn(download, signal)
      throw error
    }
    // What stands behind the end of an archive has its part in the checksum.
    await readOn(download, signal)
  })
}

/** Writes the files of a prefix, a few at a time. Nothing is written any more once this has settled. */
export async function fetchFolder({ files }: FoundFolder, fetch: Fetch): Promise<void> {
  const failed = new AbortController()
  const stop = () => failed.abort(fetch.signal.reason)
  fetch.signal.addEventListener('abort', stop)
  if (fetch.signal.aborted) stop()
  const waiting = [...files]
  const work = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      failed.signal.throwIfAborted()
      await fetchFile(file, { ...fetch, signal: failed.signal })
    }
  }
  try {
    const works = Array.from({ length: filesAtOnce }, () =>
      work().catch(error => {
        if (!failed.signal.aborted) failed.abort(error)
      }),
    )
    await Promise.all(works)
    failed.signal.throwIfAborted()
  } finally {
    fetch.signal.removeEventListener('abort', stop)
  }
}

async function fetchFile(object: FolderFile, fetch: Fetch): Promise<void> {
  const path = join(fetch.folder, object.name)
  try {
    await untilSound(object, fetch, async (download, isAgain) => {
      if (isAgain) await rm(path)
      const file = await open(path, 'wx', 0o644)
      try {
        for await (const bytes of download.rest(fetch.signal)) await writeAll(file, bytes)
      } finally {
        await file.close()
      }
    })
  } catch (error) {
    // It was there when the folder was found.
    if (isHostError(error) && error.code === 'TARGET_NOT_FOUND') throw replaced(fetch.root.url, fetch.target)
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten
}

/**
 * Fetches an object, and again where its bytes do not have the checksum that S3 gives.
 *
 * @param read  reads the download to its end; the second time it begins anew
 * @throws HostError as `ObjectDownload.rest` throws them; what `read` throws
 */
export async function untilSound<T>(
  { key, etag, bytes }: FoundObject,
  { root, target, signal }: Wanted,
  read: (download: ObjectDownload, isAgain: boolean) => Promise<T>,
): Promise<T> {
  for (let fetches = 1; ; fetches++) {
    try {
      const download = new ObjectDownload(root.bucket, { key, etag, bytes, store: root.url, target })
      return await read(download, fetches > 1)
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error
      if (fetches === maxFetches) throw damaged(root.url, target, error)
      signal.throwIfAborted()
    }
  }
}

function damaged(store: string, target: string, error: DamagedError): HostError {
  const problem = `"${target}" came ${maxFetches} times, and ${error.message}`
  return fail('STORE_UNAVAILABLE', { store, problem }, error)
}

async function readOn(download: ObjectDownload, signal: AbortSignal): Promise<void> {
  for await (const _ of download.rest(signal)) {
    // The digest has seen them.
  }
}

async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
}
