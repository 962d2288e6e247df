import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { accessDenied, type Fault, internalError, s3Fault, slowDown } from '../helpers/fault-proxy.js'
import { s3Settings, useS3Env } from '../helpers/s3-server.js'
import { archive, errorOf, fetchTarget, never, openStore, startStore, unpacked, weights } from '../helpers/s3-store.js'

useS3Env()
// They wait most of the time.
t.jobs = 3

/** Two stores: one that a slow machine does not disturb, and one whose limits are over soon. */
async function startStores(t: Test) {
  const { store, proxy, s3 } = await startStore(t, {})
  const hasty = await openStore(t, s3Settings(proxy.url, { s3RequestTimeoutMs: 500, s3BodyTimeoutMs: 200 }))
  const isStall = ({ kind }: Fault) => kind === 'stall'
  return { proxy, s3, hasty, waitingFor: (...faults: readonly Fault[]) => (faults.some(isStall) ? hasty : store) }
}

t.test('what passes is tried again', async t => {
  const middle = archive.length >> 1
  const passing: Record<string, Fault[]> = {
    '503': [slowDown, slowDown],
    '500': [internalError, internalError, internalError, internalError],
    'reset before the head': [{ kind: 'reset' }],
    'reset at the first byte': [{ kind: 'reset', after: 0 }],
    'reset within the body, three times': [1000, 100_000, 10].map(after => ({ kind: 'reset', after })),
    truncation: [{ kind: 'truncate', after: middle }],
    'a body that ends early': [{ kind: 'shorten', after: middle }],
    'a stall before the head': [{ kind: 'stall' }],
    'a stall within the body': [{ kind: 'stall', after: middle }],
    'a body that is damaged': [
      { kind: 'flip', at: middle },
      { kind: 'flip', at: archive.length - 1 },
    ],
    'a checksum that is wrong': [{ kind: 'headers', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }],
    'all together': [{ kind: 'reset', after: 1000 }, slowDown, { kind: 'stall', after: 5 }, { kind: 'flip', at: 7 }],
    'a body that trickles': [{ kind: 'trickle', bytes: 1 << 15, everyMs: 20 }],
  }
  const { proxy, s3, ...stores } = await startStores(t)
  const names = Object.keys(passing)
  await Promise.all(
    names.map(async (name, i) => {
      const store = stores.waitingFor(...passing[name]!)
      s3.put(`live/${i}.tar.gz`, archive)
      proxy.next(`GET /models/live/${i}.tar.gz`, ...passing[name]!)
      t.same((await fetchTarget(t, store, `${i}.tar.gz`)).content, unpacked, name)
      s3.put(`live/d${i}/a-model`, weights)
      s3.put(`live/d${i}/a-params.json`, '{}')
      proxy.next(`GET /models/live/d${i}/a-model`, ...passing[name]!)
      const { content } = await fetchTarget(t, store, `d${i}`)
      t.same(content, { 'a-model': weights, 'a-params.json': Buffer.from('{}') }, `${name}, of a prefix`)
    }),
  )
  proxy.next('HEAD ', slowDown, { kind: 'reset' }, { kind: 'stall' })
  const garbage: Fault = { kind: 'answer', status: 200, body: 'garbage' }
  proxy.next('GET /models/?', internalError, garbage, { kind: 'truncate', after: 50 })
  t.equal((await stores.hasty.find('d0', never)).kind, 'folder')
})

