import { createHash } from 'node:crypto'
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { fail } from '../../errors.js'
import { isTarget } from '../target.js'
import { discard } from './body.js'
import type { S3Bucket } from './bucket.js'
import { isPassing, statusOf } from './errors.js'
import { retry } from './retry.js'

/** @see Amazon S3 User Guide, Naming Amazon S3 objects */
const maxKeyBytes = 1024

/** Where a store is in S3, and how far it goes. */
export interface S3Root {
  /** `s3://bucket/prefix`, for messages. */
  readonly url: string
  readonly bucket: S3Bucket
  /** Of all keys: empty, or with a slash at its end. */
  readonly prefix: string
  readonly maxBytes: number
  readonly maxEntries: number
}

export interface FoundObject {
  readonly key: string
  readonly etag: string | undefined
  readonly bytes: number
  /** Another one where the object is another. */
  readonly version: string
}

/** @returns undefined where there is no such object */
export async function findObject(
  root: Pick<S3Root, 'url' | 'bucket' | 'prefix'>,
  target: string,
  signal: AbortSignal,
): Promise<FoundObject | undefined> {
  const key = root.prefix + target
  // S3 would call it a bad request, and there is none.
  if (Buffer.byteLength(key) > maxKeyBytes) return undefined
  const head = await retry(root.url, signal, () => headOf(root.bucket, key, signal))
  if (!head) return undefined
  const { ETag: etag, ContentLength: bytes = 0, VersionId, LastModified } = head
  const version = [etag ?? `${bytes} bytes of ${LastModified?.toISOString()}`, VersionId].filter(Boolean).join(' ')
  return { key, etag, bytes, version }
}

async function headOf(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  try {
    return await bucket.head({ Key: key }, signal)
  } catch (error) {
    const status = statusOf(error)
    if (status === 404) return undefined
    if (status === undefined || isPassing(error)) throw error
    // An answer to HEAD has no body; what is wrong stands in that of the same question by GET.
    discard(await bucket.get({ Key: key, Range: 'bytes=0-0' }, signal))
    throw error
  }
}

export interface FoundFolder {
  readonly files: readonly FolderFile[]
  readonly bytes: number
  readonly version: string
}

export interface FolderFile extends FoundObject {
  readonly name: string
}

/**
 * The objects directly below a prefix; names that begin with a dot, and deeper ones, are none of an artifact.
 *
 * @returns undefined where there are none
 * @throws HostError ARCHIVE_INVALID where they are more, or larger, than an artifact may be
 */
export async function findFolder(root: S3Root, target: string, signal: AbortSignal): Promise<FoundFolder | undefined> {
  const { bucket, url, maxEntries, maxBytes } = root
  const prefix = `${root.prefix}${target}/`
  if (Buffer.byteLength(prefix) > maxKeyBytes) return undefined
  const files: FolderFile[] = []
  let bytes = 0
  let token: string | undefined
  for (let calls = 1; ; calls++) {
    const input = { Prefix: prefix, Delimiter: '/', ...(token ? { ContinuationToken: token } : {}) }
    const page = await retry(url, signal, () => bucket.list(input, signal))
    for (const { Key: key = '', ETag: etag, Size: size = 0 } of page.Contents ?? []) {
      const name = key.slice(prefix.length)
      if (!key.startsWith(prefix) || name.includes('/') || !isTarget(name)) continue
      files.push({ key, etag, bytes: size, name, version: etag ?? '' })
      bytes += size
    }
    const tooLarge = (problem: string) => fail('ARCHIVE_INVALID', { file: target, problem })
    if (files.length > maxEntries)
      throw tooLarge(`there are more than ${maxEntries} files below it (--max-archive-entries)`)
    if (bytes > maxBytes) throw tooLarge(`it has more than ${maxBytes} bytes (--max-archive-bytes)`)
    token = page.IsTruncated ? page.NextContinuationToken : undefined
    if (token === undefined) break
    // Prefixes of deeper keys fill pages, too.
    if (calls > 10 + maxEntries / 1000) throw tooLarge('there are too many folders below it')
  }
  if (files.length === 0) return undefined
  const hash = createHash('sha256')
  for (const file of files) hash.update(JSON.stringify([file.name, file.etag, file.bytes]))
  return { files, bytes, version: hash.digest('hex') }
}
