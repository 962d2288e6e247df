import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { isReplaced } from '../../core/store/replaced.js'
import { openS3Store } from '../../core/store/s3/s3-store.js'
import { archiveOf } from '../helpers/archive.js'
import { folder } from '../helpers/artifacts.js'
import { accessDenied, type Fault, slowDown } from '../helpers/fault-proxy.js'
import { s3Env, s3Settings, startS3, useS3Env } from '../helpers/s3-server.js'
import { archive, errorOf, fetchTarget, never, openStore, startStore, unpacked, weights } from '../helpers/s3-store.js'

useS3Env()

const get = 'GET /models/live/claims.tar.gz'

t.test('a target is an archive, or a prefix with files; else there is none', async t => {
  const objects = {
    'live/claims.tar.gz': archive,
    'live/news/n-params.json': '{}',
    'live/news/n-model': weights,
    'live/news/n-empty': '',
    'live/news/.n-hidden': 'x',
    'live/news/': '',
    'live/news/old/o-model': 'x',
    'live/only/deeper/o-model': 'x',
    'other/o.tar.gz': archive,
  }
  const { store, s3 } = await startStore(t, objects)
  const claims = await fetchTarget(t, store, 'claims.tar.gz')
  t.match(claims.found, { kind: 'archive', fileBytes: archive.length, version: s3.get('live/claims.tar.gz')!.etag })
  t.same(claims.content, unpacked)
  const news = await fetchTarget(t, store, 'news')
  t.match(news.found, { kind: 'folder', fileBytes: 2 + weights.length })
  t.same(news.content, { 'n-params.json': Buffer.from('{}'), 'n-model': weights, 'n-empty': Buffer.alloc(0) })
  t.equal((await stat(join(news.path, 'n-model'))).mode & 0o7777, 0o644)
  const again = await store.find('news', never)
  t.equal(again.version, news.found.version)
  s3.put('live/news/n-params.json', '[]')
  t.not((await store.find('news', never)).version, news.found.version)
  for (const target of ['claims', 'only', 'other/o.tar.gz', 'new', 'claims.tar.gz/claims-model']) {
    const message = `There is no "${target}" in s3://models/live. GET /store lists what can be loaded.`
    await t.rejects(store.find(target, never), { code: 'TARGET_NOT_FOUND', message })
  }
})

t.test('the SDK is loaded when S3 is asked, and does not warn of the version of Node', async t => {
  const { proxy } = await startStore(t)
  const script = `
    import { createRequire } from 'node:module'
    import { openS3Store } from ${JSON.stringify(new URL('../../core/store/s3/s3-store.js', import.meta.url))}
    const { cache } = createRequire(import.meta.url)
    const isLoaded = () => Object.keys(cache).some(path => path.includes('client-s3'))
    const store = await openS3Store(${JSON.stringify(s3Settings(proxy.url))})
    const before = isLoaded()
    const { kind } = await store.find('claims.tar.gz', new AbortController().signal)
    store.close()
    console.log(JSON.stringify({ before, after: isLoaded(), kind }), Object.keys(process.env).join(' '))`
  const env = { PATH: process.env['PATH'], ...s3Env }
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env })
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  t.equal(errors, '')
  t.match(out, '{"before":false,"after":true,"kind":"archive"}')
  t.notMatch(out, 'WARNING', 'and nothing is left in the environment')
})

t.test('keys are taken as they are', async t => {
  const { store, s3 } = await startStore(t, {})
  for (const target of ['a b+c?d#e&f=g.tar.gz', 'dür/🎈.tgz', "(a)*!'@$,;:[].tar", 'a/b/c/d/e/f/g']) {
    s3.put(`live/${target}`, archive)
    t.same((await fetchTarget(t, store, target)).content, unpacked, target)
  }
  await t.rejects(store.find('ä'.repeat(1000), never), { code: 'TARGET_NOT_FOUND' })
  await t.rejects(store.find('a'.repeat(1019), never), { code: 'TARGET_NOT_FOUND' })
})

