import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { StoreSettings } from '../../core/store/open-store.js'
import { folder } from '../helpers/artifacts.js'
import { startFaultProxy } from '../helpers/fault-proxy.js'
import { probeArchive, storeSettings } from '../helpers/folder-stores.js'
import { startS3, useS3Env } from '../helpers/s3-server.js'
import { startStoreProcess } from '../helpers/store-process.js'
import { readTree } from '../helpers/unpacking.js'

/** A file of this content, large enough to see it come in pieces. */
const content = (name: string, KiB = 64) => name.repeat(Math.ceil((KiB * 1024) / name.length))
const packed = (names: readonly string[]) =>
  Object.fromEntries(names.map(name => [`${name}.tar.gz`, probeArchive(content(name))]))
const namesOf = (count: number) => Array.from({ length: count }, (_, i) => `model-${i}`)

const temporary = ({ cacheFolder }: StoreSettings) => readTree(join(cacheFolder, 'v1/tmp'))
const entries = ({ cacheFolder }: StoreSettings) => readdir(join(cacheFolder, 'v1/entries')).catch(() => [])

t.test('two processes that share a cache fetch the same and different archives, each whole', async t => {
  const names = namesOf(12)
  const settings = await storeSettings(t, await folder(t, packed(names)))
  const processes = [await startStoreProcess(t, settings), await startStoreProcess(t, settings)]
  const asked = processes.flatMap(one => names.map(async name => ({ name, told: await one.fetch(`${name}.tar.gz`) })))
  for (const { name, told } of await Promise.all(asked)) {
    t.equal(told.files?.['Probe-model'], content(name), told.error?.message ?? name)
  }
  t.equal((await entries(settings)).length, names.length)
  t.equal((await processes[0]!.fetch('model-3.tar.gz')).isCached, true)
  t.same(await Promise.all(processes.map(one => one.close())), [0, 0])
  t.same(await temporary(settings), {}, 'nothing temporary is left')
})

t.test('what one process removes while another one reads it is fetched again', async t => {
  const names = namesOf(8)
  // Room for two of eight, for both.
  const settings = await storeSettings(t, await folder(t, packed(names)), { cacheBudget: '160KiB' })
  const processes = [await startStoreProcess(t, settings), await startStoreProcess(t, settings)]
  let wrong = 0
  const rounds = processes.map(async (one, start) => {
    for (let i = 0; i < 40; i++) {
      const name = names[(start * 3 + i * 5 + (i >> 2)) % names.length]!
      const told = await one.fetch(`${name}.tar.gz`)
      if (told.files?.['Probe-model'] !== content(name)) {
        wrong++
        t.comment(told.error?.message)
      }
    }
  })
  await Promise.all(rounds)
  t.equal(wrong, 0)
  // Two that are held by each, at most, when it looked for room the last time.
  t.ok((await entries(settings)).length <= 6)

  const reading = await processes[0]!.fetchAndWait('model-0.tar.gz')
  // It looks at all that is there before it makes room.
  const other = await startStoreProcess(t, settings)
  for (const name of ['model-1', 'model-2', 'model-3']) await other.fetch(`${name}.tar.gz`)
  const { files, reads } = await reading.go()
  t.equal(reads, 2, 'its files were gone when it came to read them')
  t.equal(files?.['Probe-model'], content('model-0'))
  await Promise.all([...processes, other].map(one => one.close()))
})

t.test('a process killed in the middle of a fetch leaves no half artifact, and the next one cleans up', async t => {
  useS3Env()
  const s3 = await startS3(t, { 'claims.tar.gz': probeArchive(randomBytes(1 << 20)) })
  const proxy = await startFaultProxy(t, s3)
  const flags = { s3Endpoint: proxy.url, s3PathStyle: true }
  const settings = await storeSettings(t, 's3://models', flags)
  const bystander = await startStoreProcess(t, settings)
  const killed = await startStoreProcess(t, settings)
  proxy.next('GET /models/claims.tar.gz', { kind: 'stall', after: 600_000 })
  const fetching = t.rejects(killed.fetch('claims.tar.gz'), /ended: SIGKILL/)
  while (!Object.keys(await temporary(settings)).some(name => name.endsWith('Probe-model'))) await setImmediate()
  t.equal(await killed.kill(), 'SIGKILL')
  await fetching
  t.same(await entries(settings), [])
  t.ok(
    Object.keys(await temporary(settings)).some(name => name.endsWith('Probe-model')),
    'half of it lies there',
  )

  const told = await bystander.fetch('claims.tar.gz')
  t.equal(told.isCached, false)
  t.match(told.messages, ['cache cleaned after hosts that ended', 'artifact fetched'], 'at its first need')
  const next = await startStoreProcess(t, settings)
  t.match(await next.fetch('claims.tar.gz'), { isCached: true, files: told.files! })
  await Promise.all([bystander.close(), next.close()])
  t.same(await temporary(settings), {})
})

