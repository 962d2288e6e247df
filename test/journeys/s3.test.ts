import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { accessDenied } from '../helpers/fault-proxy.js'
import { lookAtCache, probeArchive, probeParams, startS3Host } from '../helpers/s3-host.js'
import { useS3Env } from '../helpers/s3-server.js'
import { loadedModels } from '../helpers/store.js'
import { paxHeader, tar, tarFile, tarFolder, tarHeader } from '../helpers/tar.js'

useS3Env()

const lineOf = ({ requests }: { requests: readonly string[] }, method: string) =>
  requests.filter(line => line.startsWith(method))

t.test('the first request loads a model from S3: many callers, one download', async t => {
  const { host, proxy, ask, lines, cache } = await startS3Host(t, {
    'news/de.tar.gz': probeArchive('hallo ', randomBytes(500_000)),
    'news/en/Probe-params.json': probeParams('hello '),
    'news/en/Probe-model': randomBytes(500_000),
  })
  t.same(proxy.requests, [], 'nothing is asked of S3 at the start')
  const asked = Array.from({ length: 30 }, (_, i) => ask(i % 2 === 0 ? 'news/de.tar.gz' : 'news/en'))
  for (const [i, answer] of (await Promise.all(asked)).entries()) {
    t.match(answer, { status: 200, text: i % 2 === 0 ? 'hallo x' : 'hello x' })
  }
  t.equal(lineOf(proxy, 'GET /models/live/news/de.tar.gz').length, 1)
  t.equal(lineOf(proxy, 'GET /models/live/news/en/').length, 2, 'one a file')
  t.equal(lineOf(proxy, 'GET /models/?').length, 1, 'one page of the prefix')
  t.equal(lines('model loaded').length, 2)
  t.same(await lookAtCache(cache), { underWay: [], entries: 2, broken: [] })

  const before = proxy.requests.length
  t.equal((await ask('news/de.tar.gz')).status, 200)
  t.equal(proxy.requests.length, before, 'a model that is here is asked without S3')
  const { models } = (await (await fetch(`${host.url}/models`)).json()) as { models: { modelUrl: string }[] }
  t.same(models.map(({ modelUrl }) => modelUrl).sort(), ['s3://models/live/news/de.tar.gz', 's3://models/live/news/en'])
})

t.test('a changed object is picked up at the next load, an unchanged one comes from the cache', async t => {
  const { host, put, proxy, ask } = await startS3Host(t, {
    'a.tar.gz': probeArchive('old '),
    'b/Probe-params.json': probeParams('old '),
  })
  const targets = ['a.tar.gz', 'b']
  const expectAll = async (text: string, what: string) => {
    for (const target of targets) t.match(await ask(target), { status: 200, text }, `${what}: ${target}`)
  }
  const unloadAll = async () => {
    for (const target of targets) t.equal((await host.unload(target)).status, 200)
  }
  await expectAll('old x', 'first')
  await unloadAll()
  const before = lineOf(proxy, 'GET /models/live/').length
  const heads = lineOf(proxy, 'HEAD ').length
  await expectAll('old x', 'unchanged')
  t.equal(lineOf(proxy, 'GET /models/live/').length, before, 'not a byte is fetched again')
  t.equal(lineOf(proxy, 'HEAD ').length, heads + 2, 'S3 is asked for the version')

  put('a.tar.gz', probeArchive('new '))
  put('b/Probe-params.json', probeParams('new '))
  await expectAll('old x', 'what is loaded stays')
  await unloadAll()
  await expectAll('new x', 'changed')
  t.equal(lineOf(proxy, 'GET /models/live/').length, before + 2)
})

t.test('a host that starts again finds its cache, and needs S3 only to know that nothing changed', async t => {
  const first = await startS3Host(t, { 'a.tar.gz': probeArchive('a ') })
  t.match(await first.ask('a.tar.gz'), { status: 200 })
  await first.host.close()
  first.proxy.always('GET ', accessDenied)
  const flags = { s3Endpoint: first.proxy.url, cache: first.cache }
  const second = await startS3Host(t, {}, flags)
  t.match(await second.ask('a.tar.gz'), { status: 200, text: 'a x' })
})

