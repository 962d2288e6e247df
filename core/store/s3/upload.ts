import { Readable } from 'node:stream'
import { fail } from '../../errors.js'
import { S3Bucket } from './bucket.js'
import type { S3Settings } from './client.js'
import { PassingError, statusOf } from './errors.js'
import { findObject } from './find.js'
import { retry } from './retry.js'

/** The largest object that S3 takes in one piece. @see Amazon S3 User Guide, Uploading objects */
export const maxUploadBytes = 5 * 2 ** 30
/** In which further bytes must be taken, or the answer must come: the system's buffers empty slowly over a thin line. */
const stallMs = 60_000

export interface Upload {
  readonly key: string
  /** For messages. */
  readonly url: string
  readonly bytes: number
  readonly sha256: Buffer
  readonly md5: Buffer
  /** The same bytes each time. */
  open(): Readable
  /** May it replace another object? */
  readonly overwrite: boolean
}

/** Puts an object into a bucket of this name, over connections that end with it. @see uploadObject */
export async function uploadTo(
  name: string,
  settings: S3Settings,
  upload: Upload,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bucket = new S3Bucket(name, settings)
  try {
    return await uploadObject(bucket, upload, signal)
  } finally {
    bucket.close()
  }
}

/**
 * Puts an object, with its checksum for S3 to check.
 *
 * @returns its ETag; undefined where there is an object already that must stay
 * @throws HostError STORE_UNAVAILABLE, STORE_DENIED; what `open` throws; the reason of `signal`
 */
export async function uploadObject(bucket: S3Bucket, upload: Upload, signal: AbortSignal): Promise<string | undefined> {
  const { key, url, md5, overwrite } = upload
  const find = () => findObject({ url, bucket, prefix: '' }, key, signal)
  // Not every server that speaks S3 knows If-None-Match.
  if (!overwrite && (await find())) return undefined
  let tries = 0
  return retry(url, signal, async () => {
    tries++
    try {
      return await putOnce(bucket, upload, signal)
    } catch (error) {
      if (overwrite || ![409, 412].includes(statusOf(error) ?? 0)) throw error
      // A try before may have brought it, though its answer was lost.
      const found = tries > 1 ? await find() : undefined
      return found && md5Of(found.etag) === md5.toString('hex') ? found.etag : undefined
    }
  })
}

async function putOnce(bucket: S3Bucket, upload: Upload, signal: AbortSignal): Promise<string | undefined> {
  const { key, url, bytes, sha256, md5, overwrite } = upload
  const own = new AbortController()
  const stop = () => own.abort(signal.reason)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const content = upload.open()
  let timer: NodeJS.Timeout | undefined
  let isAnswered = false
  const watch = () => {
    // S3 answers at the last byte, perhaps before the source has said that it was the last one.
    if (isAnswered) return
    timer = setTimeout(() => own.abort(new PassingError(`no byte was taken for ${stallMs} ms`)), stallMs)
  }
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      watch()
      yield chunk
      clearTimeout(timer)
    }
    watch()
  }
  const body = Readable.from(watched(), { objectMode: false })
  // The SDK does not look at it, and would wait for the rest.
  body.on('error', error => own.abort(error))
  const input = {
    Key: key,
    Body: body,
    ContentLength: bytes,
    ContentType: 'application/gzip',
    ChecksumSHA256: sha256.toString('base64'),
    ...(overwrite ? {} : { IfNoneMatch: '*' }),
  }
  try {
    const { ETag: etag = '', ServerSideEncryption: encryption = '' } = await bucket.put(input, own.signal)
    const stored = encryption.startsWith('aws:') ? undefined : md5Of(etag)
    if (stored !== undefined && stored !== md5.toString('hex')) {
      const problem = `it stored other bytes than were sent (their MD5 is ${stored}, but was ${md5.toString('hex')})`
      throw fail('STORE_UNAVAILABLE', { store: url, problem })
    }
    return etag
  } finally {
    isAnswered = true
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    body.destroy()
    content.destroy()
  }
}

function md5Of(etag: string | undefined): string | undefined {
  return /^"?([0-9a-f]{32})"?$/.exec(etag ?? '')?.[1]
}
