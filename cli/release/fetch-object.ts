import { fetchArchive, untilSound } from '../../core/store/s3/fetch.js'
import { type FoundObject, findObject } from '../../core/store/s3/find.js'
import type { UnpackLimits } from '../../core/store/store.js'
import { CommandError } from '../command.js'
import { type ArchiveFile, writeArchive } from './archive-file.js'
import type { BucketSettings, PlacedObject } from './buckets.js'

/**
 * Unpacks an archive from S3 into an empty folder, while it comes.
 *
 * @throws HostError ARCHIVE_INVALID, STORE_UNAVAILABLE, STORE_DENIED; CommandError where there is none
 */
export async function unpackObject(
  from: PlacedObject,
  folder: string,
  settings: BucketSettings,
  signal: AbortSignal,
): Promise<void> {
  const found = await find(from, signal)
  const { maxArchiveBytes: maxBytes, maxArchiveEntries: maxEntries, maxArchiveRatio: maxRatio } = settings
  const limits: UnpackLimits = { maxBytes, maxEntries, maxRatio }
  const root = { url: rootUrl(from), bucket: from.bucket }
  await fetchArchive(found, limits, { root, target: from.key, folder, signal })
}

/**
 * Brings an archive from S3 as it is.
 *
 * @throws HostError STORE_UNAVAILABLE, STORE_DENIED; CommandError where there is none
 */
export async function fetchObject(from: PlacedObject, path: string, signal: AbortSignal): Promise<ArchiveFile> {
  const found = await find(from, signal)
  const root = { url: rootUrl(from), bucket: from.bucket }
  return untilSound(found, { root, target: from.key, signal }, download => writeArchive(path, download.rest(signal)))
}

async function find({ bucket, key, url }: PlacedObject, signal: AbortSignal): Promise<FoundObject> {
  const found = await findObject({ url, bucket, prefix: '' }, key, signal)
  if (found) return found
  throw new CommandError(`There is no ${url}.`)
}

const rootUrl = ({ bucket }: PlacedObject) => `s3://${bucket.name}`
