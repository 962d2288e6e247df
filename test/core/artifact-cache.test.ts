import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ArtifactCache } from '../../core/store/cache/artifact-cache.js'
import { createOwnerName, hasEnded } from '../../core/store/cache/cache-owner.js'
import { isReplaced, replaced } from '../../core/store/replaced.js'
import type { FoundTarget } from '../../core/store/store.js'
import { folder } from '../helpers/artifacts.js'
import { keptLog, never } from '../helpers/folder-stores.js'
import { readTree } from '../helpers/unpacking.js'

const KiB = 1024
/** A file of up to 4 KiB and the manifest. */
const entryBytes = 8 * KiB

interface Fetched extends FoundTarget {
  fetches: number
}

/** A target with one file; `work` may do more, or fail. */
function target(
  name: string,
  content = name,
  work: (folder: string, signal: AbortSignal) => unknown = () => {},
): Fetched {
  const found: Fetched = {
    target: name,
    kind: 'archive',
    version: content,
    fileBytes: content.length,
    fetches: 0,
    fetch: async (folder, signal) => {
      found.fetches++
      await writeFile(join(folder, 'x-model'), content)
      await work(folder, signal)
    },
  }
  return found
}

async function open(t: Test, budgetEntries = 100, path?: string) {
  const cacheFolder = path ?? join(await folder(t), 'cache')
  const { log, lines } = keptLog()
  const cache = new ArtifactCache({ cacheFolder, cacheBudgetBytes: budgetEntries * entryBytes }, log)
  t.teardown(() => cache.close())
  const bring = (found: FoundTarget, signal = never) => cache.open('s3://models', found, signal)
  const entries = () => readdir(join(cacheFolder, 'v1/entries'))
  /** What lies in temporary folders, but for the sign that its owner lives. */
  const leftovers = async () => {
    const tree = Object.keys(await readTree(join(cacheFolder, 'v1/tmp')))
    return tree.filter(name => !/^[^/]+\/(alive)?$/.test(name))
  }
  return { cache, bring, entries, leftovers, path: cacheFolder, lines }
}

t.test('an artifact is fetched once, and found from then on, by other hosts too', async t => {
  const { bring, path, leftovers } = await open(t)
  const claims = target('claims.tar.gz', 'weights')
  const first = await bring(claims)
  t.equal(first.isCached, false)
  t.same(await readTree(first.folder), { 'x-model': 'weights' })
  t.same({ ...(await bring(claims)), isCached: false }, first)
  t.equal((await bring(claims)).isCached, true)
  t.equal(claims.fetches, 1)
  t.same(await leftovers(), [])

  const other = await open(t, 100, path)
  t.match(await other.bring(claims), { isCached: true, folder: first.folder })
  const newer = target('claims.tar.gz', 'better weights')
  t.same(
    await readTree((await bring(newer)).folder),
    { 'x-model': 'better weights' },
    'another version is another entry',
  )
  t.equal((await stat(path)).mode & 0o777, 0o700, 'it is nobody else’s')
})

t.test('an entry that is not whole is fetched again', async t => {
  const { bring, path } = await open(t)
  const claims = target('claims.tar.gz', 'weights')
  const { folder: files, key } = await bring(claims)
  const entry = join(path, 'v1/entries', key)
  const damages: Record<string, () => Promise<unknown>> = {
    'no manifest': () => rm(join(entry, 'manifest.json')),
    'half a manifest': () => truncate(join(entry, 'manifest.json'), 20),
    'no list': () => writeFile(join(entry, 'manifest.json'), '{"files": 7, "bytes": 1}'),
    'not a list of files': () => writeFile(join(entry, 'manifest.json'), '{"files": [7], "bytes": 1}'),
    'a shorter file': () => truncate(join(files, 'x-model'), 3),
    'no file': () => rm(join(files, 'x-model')),
    'a folder for a file': async () => {
      await rm(join(files, 'x-model'))
      await mkdir(join(files, 'x-model'))
    },
    'a file for the entry': async () => {
      await rm(entry, { recursive: true })
      await writeFile(entry, '')
    },
    nothing: () => rm(entry, { recursive: true }),
  }
  for (const [name, damage] of Object.entries(damages)) {
    await damage()
    t.equal((await bring(claims)).isCached, false, name)
    t.same(await readTree(files), { 'x-model': 'weights' })
    t.equal((await bring(claims)).isCached, true)
  }
})

