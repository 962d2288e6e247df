import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { startFaultProxy } from '../helpers/fault-proxy.js'
import { startHostProcess } from '../helpers/host-process.js'
import { lookAtCache, probeArchive } from '../helpers/s3-host.js'
import { startS3 } from '../helpers/s3-server.js'
import { readTree } from '../helpers/unpacking.js'

/** Two hosts, each a process, on one cache. What a cache alone makes of it: cache.test.ts. */

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
    for (let i = 0; i < 12; i++) {
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
    const names = await readdir(join(cache, 'v1/tmp'), { recursive: true }).catch(() => [])
    return names.filter(name => name.endsWith('Probe-model'))
  }
  while ((await halves()).length === 0) await pause(20)
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