/** A disk of its own for one process; in a container that may not mount, there is none. */
const mountTmpfs = (path: string, options: string) => `mount -t tmpfs -o ${options} none '${path}'`
const unshare = ['unshare -m', 'unshare -rm'].find(
  command => spawnSync('sh', ['-c', `${command} sh -c "${mountTmpfs('/mnt', 'size=64k')}"`]).status === 0,
)

async function fillDisk(t: Test, settings: StoreSettings, within: string) {
  const one = await startStoreProcess(t, settings, within)
  for (const name of namesOf(6)) {
    const told = await one.fetch(`${name}.tar.gz`)
    t.equal(told.files?.['Probe-model'], content(name), told.error?.message ?? name)
  }
  const { error } = await one.fetch('large.tar.gz')
  t.match(error, { code: 'CACHE_FULL', message: /no room to unpack "large.tar.gz" in .*(ENOSPC|EFBIG)/ })
  const again = await one.fetch('model-0.tar.gz')
  t.equal(again.files?.['Probe-model'], content('model-0'), 'small ones go on')
  t.equal(await one.close(), 0)
}

const large = { 'large.tar.gz': probeArchive(content('large', 1024)) }

t.test(
  'on a full disk what is unused makes room, and what is too large is refused',
  { skip: unshare ? false : 'this system lets nobody mount a disk; the test of a limit of the process says the same' },
  async t => {
    const settings = await storeSettings(t, await folder(t, { ...packed(namesOf(6)), ...large }))
    await mkdir(settings.cacheFolder)
    const tmpfs = mountTmpfs(settings.cacheFolder, 'size=256k,mode=0700')
    // Three of six fit.
    await fillDisk(t, settings, `exec ${unshare} sh -c "${tmpfs}"' && exec "$@"' sh "$@"`)
  },
)

t.test('what a limit of the process does not let it write is refused, and leaves nothing', async t => {
  const settings = await storeSettings(t, await folder(t, { ...packed(namesOf(6)), ...large }))
  await fillDisk(t, settings, 'ulimit -f 512; exec "$@"')
  t.equal((await entries(settings)).length, 1)
  t.same(await temporary(settings), {})
})

t.test('a store that is read-only is served', async t => {
  const store = await folder(t, { ...packed(['claims']), 'plain/Probe-params.json': '{"model_name": "Probe"}' })
  for (const path of ['claims.tar.gz', 'plain/Probe-params.json']) await chmod(join(store, path), 0o444)
  for (const path of ['plain', '.']) await chmod(join(store, path), 0o555)
  t.teardown(async () => {
    for (const path of ['.', 'plain']) await chmod(join(store, path), 0o755)
  })
  const settings = await storeSettings(t, store)
  // Root may write to what is closed to others, but not to a disk that is read-only.
  const readOnly = `mount --bind '${store}' '${store}' && mount -o remount,bind,ro '${store}'`
  const within = unshare ? `exec ${unshare} sh -c "${readOnly}"' && exec "$@"' sh "$@"` : undefined
  const one = await startStoreProcess(t, settings, within)
  t.match(await one.fetch('claims.tar.gz'), { isCached: false, files: { 'Probe-model': content('claims') } })
  t.match(await one.fetch('claims.tar.gz'), { isCached: true })
  t.match(await one.fetch('plain'), { files: { 'Probe-params.json': '{"model_name": "Probe"}' } })
  await one.close()
})

t.test('the next start mends what was spoilt between two', async t => {
  const settings = await storeSettings(t, await folder(t, packed(['a', 'b', 'c'])))
  const first = await startStoreProcess(t, settings)
  for (const name of ['a', 'b', 'c']) await first.fetch(`${name}.tar.gz`)
  await first.close()
  const [one, two] = (await entries(settings)).map(key => join(settings.cacheFolder, 'v1/entries', key))
  await truncate(join(one!, 'files/Probe-model'), 5)
  await rm(join(two!, 'manifest.json'))
  const next = await startStoreProcess(t, settings)
  const told = []
  for (const name of ['a', 'b', 'c']) told.push(await next.fetch(`${name}.tar.gz`))
  t.same(
    told.map(({ files }) => files?.['Probe-model']),
    [content('a'), content('b'), content('c')],
  )
  t.equal(told.filter(({ isCached }) => isCached).length, 1)
  await next.close()
})
