import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { fail, type HostError } from 'modelhost'
import t, { type Test } from 'tap'
import type { PredictRequest } from '../../core/lane-queue.js'
import { findRows } from '../../core/rows.js'
import { folder } from '../helpers/artifacts.js'
import { type FakeParts, fakeHost, type Outcome } from '../helpers/fake-host.js'
import { recordedRequests } from '../helpers/snowflake-requests.js'

const idHeader = 'sf-external-function-query-batch-id'
const json = { 'content-type': 'application/json' }
const two = '{"data":[[0,"a"],[1,"b"]]}'

const rowsOf = (body: Uint8Array | string) =>
  (JSON.parse(Buffer.from(body as Uint8Array).toString()) as { data: unknown[][] }).data
/** Answers rows with their model's name and their arguments. */
function echoRows(name: string, { body }: Pick<PredictRequest, 'body'>): Outcome {
  const text = Buffer.from(body).toString()
  const rows: string[] = []
  findRows(text, (start, numberStart, numberEnd, end) => {
    const [, ...args] = JSON.parse(text.slice(start, end))
    rows.push(`[${text.slice(numberStart, numberEnd)},${JSON.stringify([name, ...args])}]`)
  })
  return { text: `{"data":[${rows}]}` }
}

async function start(t: Test, parts: FakeParts = {}, flags: Record<string, unknown> = {}) {
  const asked: string[] = []
  const predict: FakeParts['predict'] = (name, request) => {
    asked.push(`${name} ${Buffer.from(request.body)}`)
    return (parts.predict ?? echoRows)(name, request)
  }
  const { app, listen } = await fakeHost(t, { store: await folder(t), ...flags }, { ...parts, predict })
  const post = (url: string, payload: string | Buffer = two, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } })
  const poll = (url: string, id: string) => app.inject({ url, headers: { [idHeader]: id } })
  const done = async (url: string, id: string) => {
    for (;;) {
      const answer = await poll(url, id)
      if (answer.statusCode !== 202) return answer
      await new Promise(setImmediate)
    }
  }
  return { app, listen, asked, post, poll, done }
}

t.test('rows go to the model of the path, and its answers come back', async t => {
  const { post, asked } = await start(t)
  const answer = await post('/snowflake/dir%2Fner.tar.gz')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/json')
  t.equal(answer.headers['server-timing'], 'predict;dur=2')
  t.same(answer.json(), {
    data: [
      [0, ['dir/ner.tar.gz', 'a']],
      [1, ['dir/ner.tar.gz', 'b']],
    ],
  })
  t.same(asked, [`dir/ner.tar.gz ${two}`])
  const invalid = await post('/snowflake/..%2Fner')
  t.equal(invalid.statusCode, 400)
  t.match(invalid.json(), { error: { code: 'TARGET_INVALID' } })
})

t.test('a model is told what it is sent, and how long its answer may be', async t => {
  const heads: unknown[] = []
  const predict: FakeParts['predict'] = (name, request) => {
    heads.push(request.head)
    return echoRows(name, request)
  }
  const { post } = await start(t, { predict }, { snowflakeBatchBytes: 5000 })
  await post('/snowflake/m', gzipSync(two), {
    'content-encoding': 'gzip',
    accept: 'text/csv',
    'x-amzn-sagemaker-custom-attributes': 'x',
  })
  const contentType = 'application/vnd.modelhost.rows+json; max-answer-bytes=5000'
  t.same(heads, [{ contentType, contentEncoding: undefined, accept: undefined, customAttributes: '' }])
})

t.test('requests in Snowflake’s own forms reach their model unchanged, and are answered row by row', async t => {
  const { post, asked } = await start(t)
  const packers = { gzip: gzipSync, deflate: deflateSync }
  for (const { title, headers, body } of recordedRequests) {
    const encoding = headers['content-encoding'] as keyof typeof packers | undefined
    const answer = await post('/snowflake/m', encoding ? packers[encoding](body) : Buffer.from(body), headers)
    t.equal(answer.statusCode, 200, title)
    t.equal(asked.at(-1), `m ${body}`)
    t.equal(answer.json().data.length, JSON.parse(body).data.length)
    const again = await post('/snowflake/m', encoding ? packers[encoding](body) : Buffer.from(body), headers)
    t.same(again.rawPayload, answer.rawPayload)
  }
  t.equal(asked.length, recordedRequests.length)
})