t.test('what is hostile, or over the limits, is refused, and harms nobody', async t => {
  const params = tarFile('Probe-params.json', probeParams(''))
  const zeros = Buffer.alloc(20 << 20)
  const hostile: Record<string, [archive: Buffer, message: RegExp]> = {
    'bytes.tar.gz': [probeArchive('', randomBytes(30 << 20)), /--max-archive-bytes/],
    'bomb.tar.gz': [gzipSync(tar(params, tarFile('Probe-model', zeros))), /--max-archive-ratio/],
    'entries.tar.gz': [
      gzipSync(tar(...Array.from({ length: 21 }, (_, i) => tarFile(`${i}-model`)))),
      /--max-archive-entries/,
    ],
    'up.tar.gz': [gzipSync(tar(params, tarFile('../../escaped', 'x'))), /escaped/],
    'absolute.tar': [tar(params, tarFile('/escaped', 'x')), /escaped/],
    'long.tar': [tar(params, paxHeader({ path: 'a/../../../escaped' }), tarFile('x', 'x')), /escaped/],
    'link.tar.gz': [
      gzipSync(tar(params, tarHeader({ name: 'Probe-model', type: '2', linkName: '/etc/passwd' }))),
      /link/,
    ],
    'hard.tar.gz': [
      gzipSync(tar(params, tarHeader({ name: 'Probe-model', type: '1', linkName: '/etc/passwd' }))),
      /link/,
    ],
    'device.tar.gz': [gzipSync(tar(params, tarHeader({ name: 'Probe-model', type: '3' }))), /device/],
    'garbage.tar.gz': [randomBytes(10_000), /cannot be unpacked/],
    'cut.tar.gz': [probeArchive('', randomBytes(100_000)).subarray(0, 50_000), /cannot be unpacked/],
    'empty.tar.gz': [Buffer.alloc(0), /cannot be unpacked/],
    'page.tgz': [Buffer.from('<html>not here</html>'), /cannot be unpacked/],
    'deep.tar.gz': [gzipSync(tar(tarFolder('a'), tarFolder('a/b'), tarFile('a/b/Probe-params.json', '{}'))), /params/],
  }
  const archives = Object.fromEntries(Object.entries(hostile).map(([target, [archive]]) => [target, archive]))
  const sound = { 'sound.tar.gz': probeArchive('sound ') }
  const limits = { maxArchiveBytes: '25MB', maxArchiveEntries: 20, maxArchiveRatio: 10 }
  const { host, ask, cache, proxy } = await startS3Host(t, { ...archives, ...sound }, limits)
  const asked = Object.entries(hostile).map(async ([target, [, message]]) => {
    const answer = await ask(target)
    t.equal(answer.status, 422, `${target}: ${answer.message}`)
    t.match(answer.message, message)
    t.ok(answer.message?.includes(target), 'it names the archive')
    t.notMatch(answer.message, cache, 'it does not say where that lies on this machine')
    const before = lineOf(proxy, `GET /models/live/${target}`).length
    t.match(await ask(target), { status: 422, message: /the next try is in/ })
    t.equal(lineOf(proxy, `GET /models/live/${target}`).length, before, 'it is remembered')
    t.match(await ask('sound.tar.gz'), { status: 200, text: 'sound x' })
  })
  await Promise.all(asked)
  t.same(await loadedModels(host), ['sound.tar.gz'])
  const { underWay, broken } = await lookAtCache(cache)
  t.same({ underWay, broken }, { underWay: [], broken: [] })
  t.same(await readdir(dirname(cache)), ['cache'], 'nothing lies beside the cache')
  t.same(await readdir(cache), ['v1'])
  t.notOk((await readdir(join(cache, 'v1'))).includes('escaped'))
})

t.test('what is larger than the whole cache is refused, and takes nothing from it', async t => {
  const objects = { 'a.tar.gz': probeArchive('a '), 'large.tar.gz': probeArchive('', randomBytes(400_000)) }
  const { host, ask, cache } = await startS3Host(t, objects, { cacheBudget: '300KB' })
  t.equal((await ask('a.tar.gz')).status, 200)
  const message = /no room to unpack "large.tar.gz" .* more than the whole budget of 300000 bytes/
  t.match(await ask('large.tar.gz'), { status: 507, code: 'CACHE_FULL', message })
  await host.unload('a.tar.gz')
  t.equal((await ask('a.tar.gz')).status, 200)
  t.match(await lookAtCache(cache), { underWay: [], broken: [] })
})

t.test('a store that is not there, or not ours, is told, and the host stays', async t => {
  const { host, ask, proxy } = await startS3Host(t, { 'a.tar.gz': probeArchive('') }, { store: 's3://nowhere' })
  const denied = { status: 502, code: 'STORE_DENIED', message: /s3:\/\/nowhere refuses this host: .*NoSuchBucket/ }
  t.match(await ask('a.tar.gz'), denied)
  t.equal((await fetch(`${host.url}/store`)).status, 502)
  t.equal((await fetch(`${host.url}/health/ready`)).status, 200)
  const before = proxy.requests.length
  t.match(await ask('a.tar.gz'), { ...denied, message: /the next try is in 1 s/ })
  t.equal(proxy.requests.length, before, 'S3 is not asked again at once')
})