t.test('those unused for longest make room, and never one that is read', async t => {
  const { cache, bring, entries } = await open(t, 3)
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(name => target(name)) as [
    Fetched,
    Fetched,
    Fetched,
    Fetched,
    Fetched,
  ]
  const use = async (found: Fetched) => {
    const artifact = await bring(found)
    cache.letGo(artifact.key)
    return artifact
  }
  const held = await bring(a)
  await use(b)
  await use(c)
  t.equal((await entries()).length, 3)
  await use(b)
  await use(d)
  t.equal((await use(b)).isCached, true, 'used since')
  t.equal((await use(a)).isCached, true, 'used before all others, but held')
  t.equal((await use(c)).isCached, false)
  t.equal(c.fetches, 2)

  cache.hold(held.key)
  cache.letGo(held.key)
  for (const found of [d, e, b, c, d]) await use(found)
  t.equal((await use(a)).isCached, true, 'held until it is let go as often')
  cache.letGo(held.key)
  for (const found of [d, e, b]) await use(found)
  t.equal((await use(a)).isCached, false)
  t.equal((await entries()).length, 3)
})

t.test('what is held goes above the budget, and is removed once it is let go', async t => {
  const { cache, bring, entries, lines } = await open(t, 2)
  const held = []
  for (const name of ['a', 'b', 'c', 'd']) held.push(await bring(target(name)))
  t.equal((await entries()).length, 4)
  for (const { key } of held) cache.letGo(key)
  t.equal((await entries()).length, 2)
  t.match(lines, [{ message: 'cache entries removed', fields: { entries: 1, bytes: entryBytes } }, {}])
})

t.test('an artifact larger than the whole budget is refused, and nothing of it stays', async t => {
  const { bring, entries, leftovers } = await open(t, 2)
  await bring(target('small'))
  const isFull = {
    code: 'CACHE_FULL',
    status: 507,
    message: /no room to unpack "large" in .*more than the whole budget of 16384 bytes.*--cache-budget/,
  }
  await t.rejects(bring(target('large', 'x'.repeat(20 * KiB))), isFull)
  const waits = (_: string, signal: AbortSignal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  await t.rejects(bring(target('large', 'x'.repeat(20 * KiB), waits)), isFull, 'also while it is still coming')
  t.equal((await entries()).length, 1)
  t.same(await leftovers(), [])
})

t.test('what fails or is given up leaves nothing', async t => {
  const { bring, entries, leftovers } = await open(t)
  const broken = Object.assign(new Error('broken'), { code: 'ARCHIVE_INVALID' })
  const rejects = () => Promise.reject(broken)
  await t.rejects(bring(target('a', 'a', rejects)), broken)
  const error = replaced('s3://models', 'b')
  const got = await bring(target('b', 'b', () => Promise.reject(error))).catch(error => error)
  t.equal(got, error, 'as it is')
  const given = new AbortController()
  const waits = (_: string, signal: AbortSignal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      given.abort(broken)
    })
  await t.rejects(bring(target('c', 'c', waits), given.signal), broken)
  await t.rejects(bring(target('d'), given.signal), broken)
  t.same([await entries(), await leftovers()], [[], []])
})

t.test('fetches wait for each other where together they would not fit', async t => {
  const { cache, bring } = await open(t, 1)
  const events: string[] = []
  const given = new AbortController()
  let go = () => {}
  const gate = new Promise<void>(resolve => {
    go = resolve
  })
  const slow = (name: string) => target(name, name.repeat(6 * KiB), async () => void events.push(name))
  const first = bring(target('a', 'a'.repeat(6 * KiB), () => gate)).catch(error => error)
  const second = bring(slow('b')).catch(error => error)
  const third = bring(slow('c'), given.signal).catch(error => error)
  given.abort(new Error('given up'))
  t.match(await third, { message: 'given up' }, 'waiting is given up like all else')
  t.same(events, [])
  go()
  t.match(await first, { code: 'CACHE_FULL' }, 'with its manifest it is too large')
  t.match(await second, { code: 'CACHE_FULL' })
  t.same(events, ['b'])
  await cache.close()
})

t.test('the faster one of two hosts is used by both', async t => {
  const { bring, path, entries, leftovers } = await open(t)
  const other = await open(t, 100, path)
  const quick = target('claims', 'weights')
  const slow = target('claims', 'weights', async () => {
    t.equal((await other.bring(quick)).isCached, false)
  })
  const { folder: files } = await bring(slow)
  t.same([slow.fetches, quick.fetches], [1, 1])
  t.same(await readTree(files), { 'x-model': 'weights' })
  t.equal((await entries()).length, 1)
  t.same(await leftovers(), [])

  const spoilt = target('taxes', 'weights', async () => {
    const { key } = await other.bring(target('taxes', 'weights'))
    await rm(join(path, 'v1/entries', key, 'files/x-model'))
  })
  t.same(await readTree((await bring(spoilt)).folder), { 'x-model': 'weights' }, 'but not a broken one')
})