t.test('a body that breaks off goes on at its byte, of the same version', async t => {
  const { store, proxy } = await startStore(t)
  const heads: string[] = []
  proxy.next(get, { kind: 'reset', after: 1000 }, { kind: 'reset', after: 500 })
  proxy.onRequest = ({ headers }) => heads.push(`${headers.range ?? 'all'} ${headers['if-match']}`)
  const { content, found } = await fetchTarget(t, store, 'claims.tar.gz')
  t.same(content, unpacked)
  const [, ...gets] = heads
  t.same(gets, [`all ${found.version}`, `bytes=1000- ${found.version}`, `bytes=1500- ${found.version}`])
})

t.test('what is wrong with a question by HEAD, which is answered without words, is asked by GET', async t => {
  const { store, proxy } = await startStore(t)
  for (const line of ['HEAD ', 'GET ']) proxy.always(line, accessDenied)
  const error = {
    code: 'STORE_DENIED',
    message: /refuses this host: S3 answers 403 AccessDenied: Access Denied\. Check/,
  }
  await t.rejects(store.find('claims.tar.gz', never), error)
  await t.rejects(store.list({ after: undefined, limit: 1 }, never), error)
  proxy.heal()
  proxy.always('HEAD ', accessDenied)
  await t.rejects(store.find('claims.tar.gz', never), { code: 'STORE_DENIED', message: /S3 answers 403/ })
  await t.rejects((await openStore(t, s3Settings(proxy.url, { store: 's3://nowhere' }))).find('a', never), {
    code: 'STORE_DENIED',
    message: /^s3:\/\/nowhere refuses this host: S3 answers 404 NoSuchBucket/,
  })
})

t.test('lists that are no lists end in an error', async t => {
  const { store, proxy } = await startStore(t)
  const page = { after: undefined, limit: 1 }
  proxy.always('GET /models/?', { kind: 'answer', status: 200, body: 'garbage' })
  await t.rejects(store.list(page, never), {
    code: 'STORE_UNAVAILABLE',
    message: /answers 200, but not as S3 does .* in 5 tries/,
  })
  proxy.heal()
  const body = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'
  proxy.always('GET /models/?', { kind: 'answer', status: 200, headers: { 'content-type': 'application/xml' }, body })
  await t.rejects(store.list(page, never), { code: 'STORE_UNAVAILABLE', message: /does not go on/ })
})

t.test('a target that is replaced while it is fetched is told from one that is not there', async t => {
  const { store, proxy, s3 } = await startStore(t, { 'live/claims.tar.gz': archive, 'live/d/a-params.json': '{}' })
  const other = archiveOf({ 'other-model': weights })
  const path = await folder(t)
  proxy.next(get, { kind: 'meanwhile', after: 1000, run: () => s3.put('live/claims.tar.gz', other) })
  const found = await store.find('claims.tar.gz', never)
  const error = await errorOf(found.fetch!(path, never))
  t.ok(isReplaced(error))
  t.match(error, { code: 'STORE_UNAVAILABLE', message: /"claims\.tar\.gz" was replaced while it was fetched/ })
  t.same((await fetchTarget(t, store, 'claims.tar.gz')).content, { 'other-model': weights })

  const replacedBefore = await store.find('claims.tar.gz', never)
  s3.put('live/claims.tar.gz', archive)
  t.ok(isReplaced(await errorOf(replacedBefore.fetch!(path, never))))
  const gone = await store.find('claims.tar.gz', never)
  s3.remove('live/claims.tar.gz')
  const absent = await errorOf(gone.fetch!(path, never))
  t.equal(absent.code, 'TARGET_NOT_FOUND')
  t.notOk(isReplaced(absent))
  const prefix = await store.find('d', never)
  s3.remove('live/d/a-params.json')
  t.ok(isReplaced(await errorOf(prefix.fetch!(path, never))), 'one file of a prefix')
})

t.test('a server that does not know If-Match, or ranges, is found out', async t => {
  const { store, proxy } = await startStore(t)
  proxy.next(get, { kind: 'headers', headers: { etag: '"another"' } })
  const path = await folder(t)
  const found = await store.find('claims.tar.gz', never)
  t.ok(isReplaced(await errorOf(found.fetch!(path, never))))
  proxy.next(get, { kind: 'reset', after: 1000 }, { kind: 'headers', headers: { 'content-range': '' } })
  await t.rejects(found.fetch!(path, never), { code: 'STORE_UNAVAILABLE', message: /asked for the bytes from 1000 on/ })
})

