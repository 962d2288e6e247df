import { createHash } from 'node:crypto'
import type { S3Bucket } from './bucket.js'
import { untilSound } from './fetch.js'
import { findObject } from './find.js'
import type { Upload } from './upload.js'

/** What lies where an object is to be put. */
export type Found = 'nothing' | 'the same' | 'other'

/**
 * Looks whether an object is there already, byte for byte. One of the same size is read: where S3 encrypts with a key of KMS, its
 * ETag tells nothing.
 *
 * @throws HostError STORE_UNAVAILABLE, STORE_DENIED; the reason of `signal`
 */
export async function compareObject(
  bucket: S3Bucket,
  { key, url, bytes, sha256 }: Pick<Upload, 'key' | 'url' | 'bytes' | 'sha256'>,
  signal: AbortSignal,
): Promise<Found> {
  const found = await findObject({ url, bucket, prefix: '' }, key, signal)
  if (!found) return 'nothing'
  if (found.bytes !== bytes) return 'other'
  const root = { url: `s3://${bucket.name}`, bucket }
  const digest = await untilSound(found, { root, target: key, signal }, async download => {
    const hash = createHash('sha256')
    for await (const piece of download.rest(signal)) hash.update(piece)
    return hash.digest()
  })
  return digest.equals(sha256) ? 'the same' : 'other'
}
