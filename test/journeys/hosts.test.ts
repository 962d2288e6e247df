import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { startFaultProxy } from '../helpers/fault-proxy.js'
import { startHostProcess } from '../helpers/host-process.js'
import { lookAtCache, probeArchive, probeParams } from '../helpers/s3-host.js'
import { startS3 } from '../helpers/s3-server.js'
import { readTree } from '../helpers/unpacking.js'

/** Hosts as processes: two on one cache, killed ones, full disks. What a cache alone makes of it: cache.test.ts. */

// They wait for processes most of the time.
t.jobs = 2

const names = (count: number) => Array.from({ length: count }, (_, i) => `m${i}.tar.gz`)
const KiB = 1024

/** S3 with these models, each of which says its name, and a proxy before it. */
async function startModels(t: Test, targets: readonly string[], bytes = 100 * KiB) {
  const archives = targets.map(target => [target, probeArchive(`${target} `, randomBytes(bytes))])
  const proxy = await startFaultProxy(t, await startS3(t, Object.fromEntries(archives)))
  const cache = join(await folder(t), 'cache')
  const flags = ['--store', 's3://models', '--s3-endpoint', proxy.url, '--s3-path-style', '--cache', cache]
  const gets = () => proxy.requests.filter(line => line.startsWith('GET ')).length
  return { proxy, cache, flags, gets }
}

t.test('two hosts on one cache are asked for the same and for different models at once', async t => {
  const targets = names(16)
  const { cache, flags, gets } = await startModels(t, targets)
  const hosts = await Promise.all([startHostProcess(t, flags), startHostProcess(t, flags)])
  const asked = hosts.flatMap(host => targets.map(async target => ({ target, answer: await host.ask(target) })))
  for (const { target, answer } of await Promise.all(asked)) {
    t.match(answer, { status: 200, text: `${target} x` }, `${target}: ${answer.message}`)
  }
  t.ok(gets() <= 2 * targets.length, `${gets()} downloads: no host fetches a model twice`)
  t.same(await lookAtCache(cache), { underWay: [], entries: targets.length, broken: [] })
  for (const host of hosts) t.same(await host.close(), [0, null])
  t.same(await readTree(join(cache, 'v1/tmp')), {}, 'nothing of them is left')
})

t.test('two hosts whose cache is far too small take entries from each other, and serve all', async t => {
  const targets = names(10)
  const { cache, flags } = await startModels(t, targets)
  // Room for two of ten; the models go from memory, too.
  const tight = [...flags, '--cache-budget', '250KiB', '--memory-budget', '300']
  const hosts = await Promise.all([startHostProcess(t, tight), startHostProcess(t, tight)])
  const wrong: unknown[] = []
  const callers = [0, 1, 2, 3].map(async seed => {
    for (let i = 0; i < 20; i++) {
      const target = targets[(seed * 3 + i * 7 + (i >> 2)) % targets.length]!
      const answer = await hosts[seed % 2]!.ask(target)
      if (answer.status !== 200 || answer.text !== `${target} x`) wrong.push({ target, ...answer })
    }
  })
  await Promise.all(callers)
  t.same(wrong, [])
  const { underWay, entries, broken } = await lookAtCache(cache)
  t.same({ underWay, broken }, { underWay: [], broken: [] })
  // Each counts what the other has put there when it looks at the folder the next time, within a minute.
  t.ok(entries <= 4, `${entries} entries`)
  t.ok(hosts[0]!.lines('cache entries removed').length > 0)
})

t.test('kill -9 in the middle of a download disturbs no other host, and leaves nothing for long', async t => {
  const targets = names(4)
  const { cache, flags, proxy } = await startModels(t, targets, 1024 * KiB)
  const other = await startHostProcess(t, flags)
  const killed = await startHostProcess(t, flags)
  proxy.next('GET /models/m0.tar.gz', { kind: 'stall', after: 600 * KiB })
  const lost = t.rejects(killed.ask('m0.tar.gz'), 'its caller sees the connection end')
  const halves = async () => {
    const tree = await readTree(join(cache, 'v1/tmp')).catch(() => ({}))
    return Object.keys(tree).filter(name => name.endsWith('Probe-model'))
  }
  while ((await halves()).length === 0) await setImmediate()
  t.equal((await other.ask('m1.tar.gz')).status, 200)
  t.same(await killed.kill(), [null, 'SIGKILL'])
  await lost
  t.equal((await halves()).length, 1, 'half of it lies there')
  for (const target of targets.slice(1)) t.match(await other.ask(target), { status: 200, text: `${target} x` })

  const again = await startHostProcess(t, flags)
  for (const target of targets) t.match(await again.ask(target), { status: 200, text: `${target} x` })
  t.same(await lookAtCache(cache), { underWay: [], entries: targets.length, broken: [] })
  t.match(await other.ask('m0.tar.gz'), { status: 200, text: 'm0.tar.gz x' })
  for (const host of [other, again]) t.same(await host.close(), [0, null])
})

