import { symlinkSync, writeFileSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { LocalArtifacts } from '../../core/store/local-artifacts.js'
import { replaced } from '../../core/store/replaced.js'
import type { FoundTarget, Store } from '../../core/store/store.js'
import { openStoreThread } from '../../core/store/store-thread.js'
import { folder } from '../helpers/artifacts.js'
import { keptLog, probeArchive, storeSettings } from '../helpers/folder-stores.js'
import { startS3, useS3Env } from '../helpers/s3-server.js'
import { readTree } from '../helpers/unpacking.js'

async function open(t: Test, store: string, flags: Record<string, unknown> = {}, heapBytes?: number) {
  const settings = await storeSettings(t, store, flags)
  const { log, lines, count } = keptLog()
  const source = await openStoreThread({ settings, log, ...(heapBytes === undefined ? {} : { heapBytes }) })
  t.teardown(() => source.close())
  return { source, lines, count, cache: settings.cacheFolder }
}

const exists = (path: string) =>
  readdir(path).then(
    () => true,
    () => false,
  )

t.test('targets become folders of this machine', async t => {
  const files = { 'plain/Probe-params.json': '{"model_name": "Probe"}', 'claims.tar.gz': probeArchive() }
  const path = await folder(t, files)
  const { source, cache, lines } = await open(t, path)
  t.equal(source.url, path)
  const plain = await source.fetch('plain')
  t.match(plain, { kind: 'folder', folder: join(path, 'plain'), root: path, isCached: true, lease: 0 })
  source.release(plain)
  t.equal(await exists(cache), false, 'plain folders need no cache')

  const packed = await source.fetch('claims.tar.gz')
  t.match(packed, { kind: 'archive', isCached: false, fileBytes: files['claims.tar.gz'].length })
  t.equal(packed.root, packed.folder)
  t.match(await readTree(packed.folder), { 'Probe-model': 'weights' })
  source.release(packed)
  t.match(await source.fetch('claims.tar.gz'), { isCached: true, folder: packed.folder, version: packed.version })
  t.match(lines, [
    { level: 'debug', message: 'artifact found', fields: { target: 'plain', isCached: true } },
    {
      level: 'info',
      message: 'artifact fetched',
      fields: {
        target: 'claims.tar.gz',
        version: packed.version,
        bytes: packed.fileBytes,
        ms: Number,
        isCached: false,
      },
    },
    { level: 'debug', message: 'artifact found', fields: { target: 'claims.tar.gz', isCached: true } },
  ])
  const page = await source.list({ after: undefined, limit: 1 })
  t.match(page, { targets: [{ target: 'claims.tar.gz' }], next: 'claims.tar.gz' })
  await t.rejects(source.fetch('none'), { code: 'TARGET_NOT_FOUND', status: 404, message: /no "none" in / })
})

t.test('an archive that was replaced is fetched anew, and the old version stays while it is read', async t => {
  const path = await folder(t, { 'claims.tar.gz': probeArchive('old') })
  const { source } = await open(t, path, { cacheBudget: '1KiB' })
  await t.rejects(source.fetch('claims.tar.gz'), { code: 'CACHE_FULL' })

  const { source: roomy } = await open(t, path, { cacheBudget: '12KiB' })
  const old = await roomy.fetch('claims.tar.gz')
  await writeFile(join(path, 'new'), probeArchive('new'))
  await rename(join(path, 'new'), join(path, 'claims.tar.gz'))
  const now = await roomy.fetch('claims.tar.gz')
  t.match(
    [await readTree(old.folder), await readTree(now.folder)],
    [{ 'Probe-model': 'old' }, { 'Probe-model': 'new' }],
  )
  roomy.release(old)
  roomy.release(now)
  roomy.release(now)
  await roomy.list({ after: undefined, limit: 1 })
  t.equal(await exists(old.folder), false)
  t.match(await roomy.fetch('claims.tar.gz'), { isCached: true })
})

t.test('many callers are one fetch, and each has a lease', async t => {
  const files = { 'claims.tar.gz': probeArchive(), 'other.tar.gz': probeArchive('other') }
  const { source, count } = await open(t, await folder(t, files), { cacheBudget: '12KiB' })
  const artifacts = await Promise.all(Array.from({ length: 50 }, () => source.fetch('claims.tar.gz')))
  t.equal(count('artifact fetched'), 1)
  t.equal(new Set(artifacts.map(({ lease }) => lease)).size, 50)
  t.equal(new Set(artifacts.map(({ folder }) => folder)).size, 1)
  const [last, ...others] = artifacts
  for (const artifact of others) source.release(artifact)
  const other = await source.fetch('other.tar.gz')
  t.ok(await exists(last!.folder), 'it stays for the last of them')
  source.release(last!)
  source.release(other)
  await source.list({ after: undefined, limit: 1 })
  t.notOk(await exists(last!.folder))
})

t.test('a target that changes while it is fetched is found again, three times at most', async t => {
  const settings = await storeSettings(t, await folder(t))
  let changes = 2
  let finds = 0
  const fetch: FoundTarget['fetch'] = async path => {
    if (changes-- > 0) throw replaced('s3://models', 'claims')
    await writeFile(join(path, 'x-model'), 'weights')
  }
  const store: Store = {
    url: 's3://models',
    find: async target => ({ target, kind: 'archive', version: String(finds++), fileBytes: 7, fetch }),
    list: async () => ({ targets: [], next: undefined }),
  }
  const local = new LocalArtifacts(store, settings, keptLog().log)
  t.teardown(() => local.close())
  t.match(await local.fetch('claims'), { isCached: false, version: '2' })
  changes = 3
  await t.rejects(local.fetch('taxes'), { code: 'STORE_UNAVAILABLE', message: /was replaced while it was fetched/ })
  t.equal(finds, 6)
})

t.test('what is wrong with a store or its cache is told at the start', async t => {
  const path = await folder(t, { 'claims.tar.gz': probeArchive() })
  await t.rejects(open(t, join(path, 'none')), { code: 'CONFIG_INVALID', message: /--store: .*none does not exist/ })
  await t.rejects(open(t, 's3://models', { cache: '/proc/cache' }), { code: 'CONFIG_INVALID', message: /--cache: / })
  // Where perhaps nothing will need the cache, at the first need.
  const { source } = await open(t, path, { cache: '/proc/cache' })
  await t.rejects(source.fetch('claims.tar.gz'), {
    code: 'CACHE_FULL',
    message: /no room.*\/proc\/cache cannot be written/,
  })
})

/** An S3 that takes requests, and says nothing. */
async function silentS3(t: Test) {
  useS3Env()
  let asked = () => {}
  const isAsked = new Promise<void>(resolve => {
    asked = resolve
  })
  const server = createServer(() => asked())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { s3Endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, s3PathStyle: true, isAsked }
}

t.test('a fetch and a list that take too long are given up', async t => {
  const { isAsked, ...flags } = await silentS3(t)
  const { source } = await open(t, 's3://models', { ...flags, fetchTimeoutMs: 200 })
  const late = { code: 'STORE_UNAVAILABLE', message: /did not come within 200 ms \(--fetch-timeout-ms\)/ }
  await t.rejects(source.fetch('claims.tar.gz'), late)
  await t.rejects(source.list({ after: undefined, limit: 1 }), late)
  await isAsked
})

t.test('closing gives up what is under way', async t => {
  const { isAsked, ...flags } = await silentS3(t)
  const { source, cache } = await open(t, 's3://models', flags)
  const fetching = t.rejects(source.fetch('claims.tar.gz'), { code: 'DRAINING' })
  await isAsked
  await Promise.all([source.close(), source.close(), fetching])
  await t.rejects(source.fetch('claims.tar.gz'), { code: 'DRAINING' })
  t.same(await readTree(join(cache, 'v1')), { 'entries/': '', 'tmp/': '' })
})

t.test('a store in S3 is fetched through the cache', async t => {
  useS3Env()
  const s3 = await startS3(t, { 'live/claims.tar.gz': probeArchive(), 'live/de/Probe-params.json': '{}' })
  const flags = { s3Endpoint: s3.url, s3PathStyle: true }
  const { source, cache } = await open(t, 's3://models/live', flags)
  t.equal(source.url, 's3://models/live')
  const packed = await source.fetch('claims.tar.gz')
  t.match(await readTree(packed.folder), { 'Probe-model': 'weights' })
  const prefix = await source.fetch('de')
  t.match(prefix, { kind: 'folder', isCached: false })
  t.same(await readTree(prefix.folder), { 'Probe-params.json': '{}' })
  const { targets } = await source.list({ after: undefined, limit: 10 })
  t.same(
    targets.map(({ target }) => target),
    ['claims.tar.gz', 'de'],
  )

  const elsewhere = await startS3(t)
  elsewhere.put('live/claims.tar.gz', probeArchive('others'), { etag: s3.get('live/claims.tar.gz')!.etag })
  const other = await open(t, 's3://models/live', { ...flags, s3Endpoint: elsewhere.url, cache })
  const theirs = await other.source.fetch('claims.tar.gz')
  t.match(await readTree(theirs.folder), { 'Probe-model': 'others' }, 'the same name at another endpoint')
})

t.test('a thread that ends fails what it was asked, and another one goes on', async t => {
  const path = await folder(t, { 'claims.tar.gz': probeArchive(), 'big/x.tar': '' })
  // More names than the thread has memory for.
  for (let i = 0; i < 40_000; i++) symlinkSync('x.tar', join(path, 'big', `${'n'.repeat(240)}${i}`))
  const { source, lines } = await open(t, path, {}, 16 << 20)
  const before = await source.fetch('claims.tar.gz')
  const ended = { code: 'STORE_UNAVAILABLE', message: /the store's thread ended \(.*memory/i }
  await Promise.all([t.rejects(source.list({ after: 'a', limit: 1 }), ended), t.rejects(source.fetch('none'), ended)])
  t.match(lines.at(-1), { level: 'error', message: 'store failed' })
  await rm(join(path, 'big'), { recursive: true })
  const after = await source.fetch('claims.tar.gz')
  t.match(after, { isCached: true, folder: before.folder })
  t.not(after.lease, before.lease, 'a lease of the old thread is none of the new one')
  source.release(before)
  t.match((await source.list({ after: undefined, limit: 5 })).targets, [{ target: 'claims.tar.gz' }])
  writeFileSync(join(path, 'x.tar'), '')
  t.match(await source.list({ after: 'claims.tar.gz', limit: 5 }), { targets: [{ target: 'x.tar' }] })
})
