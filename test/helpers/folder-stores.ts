import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Test } from 'tap'
import { readSettings } from '../../core/config.js'
import type { Log } from '../../core/plugin.js'
import type { StoreSettings } from '../../core/store/open-store.js'
import type { ListedTarget, Store } from '../../core/store/store.js'
import { type Files, folder } from './artifacts.js'
import { tar, tarFile } from './tar.js'

/** A tar.gz of these files. */
export const archiveOf = (files: Files): Buffer =>
  gzipSync(tar(...Object.entries(files).map(([name, content]) => tarFile(name, content))))

/** An artifact of the probe plugin, packed, with a file of this content beside it. */
export const probeArchive = (content: string | Uint8Array = 'weights'): Buffer =>
  archiveOf({ 'Probe-params.json': '{"model_name": "Probe"}', 'Probe-model': content })

/** Settings of a host with this store, and a cache that is gone with the test. */
export async function storeSettings(
  t: Pick<Test, 'teardown'>,
  store: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<StoreSettings> {
  const cache = join(await folder(t), 'cache')
  const { settings } = await readSettings({ flags: { store, cache, ...flags }, env: {} })
  return { ...settings, store }
}

/** A log that keeps its lines. */
export function keptLog() {
  const lines: { readonly level: keyof Log; readonly message: string; readonly fields: Record<string, unknown> }[] = []
  const keep = (level: keyof Log) => (fields: object, message: string) =>
    void lines.push({ level, message, fields: fields as Record<string, unknown> })
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
  return { log, count: (message: string) => lines.filter(line => line.message === message).length, lines }
}

/** A signal that never comes. */
export const never: AbortSignal = new AbortController().signal

/** All pages of a store. @param between  called after each page */
export async function listAll(store: Pick<Store, 'list'>, limit: number, between = () => {}): Promise<ListedTarget[]> {
  const targets: ListedTarget[] = []
  for (let after: string | undefined; ; ) {
    const page = await store.list({ after, limit }, never)
    targets.push(...page.targets)
    if (page.targets.length > limit) throw new Error(`a page of ${page.targets.length}`)
    if (page.next === undefined) return targets
    after = page.next
    between()
  }
}