/** A disk of its own for one host; in a container that may not mount, there is none. */
const unshare = ['unshare -m', 'unshare -rm'].find(
  command => spawnSync('sh', ['-c', `${command} mount -t tmpfs none /mnt`]).status === 0,
)

t.test(
  'on a full disk models that fit are served, others refused, until there is room',
  { skip: unshare ? false : 'this system lets nobody mount a disk' },
  async t => {
    const store = await folder(t, {
      'a.tar.gz': probeArchive('a ', randomBytes(40 * KiB)),
      'b.tar.gz': probeArchive('b ', randomBytes(40 * KiB)),
      'large.tar.gz': probeArchive('large ', randomBytes(300 * KiB)),
      'plain/Probe-params.json': probeParams('plain '),
    })
    const cache = join(await folder(t), 'cache')
    await mkdir(cache)
    const mount = `mount -t tmpfs -o size=640k,mode=0700 none '${cache}' && dd if=/dev/zero of='${cache}/other' bs=1k count=500 2>/dev/null`
    const within = `exec ${unshare} sh -c "${mount}"' && exec "$@"' sh "$@"`
    const host = await startHostProcess(t, ['--store', store, '--cache', cache], within)
    t.match(await host.ask('a.tar.gz'), { status: 200, text: 'a x' })
    t.match(await host.ask('large.tar.gz'), {
      status: 507,
      code: 'CACHE_FULL',
      message: /no room to unpack "large.tar.gz" in .*ENOSPC/,
    })
    // Its disk, as it sees it.
    const within1 = `/proc/${host.pid}/root${cache}`
    t.match(await lookAtCache(within1), { underWay: [], broken: [] })
    for (const name of ['a.tar.gz', 'b.tar.gz', 'plain']) t.equal((await host.ask(name)).status, 200, name)
    t.equal((await fetch(`${host.url}/health/ready`)).status, 200)
    await rm(join(within1, 'other'))
    let answer = await host.ask('large.tar.gz')
    while (answer.status === 507) answer = await host.ask('large.tar.gz')
    t.match(answer, { status: 200, text: 'large x' })
    t.match(await lookAtCache(within1), { underWay: [], broken: [] })
    t.same(await host.close(), [0, null])
  },
)

t.test('where it is a limit of the process that leaves no room, it is the same', async t => {
  const store = await folder(t, {
    'a.tar.gz': probeArchive('a ', randomBytes(40 * KiB)),
    'large.tar.gz': probeArchive('large ', randomBytes(600 * KiB)),
  })
  const cache = join(await folder(t), 'cache')
  const host = await startHostProcess(t, ['--store', store, '--cache', cache], 'ulimit -f 512; exec "$@"')
  t.match(await host.ask('large.tar.gz'), { status: 507, code: 'CACHE_FULL', message: /EFBIG/ })
  t.match(await host.ask('a.tar.gz'), { status: 200, text: 'a x' })
  t.same(await lookAtCache(cache), { underWay: [], entries: 1, broken: [] })
  await host.close()
})

t.test('a store that is read-only is served, and stays as it is', async t => {
  const store = await folder(t, {
    'a.tar.gz': probeArchive('a '),
    'plain/Probe-params.json': probeParams('plain '),
  })
  for (const path of ['a.tar.gz', 'plain/Probe-params.json']) await chmod(join(store, path), 0o444)
  for (const path of ['plain', '.']) await chmod(join(store, path), 0o555)
  t.teardown(async () => {
    for (const path of ['.', 'plain']) await chmod(join(store, path), 0o755)
  })
  const before = (await stat(store)).mtimeMs
  // Root may write to what is closed to others, but not to a disk that is read-only.
  const readOnly = `mount --bind '${store}' '${store}' && mount -o remount,bind,ro '${store}'`
  const within = unshare ? `exec ${unshare} sh -c "${readOnly}"' && exec "$@"' sh "$@"` : undefined
  const host = await startHostProcess(t, ['--store', store, '--cache', join(await folder(t), 'cache')], within)
  t.match(await host.ask('a.tar.gz'), { status: 200, text: 'a x' })
  t.match(await host.ask('plain'), { status: 200, text: 'plain x' })
  t.same((await readdir(store)).sort(), ['a.tar.gz', 'plain'])
  t.equal((await stat(store)).mtimeMs, before)
  await host.close()
})