t.test('another format than Snowflake’s own, or another body than JSON, is refused', async t => {
  const { post } = await start(t)
  const formats = { 'sf-external-function-format': 'json', 'sf-external-function-format-version': '1.0' }
  t.equal((await post('/snowflake/m', two, formats)).statusCode, 200)
  for (const [header, value] of [
    ['sf-external-function-format', 'arrow'],
    ['sf-external-function-format-version', '2.0'],
  ] as const) {
    const answer = await post('/snowflake/m', two, { ...formats, [header]: value })
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { error: { code: 'REQUEST_INVALID', message: `${header} is "${value}"` } })
  }
  for (const type of ['application/json; charset=UTF-8', 'application/vnd.modelhost.rows+json'])
    t.equal((await post('/snowflake/m', two, { 'content-type': type })).statusCode, 200)
  for (const type of ['text/csv', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', 'json'])
    t.equal((await post('/snowflake/m', two, { 'content-type': type })).statusCode, 415)
})

t.test('a packed body is unpacked, within the bound of a batch', async t => {
  const { post, asked } = await start(t, {}, { snowflakeBatchBytes: 20_000 })
  for (const [encoding, body] of [
    ['gzip', gzipSync(two)],
    ['GZIP', gzipSync(two)],
    ['deflate', deflateSync(two)],
    ['deflate', deflateRawSync(two)],
    ['identity', Buffer.from(two)],
  ] as const) {
    t.equal((await post('/snowflake/m', body, { 'content-encoding': encoding })).statusCode, 200, encoding)
  }
  t.ok(asked.every(each => each === `m ${two}`))
  const refused = async (body: Buffer, encoding: string, status: number, code: string) => {
    const answer = await post('/snowflake/m', body, { 'content-encoding': encoding })
    t.equal(answer.statusCode, status)
    t.match(answer.json(), { error: { code } })
    return answer.json().error.message
  }
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  t.match(await refused(bomb, 'gzip', 413, 'BODY_TOO_LARGE'), /20000 bytes.*--snowflake-batch-bytes/)
  t.match(await refused(gzipSync(Buffer.alloc(20_001)), 'gzip', 413, 'BODY_TOO_LARGE'), /20000/)
  t.match(await refused(Buffer.alloc(20_001, ' '), 'identity', 413, 'BODY_TOO_LARGE'), /20000/)
  await refused(gzipSync(two).subarray(0, 20), 'gzip', 400, 'BODY_MALFORMED')
  await refused(Buffer.from(two), 'gzip', 400, 'BODY_MALFORMED')
  await refused(Buffer.from(two), 'br', 415, 'MEDIA_TYPE_UNSUPPORTED')
})

t.test('an answer is packed where the caller takes that and it is worth it', async t => {
  const { post } = await start(t, {}, { snowflakeDigest: true })
  const large = JSON.stringify({ data: Array.from({ length: 200 }, (_, i) => [i, 'the same text again']) })
  const plain = await post('/snowflake/m', large)
  t.equal(plain.headers['content-encoding'], undefined)
  const unpack = { gzip: gunzipSync, deflate: inflateSync }
  for (const [accept, packing] of [
    ['gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['deflate, gzip;q=0.5', 'gzip'],
    ['gzip;q=0, *', 'deflate'],
    ['*', 'gzip'],
  ] as const) {
    const answer = await post('/snowflake/m', large, { 'accept-encoding': accept })
    t.equal(answer.headers['content-encoding'], packing, accept)
    t.ok(answer.rawPayload.length < plain.rawPayload.length / 2)
    t.equal(unpack[packing](answer.rawPayload).toString(), plain.body)
    t.equal(answer.headers['content-md5'], createHash('md5').update(answer.rawPayload).digest('base64'))
  }
  for (const accept of ['', 'br', 'identity', 'gzip;q=0'])
    t.equal((await post('/snowflake/m', large, { 'accept-encoding': accept })).headers['content-encoding'], undefined)
  const small = await post('/snowflake/m', two, { 'accept-encoding': 'gzip' })
  t.equal(small.headers['content-encoding'], undefined)
  t.equal((await start(t).then(({ post }) => post('/snowflake/m'))).headers['content-md5'], undefined)
})

t.test('a host with one model has it under its name', async t => {
  const { post } = await start(t, {}, { store: undefined, single: await folder(t) })
  t.same((await post('/snowflake/model')).json(), {
    data: [
      [0, ['model', 'a']],
      [1, ['model', 'b']],
    ],
  })
})

t.test('what fails a batch is a status that Snowflake repeats, or one that it does not', async t => {
  const errors = {
    full: fail('QUEUE_FULL', { model: 'm', limit: 1 }),
    slow: fail('MODEL_NOT_READY', { model: 'm', waitedMs: 5 }),
    gone: fail('MODEL_NOT_LOADED', { model: 'm' }),
    malformed: fail('BODY_MALFORMED', { problem: 'x.', expected: 'y' }),
    large: fail('ANSWER_TOO_LARGE', { answerBytes: 2, limitBytes: 1 }),
  }
  const predict: FakeParts['predict'] = name => ({ error: errors[name as keyof typeof errors] })
  const { post } = await start(t, { predict })
  for (const [name, status, retryAfter] of [
    ['full', 503, '1'],
    ['slow', 429, '1'],
    ['gone', 404, undefined],
    ['malformed', 400, undefined],
    ['large', 413, undefined],
  ] as const) {
    const answer = await post(`/snowflake/${name}`)
    t.equal(answer.statusCode, status)
    t.equal(answer.headers['retry-after'], retryAfter)
    t.match(answer.json(), { error: { code: errors[name].code } })
  }
  const state = { isReady: false, isDraining: true, isClosed: true }
  const { post: tooLate } = await start(t, { state })
  t.match((await tooLate('/snowflake/m')).json(), { error: { code: 'DRAINING' } })
})

t.test('a model that a platform is still loading is asked again: 429, not 404', async t => {
  const expect = (model: string) => {
    throw fail('MODEL_NOT_LOADED', { model })
  }
  const stateOf = (model: string) => (model === 'coming' ? ('loading' as const) : undefined)
  const { post } = await start(t, { expect, stateOf })
  t.equal((await post('/snowflake/coming')).statusCode, 429)
  t.equal((await post('/snowflake/coming', two, { [idHeader]: 'x' })).statusCode, 429)
  t.equal((await post('/snowflake/nobody')).statusCode, 404)
})

t.test('a batch that comes again has the answer of the first time', async t => {
  const { post, asked } = await start(t)
  const first = await post('/snowflake/a%2Fb', two, { [idHeader]: 'q:1' })
  const again = await post('/snowflake/a%2fb', gzipSync(two), { [idHeader]: 'q:1', 'content-encoding': 'gzip' })
  t.equal(asked.length, 1)
  t.equal(again.body, first.body)
  t.equal(again.headers['server-timing'], undefined)

  await post('/snowflake/a%2Fb', two.replace('"b"', '"c"'), { [idHeader]: 'q:1' })
  t.equal(asked.length, 2, 'not of another body under its id')
  await post('/snowflake/c', two, { [idHeader]: 'q:1' })
  t.equal(asked.length, 3, 'nor of another model')
  await post('/snowflake/c', two, { [idHeader]: 'q:2' })
  await post('/snowflake/c')
  await post('/snowflake/c')
  t.equal(asked.length, 6, 'nor without an id')
})

t.test('a large batch that comes again and again is held no longer than it takes to answer it', async t => {
  const body = `{"data":[[0,"${'a'.repeat(20_000)}"]]}`
  const { post, asked } = await start(t, {}, { heldBodyBytes: 30_000, maxBodyBytes: 30_000 })
  const headers = { [idHeader]: 'q:1' }
  const first = await post('/snowflake/m', body, headers)
  for (let i = 0; i < 3; i++) t.equal((await post('/snowflake/m', body, headers)).body, first.body)
  t.equal(asked.length, 1)
})

t.test('a batch that comes again while it runs joins it, and only what went well is remembered', async t => {
  let open = () => {}
  const until = new Promise<void>(resolve => {
    open = resolve
  })
  const outcomes: ((request: PredictRequest) => Outcome)[] = [
    () => ({ until, error: fail('LANE_CRASHED', { model: 'm', problem: 'x' }) }),
    request => ({ until, ...echoRows('m', request) }),
  ]
  const { post, asked } = await start(t, { predict: (_, request) => outcomes.shift()!(request) })
  const together = [1, 2, 3].map(() => post('/snowflake/m', two, { [idHeader]: 'q:1' }))
  while (asked.length === 0) await new Promise(setImmediate)
  open()
  t.same(await Promise.all(together.map(async each => (await each).statusCode)), [500, 500, 500])
  t.equal(asked.length, 1)
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:1' })).statusCode, 200)
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:1' })).statusCode, 200)
  t.equal(asked.length, 2)
})

t.test('a batch without an id ends with its caller, one with an id does not', async t => {
  const open = new Set<(error: HostError) => void>()
  const cancelled: string[] = []
  const predict: FakeParts['predict'] = () => ({ until: new Promise(() => {}) })
  const { listen, asked } = await start(t, { predict, open, cancelled: name => cancelled.push(name) })
  const url = `${await listen()}/snowflake`
  const hangUp = async (path: string, headers: Record<string, string>) => {
    const before = asked.length
    const caller = request(`${url}/${path}`, { method: 'POST', agent: false, headers: { ...json, ...headers } })
    caller.on('error', () => {}).end(two)
    while (asked.length === before) await new Promise(setImmediate)
    t.equal(open.size, 1)
    caller.destroy()
    while (open.size > 0) await new Promise(setImmediate)
  }
  await hangUp('goes-on', { [idHeader]: 'q:1' })
  await hangUp('ends', {})
  t.same(cancelled, ['ends'])
})

t.test('a host that ends gives up the batches that wait, and knows none that are over', async t => {
  const open = new Set<(error: HostError) => void>()
  const predict: FakeParts['predict'] = (name, request) =>
    name === 'slow' ? { until: new Promise(() => {}) } : echoRows(name, request)
  const { post, asked } = await start(t, { predict, open })
  for (const headers of [{}, { [idHeader]: 'q:1' }, { [idHeader]: 'q:1' }]) await post('/snowflake/m', two, headers)
  t.equal(open.size, 0)
  const waits = [1, 2].map(() => post('/snowflake/slow', two, { [idHeader]: 'q:1' }))
  while (asked.length < 3 || open.size < 2) await new Promise(setImmediate)
  for (const giveUp of open) giveUp(fail('DRAINING', {}))
  t.same(await Promise.all(waits.map(async each => (await each).statusCode)), [503, 503])
  t.equal(open.size, 0)
})

t.test('a batch is answered as before, even if its model is gone since', async t => {
  let isThere = true
  const expect = (model: string) => {
    if (!isThere) throw fail('MODEL_NOT_LOADED', { model })
  }
  const { post } = await start(t, { expect })
  await post('/snowflake/m', two, { [idHeader]: 'q:1' })
  isThere = false
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:1' })).statusCode, 200)
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:2' })).statusCode, 404)
})

// Rows that name their models

t.test('rows are grouped by the model that they name, and answered in their order', async t => {
  const { post, asked } = await start(t)
  const body =
    '{"data": [[10, "a", "x", 1], [11, "ü/b" , {"k": "]"}], [12345678901234567890, "\\u0061"], [13, null, "x"], [14, 5], [15], [16, "a", "\\ud800"], [17, "\\ud800"]]}'
  const answer = await post('/snowflake', body)
  t.equal(answer.statusCode, 200)
  t.same(asked.map(each => each.slice(0, 2)).sort(), ['a ', 'ü/'])
  t.ok(asked.includes('a {"data":[[10, "x", 1],[12345678901234567890],[16, "\\ud800"]]}'), 'as they were written')
  const wrong = { error: { code: 'REQUEST_INVALID', message: /names the model/ } }
  t.ok(answer.body.includes('[12345678901234567890,["a"]]'))
  const { data } = answer.json()
  t.same(data.slice(0, 2), [
    [10, ['a', 'x', 1]],
    [11, ['ü/b', { k: ']' }]],
  ])
  t.match(data.slice(3), [
    [13, null],
    [14, wrong],
    [15, wrong],
    [16, ['a', '\ud800']],
  ])
})

t.test('a model without a name is one that cannot be had', async t => {
  const expected = fail('MODEL_NOT_LOADED', { model: '' })
  const { post } = await start(t, { predict: () => ({ error: expected }) })
  const answer = await post('/snowflake', '{"data":[[0,"","x"]]}')
  t.match(answer.json(), { data: [[0, { error: { code: 'MODEL_NOT_LOADED' } }]] })
})

t.test('a model that cannot be had is an error in its rows', async t => {
  const predict: FakeParts['predict'] = (name, request) =>
    name === 'slow' ? { error: fail('PREDICT_TIMEOUT', { model: name, limitMs: 5 }) } : echoRows(name, request)
  const expect = () => {}
  const { post } = await start(t, { predict, expect })
  const answer = await post('/snowflake', '{"data":[[0,"slow","x"],[1,"a","y"],[2,"slow","z"]]}')
  t.equal(answer.statusCode, 200)
  const error = { error: { code: 'PREDICT_TIMEOUT' } }
  t.match(answer.json(), {
    data: [
      [0, error],
      [1, ['a', 'y']],
      [2, error],
    ],
  })
})

t.test('a model that is busy, or on its way, slows the whole batch down, and the others are given up', async t => {
  const cancelled: string[] = []
  const never = new Promise(() => {})
  for (const code of ['QUEUE_FULL', 'MODEL_NOT_READY', 'STORE_UNAVAILABLE'] as const) {
    const error = {
      QUEUE_FULL: fail('QUEUE_FULL', { model: 'b', limit: 1 }),
      MODEL_NOT_READY: fail('MODEL_NOT_READY', { model: 'b' }),
      STORE_UNAVAILABLE: fail('STORE_UNAVAILABLE', { store: 's', problem: 'x' }),
    }[code]
    const predict: FakeParts['predict'] = name => (name === 'b' ? { error } : { until: never })
    const { post } = await start(t, { predict, cancelled: name => cancelled.push(name) })
    const answer = await post('/snowflake', '{"data":[[0,"a"],[1,"b"],[2,"c"]]}')
    t.equal(answer.statusCode, error.status)
    t.match(answer.json(), { error: { code } })
  }
  t.same(cancelled.toSorted(), ['a', 'a', 'a', 'c', 'c', 'c'])
})

t.test('so many models are asked at the same time, and no more', async t => {
  const open: (() => void)[] = []
  const predict: FakeParts['predict'] = (name, request) => ({
    ...echoRows(name, request),
    until: new Promise<void>(resolve => open.push(resolve)),
  })
  const { post, asked } = await start(t, { predict }, { snowflakeModelsAtOnce: 3 })
  const rows = Array.from({ length: 10 }, (_, i) => [i, `m${i % 7}`])
  let isOver = false
  const answer = post('/snowflake', JSON.stringify({ data: rows })).then(answer => {
    isOver = true
    return answer
  })
  let most = 0
  for (let answered = 0; !isOver; ) {
    most = Math.max(most, open.length - answered)
    if (open.length > answered) open[answered++]!()
    await new Promise(setImmediate)
  }
  t.same((await answer).json(), { data: rows.map(([number, model]) => [number, [model]]) })
  t.equal(asked.length, 7)
  t.equal(most, 3)
})

t.test('of a joined answer that is too large the largest rows are left out', async t => {
  const predict: FakeParts['predict'] = (_, { body }) => ({
    text: JSON.stringify({ data: rowsOf(body).map(([number, size]) => [number, 'x'.repeat(size as number)]) }),
  })
  const { post } = await start(t, { predict }, { snowflakeBatchBytes: 2000 })
  const answer = await post('/snowflake', '{"data":[[0,"a",900],[1,"b",800],[2,"a",5],[3,"b",700]]}')
  t.ok(Buffer.byteLength(answer.body) <= 2000)
  t.match(answer.json().data, [
    [0, { error: { code: 'ANSWER_TOO_LARGE' } }],
    [1, /^x{800}$/],
    [2, 'xxxxx'],
    [3, /^x/],
  ])
})

t.test('answers that wait for others are held up to a bound, and what comes then is too large', async t => {
  const predict: FakeParts['predict'] = () => ({ text: `{"data":[[0,"${'x'.repeat(990)}"]]}` })
  const { post } = await start(t, { predict }, { snowflakeBatchBytes: 3000, snowflakeModelsAtOnce: 1 })
  const rows = Array.from({ length: 14 }, (_, i) => `[0,"m${i}"]`)
  const { data } = (await post('/snowflake', `{"data":[${rows}]}`)).json()
  // Each answer has 1007 bytes, and four times 3000 are held.
  t.match(data[11], [0, { error: { code: 'ANSWER_TOO_LARGE', message: /^The answer.*12\d\d\d/ } }])
  t.match(data[13], [0, { error: { code: 'ANSWER_TOO_LARGE', message: /14098/ } }])
})

t.test('rows that are none are refused before any model is asked', async t => {
  const { post, asked } = await start(t)
  for (const body of ['', '[]', '{"data":[["a"]]}', '{"data":[[0,"a",tru]]}']) {
    const answer = await post('/snowflake', body)
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { error: { code: 'BODY_MALFORMED' } })
  }
  t.same(asked, [])
  t.same((await post('/snowflake', '{"data":[]}')).json(), { data: [] })
})

// 202, where it is allowed

t.test('a batch that takes long is accepted with 202, and polled', async t => {
  let open = () => {}
  const until = new Promise<void>(resolve => {
    open = resolve
  })
  const predict: FakeParts['predict'] = (name, request) => ({ ...echoRows(name, request), until })
  const { post, poll, done, asked } = await start(t, { predict }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
  for (const url of ['/snowflake/m', '/snowflake']) {
    t.equal((await poll(url, 'q:1')).statusCode, 404)
    t.match((await poll(url, 'q:1')).json(), { error: { code: 'BATCH_UNKNOWN', message: /q:1.*again/ } })
    const body = '{"data":[[0,"a","x"]]}'
    t.equal((await post(url, body, { [idHeader]: 'q:1' })).statusCode, 202)
    t.equal((await poll(url, 'q:1')).statusCode, 202)
    t.equal((await post(url, body, { [idHeader]: 'q:1' })).statusCode, 202, 'also the same batch again')
  }
  t.equal((await poll('/snowflake/m', 'q:2')).statusCode, 404)
  t.equal((await poll('/snowflake/n', 'q:1')).statusCode, 404)
  open()
  await until
  for (const url of ['/snowflake/m', '/snowflake']) {
    const answer = await done(url, 'q:1')
    t.equal(answer.statusCode, 200)
    t.match(answer.json(), { data: [[0, url === '/snowflake' ? ['a', 'x'] : ['m', 'a', 'x']]] })
    t.equal((await poll(url, 'q:1')).body, answer.body, 'the answer may be lost on its way')
  }
  t.equal(asked.length, 2)
})

t.test('while a batch is accepted, no other body is accepted under its id', async t => {
  const open: (() => void)[] = []
  const predict: FakeParts['predict'] = (name, request) => ({
    ...echoRows(name, request),
    until: new Promise<void>(resolve => open.push(resolve)),
  })
  const { post, poll, done } = await start(t, { predict }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
  const first = '{"data":[[0,"first"]]}'
  const other = '{"data":[[0,"other"]]}'
  t.equal((await post('/snowflake/m', first, { [idHeader]: 'x' })).statusCode, 202)
  const waits = post('/snowflake/m', other, { [idHeader]: 'x' })
  await new Promise(resolve => setTimeout(resolve, 20))
  open[1]!()
  t.match(
    (await waits).json(),
    { data: [[0, ['m', 'other']]] },
    'it is answered with its own rows, once they are there',
  )
  t.equal((await poll('/snowflake/m', 'x')).statusCode, 202)
  open[0]!()
  const answer = await done('/snowflake/m', 'x')
  t.match(answer.json(), { data: [[0, ['m', 'first']]] })
  t.equal((await post('/snowflake/m', first, { [idHeader]: 'x' })).body, answer.body)
  const another = post('/snowflake/m', '{"data":[[0,"another"]]}', { [idHeader]: 'x' })
  while (open.length < 3) await new Promise(setImmediate)
  open[2]!()
  t.match((await another).json(), { data: [[0, ['m', 'another']]] }, 'nor has it the rows that are kept')
})

t.test('an answer that was fetched makes room for the next', async t => {
  const flags = {
    snowflakeAsync: true,
    snowflakeAsyncAfterMs: 5,
    snowflakeBatchBytes: 1000,
    snowflakeResultBytes: 1500,
  }
  const open: (() => void)[] = []
  const predict: FakeParts['predict'] = (name, request) => ({
    ...echoRows(name, request),
    until: new Promise<void>(resolve => open.push(resolve)),
  })
  const { post, done } = await start(t, { predict }, flags)
  for (const id of ['first', 'second', 'third']) {
    const body = `{"data":[[0,"${id.padEnd(600)}"]]}`
    t.equal((await post('/snowflake/m', body, { [idHeader]: id })).statusCode, 202)
    open.at(-1)!()
    t.ok((await done('/snowflake/m', id)).body.includes(id))
  }
})

t.test('what went wrong with an accepted batch is told to the poll, and the batch may come again', async t => {
  const open: (() => void)[] = []
  const predict: FakeParts['predict'] = (name, request) => {
    const outcome =
      open.length === 0 ? { error: fail('QUEUE_FULL', { model: 'm', limit: 1 }) } : echoRows(name, request)
    return { ...outcome, until: new Promise<void>(resolve => open.push(resolve)) }
  }
  const { post, done } = await start(t, { predict }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
  for (const status of [503, 200]) {
    t.equal((await post('/snowflake/m', two, { [idHeader]: 'x' })).statusCode, 202)
    open.at(-1)!()
    t.equal((await done('/snowflake/m', 'x')).statusCode, status)
  }
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'x' })).statusCode, 200)
  t.equal(open.length, 2)
})