t.test('an archive that is broken in S3 is told from one that is damaged on its way', async t => {
  const broken = Buffer.concat([archive.subarray(0, 50_000), randomBytes(100_000)])
  const { store, proxy } = await startStore(t, { 'live/claims.tar.gz': broken })
  await t.rejects(fetchTarget(t, store, 'claims.tar.gz'), {
    code: 'ARCHIVE_INVALID',
    message: /^claims\.tar\.gz cannot/,
  })
  t.ok(proxy.requests.filter(line => line.startsWith('GET')).length <= 2, 'fetched once, and read to its end')
})

t.test('the checksum that S3 has is checked, else the ETag where it is an MD5', async t => {
  const { store, proxy, s3 } = await startStore(t)
  const etag = '"0123456789abcdef0123456789abcdef"'
  const outcome = async () => {
    const error = await fetchTarget(t, store, 'claims.tar.gz').then(
      () => undefined,
      error => error,
    )
    return error && /do not have the (.*) checksum/.exec(error.message)?.[1]
  }
  for (const checksum of ['crc32', 'sha1', 'sha256'] as const) {
    s3.put('live/claims.tar.gz', archive, { checksum, etag })
    t.equal(await outcome(), undefined, checksum)
    proxy.always(get, { kind: 'flip', at: 50_000 })
    t.equal(await outcome(), checksum.toUpperCase())
    proxy.heal()
  }
  const wrong: Record<string, string> = {
    crc32c: 'AAAAAA==',
    crc64nvme: 'AAAAAAAAAAA=',
    md5: 'AAAAAAAAAAAAAAAAAAAAAA==',
    sha512: 'AAAA',
  }
  for (const [name, value] of Object.entries(wrong)) {
    s3.put('live/claims.tar.gz', archive, { checksum: 'none', headers: { [`x-amz-checksum-${name}`]: value } })
    t.equal(await outcome(), name.toUpperCase())
  }
  const plain = { checksum: 'none' } as const
  s3.put('live/claims.tar.gz', archive, plain)
  t.equal(await outcome(), undefined)
  s3.put('live/claims.tar.gz', archive, { ...plain, etag })
  t.equal(await outcome(), 'MD5 (ETag)')
  for (const [name, value] of Object.entries({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
  })) {
    s3.put('live/claims.tar.gz', archive, { ...plain, etag, headers: { [name]: value } })
    t.equal(await outcome(), undefined, value)
  }
  const composite = { 'x-amz-checksum-crc32': 'AAAAAA==-3', 'x-amz-checksum-type': 'COMPOSITE' }
  s3.put('live/claims.tar.gz', archive, { ...plain, etag: `${etag.slice(0, -1)}-3"`, headers: composite })
  t.equal(await outcome(), undefined, 'of an upload in parts, nothing is known of the whole')
})

t.test('a checksum is of the whole, also where that came in pieces', async t => {
  const { store, proxy } = await startStore(t)
  proxy.next(get, { kind: 'reset', after: 1000 }, { kind: 'flip', at: 70_000 }, { kind: 'reset', after: 10_000 })
  t.same((await fetchTarget(t, store, 'claims.tar.gz')).content, unpacked)
})

t.test('fetches end with their signal, wherever they are', async t => {
  const { store, proxy } = await startStore(t, { 'live/claims.tar.gz': archive, 'live/d/a-params.json': weights })
  const faults: Fault[] = [
    { kind: 'stall' },
    { kind: 'stall', after: 10 },
    slowDown,
    { kind: 'trickle', bytes: 1, everyMs: 10 },
  ]
  for (const fault of faults) {
    for (const target of ['claims.tar.gz', 'd']) {
      const found = await store.find(target, never)
      proxy.always('GET /models/live/', fault)
      const reason = new Error('no longer wanted')
      const abort = new AbortController()
      const fetched = found.fetch!(await folder(t), abort.signal)
      setTimeout(() => abort.abort(reason), 50)
      t.equal(await errorOf(fetched), reason as unknown, `${target}, ${fault.kind}`)
      proxy.heal()
    }
  }
  const abort = AbortSignal.abort(new Error('before'))
  await t.rejects(store.find('claims.tar.gz', abort), { message: 'before' })
  await t.rejects(store.list({ after: undefined, limit: 1 }, abort), { message: 'before' })
})

