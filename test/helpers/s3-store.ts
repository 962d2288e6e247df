import { randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { HostError } from '../../core/errors.js'
import { openS3Store, type S3StoreSettings } from '../../core/store/s3/s3-store.js'
import type { FoundTarget, Store } from '../../core/store/store.js'
import { archiveOf } from './archive.js'
import { type Files, folder } from './artifacts.js'
import { startFaultProxy } from './fault-proxy.js'
import { s3Settings, startS3 } from './s3-server.js'

/** A store in S3, alone: without a host, and without a cache. */

export const never: AbortSignal = new AbortController().signal
// Many wait for it at once.
setMaxListeners(0, never)
export const weights = randomBytes(200_000)
const files = { 'claims-params.json': '{"model_name": "Probe"}', 'claims-model': weights }
export const archive = archiveOf(files)
/** What comes out of it. */
export const unpacked = { ...files, 'claims-params.json': Buffer.from(files['claims-params.json']) }

export async function openStore(t: Pick<Test, 'teardown'>, settings: S3StoreSettings): Promise<Store> {
  const store = await openS3Store(settings)
  t.teardown(() => store.close?.())
  return store
}

/** A server with these objects, a proxy before it, and a store that speaks with the proxy. */
export async function startStore(
  t: Pick<Test, 'teardown'>,
  objects: Files = { 'live/claims.tar.gz': archive },
  settings: Partial<S3StoreSettings> = {},
) {
  const s3 = await startS3(t, objects)
  const proxy = await startFaultProxy(t, s3)
  return { s3, proxy, store: await openStore(t, s3Settings(proxy.url, settings)) }
}

export interface Fetched {
  readonly found: FoundTarget
  readonly path: string
  readonly content: Readonly<Record<string, Buffer>>
}

/** Finds a target and fetches it into a folder; nothing is written beside that. */
export async function fetchTarget(
  t: Test,
  store: Store,
  target: string,
  signal: AbortSignal = never,
): Promise<Fetched> {
  const top = await folder(t, { 'out/.keep': '' })
  await rm(join(top, 'out', '.keep'))
  const path = join(top, 'out')
  try {
    const found = await store.find(target, signal)
    await found.fetch!(path, signal)
    return { found, path, content: await contentOf(path) }
  } finally {
    t.same(await readdir(top), ['out'])
  }
}

async function contentOf(path: string): Promise<Record<string, Buffer>> {
  const names = await readdir(path)
  return Object.fromEntries(await Promise.all(names.map(async name => [name, await readFile(join(path, name))])))
}

/** What a promise fails with. */
export async function errorOf(promise: Promise<unknown>): Promise<HostError> {
  try {
    await promise
  } catch (error) {
    return error as HostError
  }
  throw new Error('it did not fail')
}
