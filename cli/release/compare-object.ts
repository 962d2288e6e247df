import { createHash } from 'node:crypto'
import { ArchiveProblem } from '../../core/store/archive/archive-problem.js'
import { gunzip } from '../../core/store/archive/gunzip.js'
import { untilSound } from '../../core/store/s3/fetch.js'
import { findObject } from '../../core/store/s3/find.js'
import type { ArchiveFile } from './archive-file.js'
import type { PlacedObject } from './buckets.js'

/** What lies where an archive is to be put. */
export type Found =
  | { readonly is: 'nothing' }
  /** Compressed by another machine it may have other bytes. */
  | { readonly is: 'the same'; readonly bytes: number; readonly sha256: Buffer }
  | { readonly is: 'other' }

/**
 * Looks whether an archive with the same content is there already. It is read: where S3 encrypts with a key of KMS, an ETag
 * tells nothing.
 *
 * @param maxRatio  bytes that one byte of it may become
 * @throws HostError STORE_UNAVAILABLE, STORE_DENIED; the reason of `signal`
 */
export async function compareObject(
  { bucket, key, url }: PlacedObject,
  archive: ArchiveFile,
  maxRatio: number,
  signal: AbortSignal,
): Promise<Found> {
  const found = await findObject({ url, bucket, prefix: '' }, key, signal)
  if (!found) return { is: 'nothing' }
  const wanted = { root: { url: `s3://${bucket.name}`, bucket }, target: key, signal }
  const sha256 = await untilSound(found, wanted, download => digest(download.rest(signal)))
  const same = { is: 'the same', bytes: found.bytes, sha256 } as const
  if (sha256.equals(archive.sha256)) return same
  const [there, here] = [
    await untilSound(found, wanted, download => digestInside(download.rest(signal), maxRatio)),
    await digestInside(archive.open(), maxRatio),
  ]
  return there && here?.equals(there) ? same : { is: 'other' }
}

async function digest(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const hash = createHash('sha256')
  for await (const piece of content) hash.update(piece)
  return hash.digest()
}

/** @returns undefined where it is no gzip file, or none that a host would unpack */
async function digestInside(archive: AsyncIterable<Uint8Array>, maxRatio: number): Promise<Buffer | undefined> {
  try {
    return await digest(gunzip(archive, maxRatio))
  } catch (error) {
    if (error instanceof ArchiveProblem) return undefined
    throw error
  }
}
