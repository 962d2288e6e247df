import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { accessDenied, type Fault, internalError, s3Fault, slowDown } from '../helpers/fault-proxy.js'
import { clientOf } from '../helpers/runtime-client.js'
import { brokenEntries, lookAtCache, probeArchive, startS3Host } from '../helpers/s3-host.js'
import { useS3Env } from '../helpers/s3-server.js'

/** What S3 and the network do wrong, as callers of a host see it. What a store alone makes of it: test/core/s3-faults.test.ts. */

useS3Env()
// They wait most of the time.
t.jobs = 3

const content = randomBytes(200_000)
const archive = probeArchive('', content)
const middle = archive.length >> 1
const hasty = { s3RequestTimeoutMs: 700, s3BodyTimeoutMs: 500, fetchTimeoutMs: 30_000, loadsAtOnce: 100 }

type S3Host = Awaited<ReturnType<typeof startS3Host>>

/** Asks again and again until it is told to end. @returns what else came than 200 */
function keepAsking({ put, ask }: S3Host) {
  let isOver = false
  const others: unknown[] = []
  const counts = { resident: 0, loading: 0 }
  const until = async (what: 'resident' | 'loading', target: (i: number) => string) => {
    while (!isOver) {
      const answer = await ask(target(counts[what]++))
      if (answer.status !== 200) others.push({ what, ...answer })
      await pause(10)
    }
  }
  const fresh = (i: number) => {
    put(`fresh-${i}.tar.gz`, archive)
    return `fresh-${i}.tar.gz`
  }
  const all = Promise.all([until('resident', () => 'resident.tar.gz'), until('loading', fresh)])
  return async () => {
    isOver = true
    await all
    return { counts, others }
  }
}

/** Faults of the request for the object of a target; those of another line have it in front. */
interface Case {
  readonly faults: (parts: { put: (body: Buffer) => void }) => readonly Fault[]
  readonly line?: (target: string) => string
  /** Lasting ones end in this error. */
  readonly code?: 'STORE_UNAVAILABLE' | 'STORE_DENIED'
  readonly message?: RegExp
}

const head = (target: string) => `HEAD /models/live/${target}`
const just = (...faults: readonly Fault[]): Pick<Case, 'faults'> => ({ faults: () => faults })
const other = () => probeArchive('other ', randomBytes(200_000))
const redirect = s3Fault(301, 'PermanentRedirect', 'Elsewhere.', { headers: { 'x-amz-bucket-region': 'us-west-2' } })
const unavailable = (fault: Fault, message: RegExp): Case => ({ ...just(fault), code: 'STORE_UNAVAILABLE', message })
const denied = (fault: Fault, message: RegExp): Case => ({ ...just(fault), code: 'STORE_DENIED', message })
const html = { 'content-type': 'text/html' }

const passing: Readonly<Record<string, Case>> = {
  '500, 503': just(internalError, slowDown),
  '500, 503 for HEAD': { ...just(internalError, slowDown), line: head },
  reset: just({ kind: 'reset' }, { kind: 'reset', after: middle }),
  truncation: just({ kind: 'truncate', after: middle }, { kind: 'shorten', after: 10 }),
  stalls: just({ kind: 'stall' }, { kind: 'stall', after: middle }),
  'stall of HEAD': { ...just({ kind: 'stall' }), line: head },
  'wrong checksum': just({ kind: 'headers', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } }),
  'flipped byte': just({ kind: 'flip', at: middle }),
  garbage: just({ kind: 'answer', status: 502, headers: html, body: '<html>Bad gateway' }),
  'replaced while it comes': {
    faults: ({ put }) => [{ kind: 'meanwhile', after: middle, run: () => put(other()) }],
  },
}

