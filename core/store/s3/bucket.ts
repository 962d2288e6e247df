/** The requests that are made of a bucket: each is sent once, and answered within a time or given up. */
import type * as Sdk from '@aws-sdk/client-s3'
import { type OpenedClient, openClient, type S3Settings } from './client.js'
import { PassingError } from './errors.js'

type Input<C extends { input: object }> = Omit<C['input'], 'Bucket'>
type Ask<T> = (opened: OpenedClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>

export class S3Bucket {
  #opened: Promise<OpenedClient> | undefined

  constructor(
    readonly name: string,
    readonly settings: S3Settings,
  ) {}

  head(input: Input<Sdk.HeadObjectCommand>, signal: AbortSignal): Promise<Sdk.HeadObjectCommandOutput> {
    const whole = { Bucket: this.name, ...input }
    return this.#send(({ sdk, client }, options) => client.send(new sdk.HeadObjectCommand(whole), options), signal)
  }

  /** Resolves with the head of the answer; its body is read by `readBody`, or discarded. */
  get(input: Input<Sdk.GetObjectCommand>, signal: AbortSignal): Promise<Sdk.GetObjectCommandOutput> {
    const whole = { Bucket: this.name, ...input }
    return this.#send(({ sdk, client }, options) => client.send(new sdk.GetObjectCommand(whole), options), signal)
  }

  async list(input: Input<Sdk.ListObjectsV2Command>, signal: AbortSignal): Promise<Sdk.ListObjectsV2CommandOutput> {
    // Keys with characters that XML does not have come only so.
    const whole = { Bucket: this.name, EncodingType: 'url', ...input } as const
    const answer = await this.#send(
      ({ sdk, client }, options) => client.send(new sdk.ListObjectsV2Command(whole), options),
      signal,
    )
    const isEncoded = answer.EncodingType === 'url'
    const Contents = (answer.Contents ?? []).map(({ Key = '', ETag, ...rest }) => ({
      ...rest,
      Key: isEncoded ? decodeKey(Key) : Key,
      // Some servers leave them out of lists.
      ...(ETag === undefined ? {} : { ETag: ETag.includes('"') ? ETag : `"${ETag}"` }),
    }))
    return { ...answer, Contents }
  }

  /** It takes as long as its body; who sends that watches over it. */
  put(input: Input<Sdk.PutObjectCommand>, signal: AbortSignal): Promise<Sdk.PutObjectCommandOutput> {
    const whole = { Bucket: this.name, ...input }
    const ask: Ask<Sdk.PutObjectCommandOutput> = ({ sdk, client }, options) =>
      client.send(new sdk.PutObjectCommand(whole), options)
    return this.#send(ask, signal, Number.POSITIVE_INFINITY)
  }

  /** Ends its connections. */
  close(): void {
    this.#opened?.then(
      ({ client }) => client.destroy(),
      () => {},
    )
  }

  async #send<T>(ask: Ask<T>, signal: AbortSignal, limitMs = this.settings.s3RequestTimeoutMs): Promise<T> {
    signal.throwIfAborted()
    this.#opened ??= openClient(this.settings).catch(error => {
      // The next request tries anew.
      this.#opened = undefined
      throw error
    })
    const opened = await this.#opened
    const own = new AbortController()
    const stop = () => own.abort(signal.reason)
    signal.addEventListener('abort', stop)
    const late = () => own.abort(new PassingError(`no answer within ${limitMs} ms`))
    const timer = Number.isFinite(limitMs) ? setTimeout(late, limitMs) : undefined
    try {
      signal.throwIfAborted()
      // Raced, for the SDK does not stop to look for credentials.
      return await Promise.race([aborted(own.signal), ask(opened, { abortSignal: own.signal })])
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

/** A space is a plus sign in it. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}