/** What people are told of a fault that lasts, by a store that has another one for each. */
const lasting: Record<string, { fault: Fault; code: string; problem: string | RegExp; tries: number }> = {
  '503': {
    fault: slowDown,
    code: 'STORE_UNAVAILABLE',
    problem: 'S3 answers 503 SlowDown: Please reduce your request rate, in 5 tries',
    tries: 5,
  },
  '500': {
    fault: internalError,
    code: 'STORE_UNAVAILABLE',
    problem: /S3 answers 500 InternalError: .*, in 5 tries/,
    tries: 5,
  },
  reset: {
    fault: { kind: 'reset' },
    code: 'STORE_UNAVAILABLE',
    problem: 'the connection was reset, in 5 tries',
    tries: 5,
  },
  'reset at the first byte': {
    fault: { kind: 'reset', after: 0 },
    code: 'STORE_UNAVAILABLE',
    problem: 'the connection was reset, in 5 tries',
    tries: 5,
  },
  'a body that breaks off again and again': {
    fault: { kind: 'reset', after: 1000 },
    code: 'STORE_UNAVAILABLE',
    problem: 'the connection was reset, in 50 tries',
    tries: 50,
  },
  'stall before the head': {
    fault: { kind: 'stall' },
    code: 'STORE_UNAVAILABLE',
    problem: 'no answer within 500 ms, in 5 tries',
    tries: 5,
  },
  'stall within the body': {
    fault: { kind: 'stall', after: 0 },
    code: 'STORE_UNAVAILABLE',
    problem: 'no byte came for 200 ms, in 5 tries',
    tries: 5,
  },
  'shorter bodies': {
    fault: { kind: 'shorten', after: 0 },
    code: 'STORE_UNAVAILABLE',
    problem: /S3 promises 0 bytes of an object that has \d+, in 5 tries/,
    tries: 5,
  },
  'damaged bodies': {
    fault: { kind: 'flip', at: archive.length >> 1 },
    code: 'STORE_UNAVAILABLE',
    problem: /^"\d+\.tar\.gz" came 3 times, and its bytes do not have the CRC32 checksum that S3 gives$/,
    tries: 3,
  },
  'wrong checksums': {
    fault: { kind: 'headers', headers: { 'x-amz-checksum-sha256': 'AAAA' } },
    code: 'STORE_UNAVAILABLE',
    problem: /^"\d+\.tar\.gz" came 3 times, and its bytes do not have the SHA256 checksum that S3 gives$/,
    tries: 3,
  },
  AccessDenied: {
    fault: accessDenied,
    code: 'STORE_DENIED',
    problem: 'S3 answers 403 AccessDenied: Access Denied',
    tries: 1,
  },
  InvalidObjectState: {
    fault: s3Fault(403, 'InvalidObjectState', "The operation is not valid for the object's storage class"),
    code: 'STORE_DENIED',
    problem: /403 InvalidObjectState: .* storage class/,
    tries: 1,
  },
  PermanentRedirect: {
    fault: s3Fault(301, 'PermanentRedirect', 'Use the endpoint.', { headers: { 'x-amz-bucket-region': 'us-west-2' } }),
    code: 'STORE_DENIED',
    problem:
      'S3 answers 301 PermanentRedirect: Use the endpoint (the bucket is in the region us-west-2: --s3-region us-west-2)',
    tries: 1,
  },
  AuthorizationHeaderMalformed: {
    fault: s3Fault(400, 'AuthorizationHeaderMalformed', 'wrong region', { xml: '<Region>us-west-2</Region>' }),
    code: 'STORE_DENIED',
    problem: /wrong region \(the bucket is in the region us-west-2/,
    tries: 1,
  },
  'redirects without end': {
    fault: { kind: 'answer', status: 307, headers: { location: '/models/live/claims.tar.gz' } },
    code: 'STORE_DENIED',
    problem: 'S3 answers 307',
    tries: 1,
  },
  NoSuchBucket: {
    fault: s3Fault(404, 'NoSuchBucket', 'The specified bucket does not exist'),
    code: 'STORE_DENIED',
    problem: /404 NoSuchBucket/,
    tries: 1,
  },
  'gateway errors that are no XML': {
    fault: { kind: 'answer', status: 502, headers: { 'content-type': 'text/html' }, body: '<html><p>Bad gateway' },
    code: 'STORE_UNAVAILABLE',
    problem: /^S3 answers 502.*, in 5 tries$/,
    tries: 5,
  },
  'an error that S3 never gave before': {
    fault: s3Fault(400, 'Whatever', 'Bell\u0007 '.repeat(1000)),
    code: 'STORE_UNAVAILABLE',
    problem: /^S3 answers 400 .{0,310}…$/,
    tries: 1,
  },
}

t.test('where it lasts, a fetch ends in an error that tells what it was', async t => {
  const { proxy, s3, waitingFor } = await startStores(t)
  await Promise.all(
    Object.entries(lasting).map(async ([name, { fault, code, problem, tries }], i) => {
      s3.put(`live/${i}.tar.gz`, archive)
      const line = `GET /models/live/${i}.tar.gz`
      proxy.always(line, fault)
      const path = await folder(t)
      const found = await waitingFor(fault).find(`${i}.tar.gz`, never)
      const error = await errorOf(found.fetch!(path, never))
      t.equal(error.code, code, name)
      t.match(problemOf(error.message), problem)
      t.equal(proxy.requests.filter(each => each.startsWith(line)).length, tries, 'times that it was asked')
    }),
  )
})

/** Between what the store's errors always say. */
const problemOf = (message: string) =>
  /^s3:\/\/models\/live (?:refuses this host|does not give what it was asked for): (.*)\. (?:Check the bucket|Models that are)/.exec(
    message,
  )?.[1] ?? message

t.test('what cannot be connected to is told', async t => {
  const settings = { s3ConnectTimeoutMs: 100, s3RequestTimeoutMs: 500 }
  const refusing = createServer().listen(0, '127.0.0.1')
  await once(refusing, 'listening')
  const { port } = refusing.address() as { port: number }
  refusing.close()
  const refused = await openStore(t, s3Settings(`http://127.0.0.1:${port}`, settings))
  await t.rejects(refused.find('a', never), {
    code: 'STORE_UNAVAILABLE',
    message: new RegExp(`connect ECONNREFUSED 127\\.0\\.0\\.1:${port}, in 5 tries`),
  })
  const chatty = createServer(socket => socket.on('error', () => {}).end('this is not HTTP\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  )
  t.teardown(() => (chatty as Server).close())
  await once(chatty, 'listening')
  const other = await openStore(
    t,
    s3Settings(`http://127.0.0.1:${(chatty.address() as { port: number }).port}`, settings),
  )
  await t.rejects(other.find('a', never), { code: 'STORE_UNAVAILABLE', message: /Parse Error.*, in 5 tries/ })
})