const lasting: Readonly<Record<string, Case>> = {
  '500': unavailable(internalError, /500 InternalError: .* in 5 tries/),
  '503': unavailable(slowDown, /503 SlowDown: .* in 5 tries/),
  'reset before the head': unavailable({ kind: 'reset' }, /the connection was reset, in 5 tries/),
  'reset at the first byte': unavailable({ kind: 'reset', after: 0 }, /the connection was reset, in 5 tries/),
  truncation: unavailable({ kind: 'truncate', after: 0 }, /in 5 tries/),
  'a shorter body': unavailable({ kind: 'shorten', after: middle }, /S3 promises \d+ bytes/),
  'stall before the head': unavailable({ kind: 'stall' }, /no answer within 700 ms, in 5 tries/),
  'stall in the body': unavailable({ kind: 'stall', after: 0 }, /no byte came for 500 ms, in 5 tries/),
  'wrong checksum': unavailable({ kind: 'headers', headers: { 'x-amz-checksum-sha256': 'AAAA' } }, /SHA256 checksum/),
  'flipped byte': unavailable({ kind: 'flip', at: middle }, /came 3 times, .* CRC32 checksum/),
  'replaced again and again': {
    faults: ({ put }) => [{ kind: 'meanwhile', after: middle, run: () => put(other()) }],
    code: 'STORE_UNAVAILABLE',
    message: /was replaced while it was fetched/,
  },
  'missing bucket': denied(s3Fault(404, 'NoSuchBucket', 'The bucket does not exist'), /404 NoSuchBucket/),
  AccessDenied: denied(accessDenied, /403 AccessDenied/),
  'AccessDenied for HEAD': { ...denied(accessDenied, /refuses this host: S3 answers 403/), line: head },
  'wrong region': denied(redirect, /the bucket is in the region us-west-2: --s3-region us-west-2/),
  'a redirect without end': denied({ kind: 'answer', status: 307, headers: { location: '/models/live/x' } }, /307/),
  'garbage as a list': {
    ...unavailable({ kind: 'answer', status: 200, body: 'garbage <' }, /answers 200, but not as S3 does .* in 5 tries/),
    line: target => `&prefix=live%2F${target}%2F`,
  },
  'an error page': unavailable(
    { kind: 'answer', status: 502, headers: html, body: '<html>Bad' },
    /answers 502.*5 tries/,
  ),
}

const named = (cases: Readonly<Record<string, Case>>, prefix: string) =>
  Object.entries(cases).map(([what, each], i) => ({ what, ...each, target: `${prefix}${i}.tar.gz` }))

t.test('whatever S3 does, a request ends in 200, or in an error that says what it was; others are served', async t => {
  const s3Host = await startS3Host(t, { 'resident.tar.gz': archive }, hasty)
  const { host, put, ask, proxy, cache } = s3Host
  const sdk = clientOf(t, host)
  const sdkStatus = (target: string) =>
    sdk(target, 'x').then(
      () => 200,
      error => ({ [error.name]: error.$metadata.httpStatusCode }),
    )
  t.equal((await ask('resident.tar.gz')).status, 200)
  const end = keepAsking(s3Host)
  const cases = [...named(passing, 'passing-'), ...named(lasting, 'lasting-')]
  const sinceMs = performance.now()
  const asked = cases.map(
    async ({ what, target, line = each => `GET /models/live/${each}`, code, message, faults }) => {
      // What is no object is looked for as a prefix.
      if (!line('').includes('prefix')) put(target, archive)
      const given = faults({ put: body => void put(target, body) })
      if (code) proxy.always(line(target), given[0]!)
      else proxy.next(line(target), ...given)
      const [answer, bySdk] = await Promise.all([ask(target), sdkStatus(target)])
      if (code) {
        t.match(answer, { status: 502, code, message }, what)
        t.same(bySdk, { InternalFailure: 500 }, `${what}, by the SDK`)
      } else {
        t.match(answer, { status: 200, text: what.startsWith('replaced') ? 'other x' : 'x' }, what)
        t.equal(bySdk, 200)
      }
    },
  )
  await Promise.all(asked)
  t.ok(performance.now() - sinceMs < hasty.fetchTimeoutMs, 'all within the limit')
  t.equal((await fetch(`${host.url}/health/ready`)).status, 200)
  t.same(await brokenEntries(cache), [])

  proxy.heal()
  for (const { what, target, line, code } of cases) {
    const isAbsent = line?.('').includes('prefix')
    if (code) t.match(await askWhenDue(s3Host, target), { status: isAbsent ? 404 : 200 }, `${what} is over`)
  }
  const { counts, others } = await end()
  t.same(others, [], 'models that were there, and such as were loaded meanwhile, answered all the time')
  t.ok(counts.resident > 20 && counts.loading > 5, `${counts.resident} and ${counts.loading} requests`)
  t.match(await lookAtCache(cache), { underWay: [], broken: [] })
})