t.test('what another host used a moment ago goes last', async t => {
  const { cache, bring, path } = await open(t, 2)
  const [a, b, c] = ['a', 'b', 'c'].map(name => target(name)) as [Fetched, Fetched, Fetched]
  for (const found of [a, b]) cache.letGo((await bring(found)).key)
  const soon = new Date(Date.now() + 1000)
  const other = await open(t, 2, path)
  const { key } = await other.bring(a)
  await utimes(join(path, 'v1/entries', key), soon, soon)
  cache.letGo((await bring(c)).key)
  t.equal((await bring(a)).isCached, true)
  t.equal((await bring(b)).isCached, false)
})

t.test('a host that starts again knows what was unused for longest', async t => {
  const before = await open(t)
  const models = ['a', 'b', 'c', 'd'].map(name => target(name))
  const keys: string[] = []
  for (const model of models) {
    const { key } = await before.bring(model)
    before.cache.letGo(key)
    keys.push(key)
  }
  for (const [i, age] of [20, 40, 10, 30].entries()) {
    const at = Date.now() / 1000 - age
    await utimes(join(before.path, 'v1/entries', keys[i]!), at, at)
  }
  const { bring, entries } = await open(t, 3, before.path)
  await bring(target('new'))
  const left = await entries()
  t.equal(left.length, 3)
  t.same(
    keys.map(key => left.includes(key)),
    [true, false, true, false],
  )
})

t.test('what another host removes is fetched again, and what it has put there is counted', async t => {
  const { bring, path, cache } = await open(t, 2)
  const claims = target('claims')
  const { key, copy } = await bring(claims)
  cache.letGo(key)
  await rename(join(path, 'v1/entries', key), join(path, 'away'))
  const again = await bring(claims)
  t.equal(again.isCached, false)
  t.not(again.copy, copy, 'who has read the first one can tell')
  t.equal((await bring(claims)).copy, again.copy)
  cache.letGo(key)
  cache.letGo(key)

  const other = await open(t, 2, path)
  other.cache.letGo((await other.bring(target('a'))).key)
  other.cache.letGo((await other.bring(target('b'))).key)
  t.equal((await other.entries()).length, 2, 'at its first need it looked at all that was there')
})

t.test('a full disk takes what it can get, and says so when it is not enough', async t => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EFBIG']) {
    const { cache, bring, entries, leftovers } = await open(t)
    for (const name of ['a', 'b', 'c']) cache.letGo((await bring(target(name))).key)
    const held = await bring(target('d'))
    let roomFor = 2
    const full = async () => {
      if ((await entries()).length > roomFor)
        throw Object.assign(new Error(`${code}: no space`), { code, syscall: 'write' })
    }
    const large = target('large', 'large', full)
    t.equal((await bring(large)).isCached, false)
    t.ok(large.fetches >= 2, `${large.fetches} tries`)
    roomFor = -1
    await t.rejects(bring(target('more', 'more', full)), {
      code: 'CACHE_FULL',
      message: new RegExp(`: Error: ${code}`),
    })
    t.same((await entries()).length, 2, 'all has gone but what is held')
    t.same(await readTree(held.folder), { 'x-model': 'd' })
    t.same(await leftovers(), [])
  }
})

t.test('what a dead host has left is removed, and nobody else’s', async t => {
  const { path, bring, lines } = await open(t)
  await bring(target('claims'))
  const temporary = join(path, 'v1/tmp')
  const old = new Date(Date.now() - 10 * 60_000)
  const alive = createOwnerName()
  const [machine] = alive.split('-')
  const dead = `${machine}-${spawnSync('true').pid}-1-0123456789ab`
  const reborn = alive.replace(/^(\w+-\d+)-\d+/, '$1-17')
  const elsewhere = dead.replace(/^.{16}/, 'f'.repeat(16))
  const forgotten = elsewhere.replace('0123', '4567')
  const stopped = elsewhere.replace('0123', '89ab')
  for (const owner of [alive, dead, reborn, elsewhere, forgotten, stopped]) {
    await mkdir(join(temporary, owner, '0/files'), { recursive: true })
    await writeFile(join(temporary, owner, '0/files/x-model'), 'half')
    if (owner !== stopped) await writeFile(join(temporary, owner, 'alive'), '1')
  }
  await utimes(join(temporary, forgotten, 'alive'), old, old)
  await utimes(join(temporary, stopped), old, old)
  const foreign = ['notes', '.keep', 'v1/entries/mine', 'v1/tmp/mine', `v1/tmp/${dead}x`, 'v1/entries/0f', 'v2/entries']
  for (const name of foreign) {
    await mkdir(join(path, name), { recursive: true })
    await utimes(join(path, name), old, old)
  }

  const next = await open(t, 1, path)
  t.match(next.lines, [{ message: 'cache cleaned after hosts that ended', fields: { owners: 4 } }])
  const left = await readdir(temporary)
  t.same(
    [alive, elsewhere].map(owner => left.includes(owner)),
    [true, true],
    'who lives, and who may live elsewhere',
  )
  t.notOk([dead, reborn, forgotten, stopped].some(owner => left.includes(owner)))
  await next.bring(target('other'))
  await next.bring(target('third'))
  for (const name of foreign) t.ok((await stat(join(path, name))).isDirectory(), name)
  t.equal(lines.length, 0)
})

