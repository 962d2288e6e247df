/** The requests that are made of a bucket: each is sent once, and answered within a time or given up. */
import type { Readable } from 'node:stream'
import type * as Sdk from '@aws-sdk/client-s3'
import { fail } from '../errors.js'
import type { Settings } from '../setting-table.js'
import { PassingError } from './s3-errors.js'

export type S3Settings = Pick<
  Settings,
  's3Region' | 's3Endpoint' | 's3PathStyle' | 's3ConnectTimeoutMs' | 's3RequestTimeoutMs' | 's3BodyTimeoutMs'
>

/** @throws HostError CONFIG_INVALID for what the SDK could not use */
export function checkS3Settings({ s3Endpoint, s3Region }: S3Settings): void {
  const protocol = s3Endpoint !== undefined && URL.canParse(s3Endpoint) ? new URL(s3Endpoint).protocol : undefined
  if (s3Endpoint !== undefined && protocol !== 'https:' && protocol !== 'http:') {
    const problem = `"${s3Endpoint}" is no URL. Write one as https://s3.example.com, or http://localhost:9000.`
    throw fail('CONFIG_INVALID', { setting: 's3Endpoint', problem })
  }
  if (s3Region !== undefined && !/^[a-z0-9-]{1,63}$/i.test(s3Region)) {
    const problem = `"${s3Region}" is no region. Write one as eu-central-1.`
    throw fail('CONFIG_INVALID', { setting: 's3Region', problem })
  }
}

interface Opened {
  readonly sdk: typeof Sdk
  readonly client: Sdk.S3Client
}

type Input<C extends { input: object }> = Omit<C['input'], 'Bucket'>

export class S3Bucket {
  #opened: Promise<Opened> | undefined

  constructor(
    readonly name: string,
    readonly settings: S3Settings,
  ) {}

  head(input: Input<Sdk.HeadObjectCommand>, signal: AbortSignal): Promise<Sdk.HeadObjectCommandOutput> {
    return this.#send(
      ({ sdk, client }, abortSignal) => {
        return client.send(new sdk.HeadObjectCommand({ Bucket: this.name, ...input }), { abortSignal })
      },
      signal,
      this.settings.s3RequestTimeoutMs,
    )
  }

  /** Resolves with the head of the answer; its body is read by `readBody`, or destroyed. */
  get(input: Input<Sdk.GetObjectCommand>, signal: AbortSignal): Promise<Sdk.GetObjectCommandOutput> {
    return this.#send(
      ({ sdk, client }, abortSignal) => {
        return client.send(new sdk.GetObjectCommand({ Bucket: this.name, ...input }), { abortSignal })
      },
      signal,
      this.settings.s3RequestTimeoutMs,
    )
  }

  /** Keys with characters that XML does not have come, too. */
  async list(input: Input<Sdk.ListObjectsV2Command>, signal: AbortSignal): Promise<Sdk.ListObjectsV2CommandOutput> {
    const answer = await this.#send(
      ({ sdk, client }, abortSignal) => {
        const whole = { Bucket: this.name, EncodingType: 'url', ...input } as const
        return client.send(new sdk.ListObjectsV2Command(whole), { abortSignal })
      },
      signal,
      this.settings.s3RequestTimeoutMs,
    )
    if (answer.EncodingType !== 'url') return answer
    const Contents = answer.Contents?.map(({ Key, ...rest }) => (Key ? { Key: decodeKey(Key), ...rest } : rest))
    return Contents ? { ...answer, Contents } : answer
  }

  /** It takes as long as its body; whoever sends that watches over it. */
  put(input: Input<Sdk.PutObjectCommand>, signal: AbortSignal): Promise<Sdk.PutObjectCommandOutput> {
    return this.#send(
      ({ sdk, client }, abortSignal) => {
        return client.send(new sdk.PutObjectCommand({ Bucket: this.name, ...input }), { abortSignal })
      },
      signal,
      undefined,
    )
  }

  /** Ends its connections. */
  close(): void {
    this.#opened?.then(
      ({ client }) => client.destroy(),
      () => {},
    )
  }

  async #send<T>(
    ask: (opened: Opened, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
    limitMs: number | undefined,
  ): Promise<T> {
    signal.throwIfAborted()
    this.#opened ??= openClient(this.settings)
    const opened = await this.#opened
    const own = new AbortController()
    const stop = () => own.abort(signal.reason)
    signal.addEventListener('abort', stop)
    const late = () => own.abort(new PassingError(`no answer within ${limitMs} ms`))
    const timer = limitMs === undefined ? undefined : setTimeout(late, limitMs)
    try {
      signal.throwIfAborted()
      // Raced, for the SDK does not stop to look for credentials.
      return await Promise.race([aborted(own.signal), ask(opened, own.signal)])
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

const ignore = () => {}
/** What it would write to the console is in its errors, too. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

const noWarning = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'

async function openClient(settings: S3Settings): Promise<Opened> {
  const { s3Region, s3Endpoint, s3PathStyle, s3ConnectTimeoutMs } = settings
  const sdk = await import('@aws-sdk/client-s3')
  const before = process.env[noWarning]
  // It warns once, when its first client is made, of what a user of this package cannot change.
  process.env[noWarning] = 'true'
  try {
    // A request waits for a socket within its time for a connection; loads are bounded already.
    const agent = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }
    const client = new sdk.S3Client({
      ...(s3Region === undefined ? {} : { region: s3Region }),
      ...(s3Endpoint === undefined ? {} : { endpoint: s3Endpoint }),
      forcePathStyle: s3PathStyle,
      logger: silent,
      // Tries are counted here, with those that a broken body needs.
      maxAttempts: 1,
      // Checksums of the whole are checked where the pieces come together.
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: s3ConnectTimeoutMs, httpAgent: agent, httpsAgent: agent },
    })
    client.middlewareStack.add(
      (next, { commandName }) =>
        args => {
          const { headers } = args.request as { headers: Record<string, string> }
          if (commandName === 'GetObjectCommand') headers['x-amz-checksum-mode'] = 'ENABLED'
          return next(args)
        },
      { step: 'build', name: 'askForChecksums' },
    )
    return { sdk, client }
  } finally {
    if (before === undefined) delete process.env[noWarning]
    else process.env[noWarning] = before
  }
}

/**
 * The bytes of an answer. Reading it to its end, or leaving the loop, ends the answer.
 *
 * @throws PassingError where it breaks off, or brings nothing for `limitMs` while somebody waits for it
 */
export async function* readBody(
  { Body }: Sdk.GetObjectCommandOutput,
  limitMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const body = Body as Readable
  const stop = () => body.destroy(signal.reason)
  let timer: NodeJS.Timeout | undefined
  const watch = () => {
    timer = setTimeout(() => body.destroy(new PassingError(`no byte came for ${limitMs} ms`)), limitMs)
  }
  signal.addEventListener('abort', stop)
  try {
    if (signal.aborted) stop()
    watch()
    for await (const bytes of body) {
      clearTimeout(timer)
      yield bytes
      watch()
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    body.destroy()
  }
}
