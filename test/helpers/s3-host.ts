import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import type { Test } from 'tap'
import { checkEntry } from '../../core/store/cache/cache-entry.js'
import { archiveOf } from './archive.js'
import { type Files, folder } from './artifacts.js'
import { startFaultProxy } from './fault-proxy.js'
import { linesLog } from './lines-log.js'
import { startS3 } from './s3-server.js'
import { storePlugins } from './store.js'
import { readTree } from './unpacking.js'

/** A host whose models lie in S3, with a proxy between the two. */

/** A packed artifact of the probe plugin, which says this before its texts; `content` is a file beside. */
export const probeArchive = (greeting: string, content: string | Uint8Array = 'weights'): Buffer =>
  archiveOf({ 'Probe-params.json': probeParams(greeting), 'Probe-model': content })

export const probeParams = (greeting: string): string => JSON.stringify({ model_name: 'Probe', greeting })

/** @param objects  by their targets */
export async function startS3Host(t: Pick<Test, 'teardown'>, objects: Files, flags: Record<string, unknown> = {}) {
  const s3 = await startS3(t)
  const put = (target: string, body: string | Uint8Array) => s3.put(`live/${target}`, body)
  for (const [target, body] of Object.entries(objects)) put(target, body)
  const proxy = await startFaultProxy(t, s3)
  const cache = join(await folder(t), 'cache')
  const { log, lines } = linesLog()
  const settings = { plugins: storePlugins, store: 's3://models/live', s3Endpoint: proxy.url, s3PathStyle: true, cache }
  const host = await startHost(t, { ...settings, ...flags }, log)
  return { s3, put, proxy, cache, host, lines, ask: (target: string) => invocation(host.url, target) }
}

export interface Answer {
  readonly status: number
  /** What a probe says. */
  readonly text: string | undefined
  readonly code: string | undefined
  readonly message: string | undefined
}

/** `POST /invocations` of a probe. */
export async function invocation(url: string, target: string): Promise<Answer> {
  const headers = { 'content-type': 'text/plain', 'x-amzn-sagemaker-target-model': target }
  const answer = await fetch(`${url}/invocations`, { method: 'POST', headers, body: 'x' })
  const { text, error } = (await answer.json()) as { text?: string; error?: { code: string; message: string } }
  return { status: answer.status, text, code: error?.code, message: error?.message }
}

/** What lies in a cache at rest: files under way, and for each entry whether it is whole. */
export async function lookAtCache(cache: string) {
  const temporary = Object.keys(await readTree(join(cache, 'v1/tmp')))
  return {
    underWay: temporary.filter(name => !name.endsWith('/alive') && name.indexOf('/') < name.length - 1),
    entries: (await readdir(join(cache, 'v1/entries'))).length,
    broken: await brokenEntries(cache),
  }
}

/** Entries of a cache that are not whole; others may be fetched and given up meanwhile. */
export async function brokenEntries(cache: string): Promise<string[]> {
  const entries = join(cache, 'v1/entries')
  return (await readdir(entries)).filter(key => !checkEntry(join(entries, key)))
}
