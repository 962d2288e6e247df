import { createHash } from 'node:crypto'
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { fail } from 'modelhost'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'
import type { FakeParts } from '../helpers/fake-host.js'
import { echoRows, idHeader, startSnowflake, two } from '../helpers/snowflake-host.js'
import { recordedRequests } from '../helpers/snowflake-requests.js'

t.test('rows go to the model of the path, and its answers come back', async t => {
  const { post, asked } = await startSnowflake(t)
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
  const { post } = await startSnowflake(t, { predict }, { snowflakeBatchBytes: 5000 })
  await post('/snowflake/m', gzipSync(two), {
    'content-encoding': 'gzip',
    accept: 'text/csv',
    'x-amzn-sagemaker-custom-attributes': 'x',
  })
  const contentType = 'application/vnd.modelhost.rows+json; max-answer-bytes=5000'
  t.same(heads, [{ contentType, contentEncoding: undefined, accept: undefined, customAttributes: '' }])
})

t.test('requests in Snowflake’s own forms reach their model unchanged, and are answered row by row', async t => {
  const { post, asked } = await startSnowflake(t)
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
  const { post } = await startSnowflake(t)
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
  const { post, asked } = await startSnowflake(t, {}, { snowflakeBatchBytes: 20_000 })
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
  const { post } = await startSnowflake(t, {}, { snowflakeDigest: true })
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
  t.equal((await startSnowflake(t).then(({ post }) => post('/snowflake/m'))).headers['content-md5'], undefined)
})

t.test('a host with one model has it under its name', async t => {
  const { post } = await startSnowflake(t, {}, { store: undefined, single: await folder(t) })
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
  const { post } = await startSnowflake(t, { predict })
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
  const { post: tooLate } = await startSnowflake(t, { state })
  t.match((await tooLate('/snowflake/m')).json(), { error: { code: 'DRAINING' } })
})

t.test('a model that a platform is still loading is asked again: 429, not 404', async t => {
  const expect = (model: string) => {
    throw fail('MODEL_NOT_LOADED', { model })
  }
  const stateOf = (model: string) => (model === 'coming' ? ('loading' as const) : undefined)
  const { post } = await startSnowflake(t, { expect, stateOf })
  t.equal((await post('/snowflake/coming')).statusCode, 429)
  t.equal((await post('/snowflake/coming', two, { [idHeader]: 'x' })).statusCode, 429)
  t.equal((await post('/snowflake/nobody')).statusCode, 404)
})

t.test('predictions for Snowflake ask for a token where predictions do', async t => {
  const home = await folder(t, { tokens: '0123456789abcdef' })
  const guarded = { tokenFile: `${home}/tokens`, guardInvoke: true, snowflakeAsync: true }
  const { post, poll } = await startSnowflake(t, {}, guarded)
  for (const url of ['/snowflake/m', '/snowflake']) {
    t.equal((await post(url)).statusCode, 401)
    t.equal((await poll(url, 'x')).statusCode, 401)
    t.not((await post(url, two, { authorization: 'Bearer 0123456789abcdef' })).statusCode, 401)
  }
  const free = await startSnowflake(t, {}, { ...guarded, guardInvoke: false })
  for (const url of ['/snowflake/m', '/snowflake']) {
    t.equal((await free.post(url)).statusCode, 200)
    t.equal((await free.poll(url, 'x')).statusCode, 404)
  }
})