/** Asks, and again when the host says that it is time, where a failure is still remembered. */
async function askWhenDue({ ask }: S3Host, target: string): ReturnType<S3Host['ask']> {
  for (;;) {
    const answer = await ask(target)
    const [, seconds] = /the next try is in (\d+) s/.exec(answer.message ?? '') ?? []
    if (seconds === undefined) return answer
    await pause(Number(seconds) * 1000)
  }
}

t.test('with S3 away, resident models answer and the host is ready; it goes on when S3 is back', async t => {
  const s3Host = await startS3Host(t, { 'resident.tar.gz': archive }, hasty)
  const { host, ask, proxy, cache, put } = s3Host
  t.equal((await ask('resident.tar.gz')).status, 200)
  put('late.tar.gz', archive)
  let leave = () => {}
  const isAway = new Promise<void>(resolve => {
    leave = () => resolve(proxy.leave())
  })
  proxy.next('GET /models/live/late', { kind: 'meanwhile', after: middle, run: leave })
  const late = ask('late.tar.gz')
  await isAway
  const away = ask('away.tar.gz')
  for (let i = 0; i < 20; i++) t.equal((await ask('resident.tar.gz')).status, 200)
  const refused = { status: 502, code: 'STORE_UNAVAILABLE', message: /ECONNREFUSED.*, in \d tries/ }
  t.match(await Promise.all([late, away]), [refused, refused])
  t.match((await fetch(`${host.url}/store`)).status, 502)
  const ready = await fetch(`${host.url}/health/ready`)
  t.equal(ready.status, 200)
  t.match(await ready.json(), { ready: true, waiting: 0 })
  t.equal((await ask('resident.tar.gz')).status, 200)
  t.match(await lookAtCache(cache), { underWay: [], entries: 1, broken: [] })
  await proxy.comeBack()
  t.equal((await askWhenDue(s3Host, 'late.tar.gz')).status, 200)
  t.equal((await askWhenDue(s3Host, 'away.tar.gz')).status, 404)
})

t.test('what comes too slowly is given up at the limit of a fetch', async t => {
  const limit = { fetchTimeoutMs: 1000, loadWaitMs: 300 }
  const { host, ask, proxy, cache } = await startS3Host(t, { 'a.tar.gz': archive, 'b.tar.gz': archive }, limit)
  proxy.always('GET /models/live/a', { kind: 'trickle', bytes: 100, everyMs: 20 })
  const untilLoaded = async (target: string) => {
    let answer = await ask(target)
    while (answer.status === 429) answer = await ask(target)
    return answer
  }
  // The first one may need longer than that: it waits for the SDK of the host.
  while ((await untilLoaded('b.tar.gz')).status !== 200);
  await t.rejects(clientOf(t, host)('a.tar.gz', 'x'), { name: 'ModelNotReadyException' })
  t.match(await untilLoaded('a.tar.gz'), {
    status: 502,
    code: 'STORE_UNAVAILABLE',
    message: /"a.tar.gz" did not come within 1000 ms/,
  })
  t.match(await lookAtCache(cache), { underWay: [], entries: 1, broken: [] })
})
