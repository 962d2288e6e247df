/** The bytes of one version of an object, put together from as many answers as that takes. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { fail } from '../../errors.js'
import { replaced } from '../replaced.js'
import { discard, readBody } from './body.js'
import type { S3Bucket } from './bucket.js'
import { createDigest, type Digest } from './digest.js'
import { isPassing, PassingError, statusOf, toStoreError } from './errors.js'
import { maxTries, pause } from './retry.js'

export interface WantedObject {
  readonly key: string
  /** With its quotes; undefined where a server gives none. */
  readonly etag: string | undefined
  readonly bytes: number
  /** For messages: the store, and what was asked of it. */
  readonly store: string
  readonly target: string
}

/** However many bytes each try brings. */
const maxTriesInAll = 50

/** Thrown where all bytes came, but not as S3 has them. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

export class ObjectDownload {
  /** Bytes that came; the digest has seen them all. */
  #offset = 0
  #digest: Digest | undefined
  #tries = 0
  /** Who reads now. */
  #reader = 0

  constructor(
    private readonly bucket: S3Bucket,
    private readonly wanted: WantedObject,
  ) {}

  get bytesLeft(): number {
    return this.wanted.bytes - this.#offset
  }

  /**
   * What has not come yet, to the last byte. Where an answer breaks off or stalls, it goes on there with another one. Who
   * read before, and may wait for a byte still, gets no more.
   *
   * @throws HostError STORE_UNAVAILABLE (see `isReplaced`), STORE_DENIED, TARGET_NOT_FOUND; DamagedError; the signal's reason
   */
  async *rest(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { bytes, store } = this.wanted
    const reader = ++this.#reader
    let triesInVain = 0
    while (this.#offset < bytes) {
      const before = this.#offset
      this.#tries++
      try {
        yield* this.#piece(reader, signal)
        break
      } catch (error) {
        signal.throwIfAborted()
        if (reader !== this.#reader) throw error
        triesInVain = this.#offset > before ? 0 : triesInVain + 1
        const isEnough = triesInVain === maxTries || this.#tries === maxTriesInAll
        if (isEnough || !isPassing(error)) throw toStoreError(store, error, this.#tries)
      }
      await pause(triesInVain + 1, signal)
    }
    const mismatch = this.#digest?.findMismatch()
    if (mismatch) throw new DamagedError(`its bytes do not have the ${mismatch} checksum that S3 gives`)
  }

  /** One answer, from where the last one ended. */
  async *#piece(reader: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const { bytes } = this.wanted
    const head = await this.#ask(signal)
    this.#digest ??= createDigest(head, this.bucket.name)
    for await (const chunk of readBody(head, this.bucket.settings.s3BodyTimeoutMs, signal)) {
      if (reader !== this.#reader) throw new Error('another one reads now')
      if (chunk.length > this.bytesLeft) throw new PassingError(`more than the ${bytes} bytes of the object came`)
      this.#digest.update(chunk)
      this.#offset += chunk.length
      yield chunk
    }
    if (this.bytesLeft > 0) throw new PassingError(`the answer ended after ${this.#offset} of ${bytes} bytes`)
  }

  /** @returns the head of an answer that begins at the offset, of the wanted version */
  async #ask(signal: AbortSignal): Promise<GetObjectCommandOutput> {
    const { key, etag, bytes, store, target } = this.wanted
    const from = this.#offset
    const input = { Key: key, ...(etag ? { IfMatch: etag } : {}), ...(from > 0 ? { Range: `bytes=${from}-` } : {}) }
    const head = await this.bucket.get(input, signal).catch((error: unknown) => {
      const status = statusOf(error)
      if (status === 412 || status === 416) throw replaced(store, target)
      if (status === 404 && (error as Error).name !== 'NoSuchBucket') throw fail('TARGET_NOT_FOUND', { target, store })
      throw error
    })
    try {
      // Not every server that speaks S3 knows If-Match.
      if (head.ETag !== etag) throw replaced(store, target)
      if (from > 0 && !head.ContentRange?.startsWith(`bytes ${from}-`))
        throw new Error(`S3 was asked for the bytes from ${from} on, and sends others`)
      const promised = from + (head.ContentLength ?? bytes - from)
      if (promised !== bytes) throw new PassingError(`S3 promises ${promised} bytes of an object that has ${bytes}`)
    } catch (error) {
      discard(head)
      throw error
    }
    return head
  }
}
