import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import { startHostProcess } from '../helpers/host-process.js'
import { lookAtCache, probeArchive, probeParams } from '../helpers/s3-host.js'

/** Hosts on disks that are full, or read-only. What a cache alone makes of it: cache.test.ts. */

const KiB = 1024

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