t.test('an entry of no use is removed where the folder is looked through', async t => {
  const { path } = await open(t)
  const broken = join(path, 'v1/entries', '0'.repeat(40))
  await mkdir(join(broken, 'files'), { recursive: true })
  const next = await open(t, 100, path)
  await next.bring(target('claims'))
  t.notOk((await next.entries()).includes('0'.repeat(40)))
})

t.test('a process that is stopped for so long that it is taken for dead begins again', async t => {
  const { bring, path, leftovers } = await open(t)
  const temporary = join(path, 'v1/tmp')
  const cleaned = target('claims', 'weights', async () => {
    for (const owner of await readdir(temporary)) await rm(join(temporary, owner), { recursive: true })
  })
  t.ok(isReplaced(await bring(cleaned).catch(error => error)))
  t.equal((await bring(target('claims', 'weights'))).isCached, false)
  t.same(await leftovers(), [])
})

t.test('a cache that is removed as a whole is made anew', async t => {
  const { bring, path } = await open(t)
  await bring(target('claims'))
  await rm(path, { recursive: true })
  t.equal((await bring(target('claims'))).isCached, false)
  t.equal((await bring(target('claims'))).isCached, true)
})

t.test('who has ended is known of this machine, and of no other', async t => {
  const name = createOwnerName()
  t.notOk(hasEnded(name))
  t.match(name, /^[0-9a-f]{16}-\d+-\d+-[0-9a-f]{12}$/)
  t.notOk(name.includes(hostname()), 'a name that any disk takes')
  const [machine, pid, start, chance] = name.split('-')
  t.ok(hasEnded([machine, spawnSync('true').pid, start, chance].join('-')))
  t.notOk(hasEnded(['0'.repeat(16), spawnSync('true').pid, start, chance].join('-')))
  t.equal(hasEnded([machine, pid, Number(start) + 1, chance].join('-')), Number(start) > 0)
  const first = readFileSync('/proc/1/stat', 'latin1')
  const startOfFirst = first.slice(first.lastIndexOf(')') + 2).split(' ')[19]
  t.notOk(hasEnded([machine, 1, startOfFirst, chance].join('-')), 'of whomever it is')
})

t.test('a folder that others could have prepared is refused', async t => {
  const base = await folder(t)
  const at = (name: string) => join(base, name)
  await mkdir(at('mine'))
  await symlink('mine', at('link'))
  await mkdir(at('open'))
  await chmod(at('open'), 0o777)
  await writeFile(at('file'), '')
  await mkdir(at('inner'))
  await symlink('../mine', at('inner/v1'))
  const refused = (path: string, message: RegExp) =>
    t.rejects(open(t, 1, path), { code: 'CONFIG_INVALID', message }, path)
  await refused(at('link'), /--cache: .*link is a link/)
  await refused(at('inner'), /is a link, or has one in it \(.*v1\)/)
  await refused(at('open'), /can be written to by everybody/)
  await refused(at('file'), /is not a folder/)
  await refused(at('file/in'), /cannot be written to.*ENOTDIR/)
  await refused('/proc/modelhost-cache', /cannot be written to: Error: ENOENT/)
  // Root can give a folder away; for others, root has one.
  const theirs = process.getuid!() === 0 ? at('theirs') : '/usr'
  if (theirs !== '/usr') {
    await mkdir(theirs)
    await chown(theirs, 65_534, 65_534)
  }
  await refused(theirs, /belongs to another user \(\d+\). Others may write where it lies/)
  t.same(await readdir(at('mine')), [])
  t.equal(await readFile(at('file'), 'utf8'), '')
})
