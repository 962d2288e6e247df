import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { S3Bucket } from '../../core/store/s3/bucket.js'
import { type Upload, uploadObject } from '../../core/store/s3/upload.js'
import { accessDenied, s3Fault, slowDown, startFaultProxy } from '../helpers/fault-proxy.js'
import { s3Settings, startS3, useS3Env } from '../helpers/s3-server.js'
import { archive, errorOf, never } from '../helpers/s3-store.js'

useS3Env()

const hash = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest()
const upload: Upload = {
  key: 'claims.tar.gz',
  url: 's3://models/claims.tar.gz',
  bytes: archive.length,
  sha256: hash('sha256', archive),
  md5: hash('md5', archive),
  open: () => Readable.from([archive.subarray(0, 1000), archive.subarray(1000)]),
  overwrite: false,
}

async function start(t: Test) {
  const s3 = await startS3(t)
  const proxy = await startFaultProxy(t, s3)
  const bucket = new S3Bucket('models', s3Settings(proxy.url))
  t.teardown(() => bucket.close())
  return {
    s3,
    proxy,
    put: (more: Partial<Upload> = {}, signal = never) => uploadObject(bucket, { ...upload, ...more }, signal),
  }
}

t.test('what passes is tried again, and an object that came though its answer was lost is no stranger', async t => {
  const { s3, proxy, put } = await start(t)
  proxy.next('PUT', slowDown, { kind: 'reset' }, { kind: 'lose' })
  t.equal(await put(), s3.get('claims.tar.gz')!.etag)
  t.ok(s3.get('claims.tar.gz')!.body.equals(archive))
  t.equal(proxy.requests.filter(line => line.startsWith('PUT')).length, 4, 'the last was refused: it is there')
})

t.test('an object that is there stays, unless it may be replaced', async t => {
  const { s3, proxy, put } = await start(t)
  s3.put('claims.tar.gz', 'before')
  t.equal(await put(), undefined)
  proxy.next('HEAD', { kind: 'answer', status: 404 })
  t.equal(await put(), undefined, 'also where somebody puts it after the look')
  proxy.next('HEAD', { kind: 'answer', status: 404 })
  proxy.next('PUT', slowDown)
  t.equal(await put(), undefined, 'and before the second try')
  t.equal(s3.get('claims.tar.gz')!.body.toString(), 'before')
  await put({ overwrite: true })
  t.ok(s3.get('claims.tar.gz')!.body.equals(archive))
})

t.test(
  'nothing is waited for once S3 has answered, though the source has not said yet that it has no more',
  async t => {
    const { put } = await start(t)
    const timers = () => process.getActiveResourcesInfo().filter(each => each === 'Timeout').length
    let end = () => {}
    let ended: Promise<void> | undefined
    async function* slowToEnd() {
      yield archive
      ended = new Promise<void>(resolve => {
        end = resolve
      })
      await ended
    }
    const before = timers()
    await put({ open: () => Readable.from(slowToEnd()) })
    end()
    await ended
    await new Promise(setImmediate)
    t.equal(timers(), before)
  },
)

t.test('what is refused, or stored otherwise, is told', async t => {
  const { proxy, put } = await start(t)
  proxy.next('PUT', accessDenied)
  t.match(await errorOf(put()), { code: 'STORE_DENIED', message: /claims\.tar\.gz refuses .*403 AccessDenied/ })
  t.match(await errorOf(put({ sha256: Buffer.alloc(32) })), { code: 'STORE_UNAVAILABLE', message: /400 BadDigest/ })
  proxy.next('PUT', s3Fault(400, 'EntityTooLarge'))
  t.match(await errorOf(put()), { code: 'STORE_UNAVAILABLE', message: /400 EntityTooLarge/ })
  proxy.next('PUT', { kind: 'headers', headers: { etag: '"00000000000000000000000000000000"' } })
  t.match(await errorOf(put()), { code: 'STORE_UNAVAILABLE', message: /stored other bytes than were sent/ })
})

t.test('an upload ends with its signal, and with what it reads', async t => {
  const { proxy, put } = await start(t)
  proxy.always('PUT', { kind: 'stall' })
  const abort = new AbortController()
  const reason = new Error('no longer wanted')
  proxy.onRequest = ({ method }) => method === 'PUT' && abort.abort(reason)
  t.equal(await errorOf(put({}, abort.signal)), reason as unknown)
  const broken = new Error('it changed while it was packed')
  const open = () =>
    Readable.from(
      (async function* () {
        yield archive.subarray(0, 1000)
        throw broken
      })(),
    )
  proxy.heal()
  t.match(await errorOf(put({ open })), { message: /it changed while it was packed/ })
})