t.test('a prefix may not have more files, or bytes, than an artifact', async t => {
  const objects = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`live/d/${i}-model`, 'abcd']))
  const { store } = await startStore(t, objects, { maxArchiveEntries: 30, maxArchiveBytes: 120 })
  t.equal((await store.find('d', never)).fileBytes, 120)
  const fewer = await startStore(t, objects, { maxArchiveEntries: 29 })
  await t.rejects(fewer.store.find('d', never), { code: 'ARCHIVE_INVALID', message: /^d cannot .* more than 29 files/ })
  const smaller = await startStore(t, objects, { maxArchiveBytes: 119 })
  await t.rejects(smaller.store.find('d', never), {
    code: 'ARCHIVE_INVALID',
    message: /^d cannot .* more than 119 bytes/,
  })
})

t.test('without credentials, or a region, it is told what is missing', async t => {
  const { AWS_ACCESS_KEY_ID: id, AWS_REGION: region } = process.env
  t.teardown(() => Object.assign(process.env, { AWS_ACCESS_KEY_ID: id, AWS_REGION: region }))
  const s3 = await startS3(t)
  delete process.env['AWS_ACCESS_KEY_ID']
  await t.rejects((await openStore(t, s3Settings(s3.url))).find('a', never), {
    code: 'STORE_DENIED',
    message: /refuses this host: CredentialsProviderError: Could not load credentials/,
  })
  process.env['AWS_ACCESS_KEY_ID'] = id
  delete process.env['AWS_REGION']
  await t.rejects((await openStore(t, s3Settings(s3.url, { s3Region: undefined }))).find('a', never), {
    code: 'STORE_DENIED',
    message: /no region is known; say it with --s3-region, or AWS_REGION/,
  })
})

t.test('the URL of a store is checked', async t => {
  const wrong: Record<string, RegExp> = {
    's3://M/live': /"s3:\/\/M\/live" names no bucket/,
    's3://mo': /names no bucket/,
    's3://-models': /names no bucket/,
    's3://mo..dels': /names no bucket/,
    's3://10.0.0.1/a': /names no bucket/,
    's3:///a': /names no bucket/,
    's3://models/a//b': /two slashes/,
    's3://models//': /two slashes/,
    's3://models/../b': /"\." or "\.\."/,
    's3://models/a\u0000': /control character/,
    [`s3://models/${'a'.repeat(1025)}`]: /more than 1024 bytes/,
    's4://models': /does not begin with s3/,
  }
  for (const [store, message] of Object.entries(wrong)) {
    await t.rejects(openS3Store(s3Settings('', { store })), { code: 'CONFIG_INVALID', message })
  }
  for (const s3Endpoint of ['localhost:9000', 'ftp://host', '', '/path']) {
    await t.rejects(openS3Store(s3Settings(s3Endpoint)), { code: 'CONFIG_INVALID', message: /is no URL/ })
  }
  await t.rejects(openS3Store(s3Settings('http://localhost', { s3Region: 'eu central' })), { code: 'CONFIG_INVALID' })
  const s3 = await startS3(t, { 'a.tar.gz': archive, 'x/y/a.tar.gz': archive })
  for (const [store, url] of [
    ['s3://models', 's3://models'],
    ['s3://models/', 's3://models'],
    ['s3://models/x/y', 's3://models/x/y'],
    ['s3://models/x/y/', 's3://models/x/y'],
  ] as const) {
    const opened = await openStore(t, s3Settings(s3.url, { store }))
    t.equal(opened.url, url)
    t.equal((await opened.find('a.tar.gz', never)).fileBytes, archive.length)
  }
})
