/**
 * A server that speaks S3: fauxqs, with objects of our own behind it.
 *
 * fauxqs brings the protocol: paths, XML, ranges, If-Match, bodies in chunks of the SDK. Added are what it has not: the order of
 * S3 over more than a page of keys, checksums, If-None-Match, versions. It takes any credentials, and any region.
 */
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { type BuildAppOptions, buildApp } from 'fauxqs'
import type { Test } from 'tap'
import type { S3StoreSettings } from '../../core/store/s3/s3-store.js'
import { S3Objects, type StoredObject } from './s3-objects.js'

export type Checksum = 'crc32' | 'sha1' | 'sha256' | 'none'

export interface PutOptions {
  readonly checksum?: Checksum
  readonly headers?: Readonly<Record<string, string>>
  readonly etag?: string
  readonly lastModified?: Date
}

export interface S3Server {
  readonly url: string
  put(key: string, body: string | Uint8Array, options?: PutOptions): StoredObject
  get(key: string): StoredObject | undefined
  remove(key: string): void
}

type Teardown = Pick<Test, 'teardown'>

/** Starts a server with one bucket, `models`, that is gone with the test. */
export async function startS3(t: Teardown, content: Readonly<Record<string, string | Uint8Array>> = {}) {
  const objects = new S3Objects()
  const stores = { s3Store: asStoreOf(objects), sqsStore: { shutdown() {} }, snsStore: {} }
  const app = buildApp({ logger: false, stores } as unknown as BuildAppOptions)
  app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'PUT') return
    const problem = putProblem(objects, keyOf(request.url), request.headers, request.body)
    if (problem) await reply.code(problem.status).type('application/xml').send(errorXml(problem.code, problem.code))
  })
  app.addHook('onSend', async (request, reply) => {
    const object = objects.get(keyOf(request.url))
    if (!object || !['GET', 'HEAD'].includes(request.method) || reply.statusCode >= 300) return
    for (const [name, value] of Object.entries(object.headers)) {
      const isChecksum = name.startsWith('x-amz-checksum-')
      const isWanted = reply.statusCode === 200 && request.headers['x-amz-checksum-mode'] === 'ENABLED'
      if (!isChecksum || isWanted) reply.header(name, value)
    }
  })
  app.setErrorHandler((error: Error & { code: string; statusCode?: number }, request, reply) => {
    reply.code(error.statusCode ?? 500).type('application/xml')
    reply.send(request.method === 'HEAD' ? '' : errorXml(error.code, error.message))
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const server: S3Server = {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    put: (key, body, { checksum = 'crc32', headers = {}, ...given } = {}) => {
      const bytes = Buffer.from(body)
      return objects.put(key, bytes, { ...given, headers: { ...checksumHeaders(bytes, checksum), ...headers } })
    },
    get: key => objects.get(key),
    remove: key => objects.remove(key),
  }
  for (const [key, body] of Object.entries(content)) server.put(key, body)
  return server
}

/** What S3 says in an error. */
export function errorXml(code: string, message: string, more = ''): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>1</RequestId></Error>`
}

/** Credentials and the rest of what the SDK would look for on this machine, for a process of its own. */
export const s3Env = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
} as const

/** The same for this process: nothing of the machine's is left. */
export function useS3Env(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, s3Env)
}

/** A store in the bucket; for whom waits for a limit, there are settings. */
export function s3Settings(endpoint: string, settings: Partial<S3StoreSettings> = {}): S3StoreSettings {
  return {
    store: 's3://models/live',
    s3Region: 'eu-central-1',
    s3Endpoint: endpoint,
    s3PathStyle: true,
    s3ConnectTimeoutMs: 5000,
    s3RequestTimeoutMs: 10_000,
    s3BodyTimeoutMs: 5000,
    maxArchiveBytes: 64 << 20,
    maxArchiveEntries: 1000,
    maxArchiveRatio: 200,
    ...settings,
  }
}

const bucket = 'models'

/** Of a URL of the one bucket. */
function keyOf(url: string): string {
  return decodeURIComponent(new URL(url, 'http://host').pathname).slice(`/${bucket}/`.length)
}

function checksumHeaders(body: Buffer, checksum: Checksum): Record<string, string> {
  if (checksum === 'none') return {}
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(body))
  const value = checksum === 'crc32' ? crc : createHash(checksum).update(body).digest()
  return { [`x-amz-checksum-${checksum}`]: value.toString('base64'), 'x-amz-checksum-type': 'FULL_OBJECT' }
}

function putProblem(objects: S3Objects, key: string, headers: NodeJS.Dict<string | string[]>, body: unknown) {
  if (headers['if-none-match'] === '*' && objects.get(key)) return { status: 412, code: 'PreconditionFailed' }
  const sha256 = headers['x-amz-checksum-sha256']
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const isBad = sha256 !== undefined && createHash('sha256').update(bytes).digest('base64') !== sha256
  return isBad ? { status: 400, code: 'BadDigest' } : undefined
}

function s3Error(code: string, message: string, statusCode: number): Error {
  return Object.assign(new Error(message), { code, statusCode })
}

/** What fauxqs asks of the objects behind it. */
function asStoreOf(objects: S3Objects) {
  const check = (name: string) => {
    if (name !== bucket) throw s3Error('NoSuchBucket', 'The specified bucket does not exist', 404)
  }
  const get = (name: string, key: string) => {
    check(name)
    const object = objects.get(key)
    if (!object) throw s3Error('NoSuchKey', 'The specified key does not exist.', 404)
    return object
  }
  return {
    getObject: get,
    headObject: get,
    putObject(name: string, key: string, body: Buffer, contentType?: string, metadata?: Record<string, string>) {
      check(name)
      const headers = checksumHeaders(body, 'crc32')
      return objects.put(key, body, {
        headers,
        ...(contentType ? { contentType } : {}),
        ...(metadata ? { metadata } : {}),
      })
    },
    listObjects(name: string, options: Parameters<S3Objects['list']>[0]) {
      check(name)
      return objects.list(options)
    },
  }
}