t.test('a draining host accepts nothing with 202, and answers polls to the end', async t => {
  let open = () => {}
  const until = new Promise<void>(resolve => {
    open = resolve
  })
  const state = { isReady: true, isDraining: false, isClosed: false }
  const predict: FakeParts['predict'] = (name, request) => ({ ...echoRows(name, request), until })
  const { post, poll } = await start(t, { predict, state }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'early' })).statusCode, 202)
  state.isDraining = true
  const late = post('/snowflake/m', two, { [idHeader]: 'late' })
  await new Promise(resolve => setTimeout(resolve, 20))
  open()
  t.equal((await late).statusCode, 200, 'it is waited for')
  state.isClosed = true
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'later' })).statusCode, 503)
  t.equal((await poll('/snowflake/m', 'early')).statusCode, 200)
})

t.test('without the setting there is no 202 and no poll', async t => {
  const { app, poll } = await start(t)
  t.equal((await poll('/snowflake/m', 'x')).statusCode, 405)
  const { app: other } = await start(t, {}, { snowflakeAsync: true })
  const noId = await other.inject('/snowflake/m')
  t.equal(noId.statusCode, 400)
  t.match(noId.json(), { error: { message: /query-batch-id is missing/ } })
  t.equal((await other.inject({ method: 'HEAD', url: '/snowflake/m' })).statusCode, 405)
  t.ok(app)
})

t.test('predictions for Snowflake ask for a token where predictions do', async t => {
  const home = await folder(t, { tokens: '0123456789abcdef' })
  const guarded = { tokenFile: `${home}/tokens`, guardInvoke: true, snowflakeAsync: true }
  const { post, poll } = await start(t, {}, guarded)
  for (const url of ['/snowflake/m', '/snowflake']) {
    t.equal((await post(url)).statusCode, 401)
    t.equal((await poll(url, 'x')).statusCode, 401)
    t.not((await post(url, two, { authorization: 'Bearer 0123456789abcdef' })).statusCode, 401)
  }
  const free = await start(t, {}, { ...guarded, guardInvoke: false })
  for (const url of ['/snowflake/m', '/snowflake']) {
    t.equal((await free.post(url)).statusCode, 200)
    t.equal((await free.poll(url, 'x')).statusCode, 404)
  }
})
