import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { fail, type HostError } from 'modelhost'
import t from 'tap'
import type { PredictRequest } from '../../core/lane-queue.js'
import type { FakeParts, Outcome } from '../helpers/fake-host.js'
import { echoRows, idHeader, json, startSnowflake, two } from '../helpers/snowflake-host.js'

t.test('a batch that comes again has the answer of the first time', async t => {
  const { post, asked } = await startSnowflake(t)
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
  const { post, asked } = await startSnowflake(t, {}, { heldBodyBytes: 30_000, maxBodyBytes: 30_000 })
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
  const { post, asked } = await startSnowflake(t, { predict: (_, request) => outcomes.shift()!(request) })
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
  const { listen, asked } = await startSnowflake(t, { predict, open, cancelled: name => cancelled.push(name) })
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
  const { post, asked } = await startSnowflake(t, { predict, open })
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
  const { post } = await startSnowflake(t, { expect })
  await post('/snowflake/m', two, { [idHeader]: 'q:1' })
  isThere = false
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:1' })).statusCode, 200)
  t.equal((await post('/snowflake/m', two, { [idHeader]: 'q:2' })).statusCode, 404)
})

// Rows that name their models

t.test('a batch that takes long is accepted with 202, and polled', async t => {
  let open = () => {}
  const until = new Promise<void>(resolve => {
    open = resolve
  })
  const predict: FakeParts['predict'] = (name, request) => ({ ...echoRows(name, request), until })
  const { post, poll, done, asked } = await startSnowflake(
    t,
    { predict },
    { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 },
  )
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
  const { post, poll, done } = await startSnowflake(t, { predict }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
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
  const { post, done } = await startSnowflake(t, { predict }, flags)
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
  const { post, done } = await startSnowflake(t, { predict }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
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
  const { post, poll } = await startSnowflake(t, { predict, state }, { snowflakeAsync: true, snowflakeAsyncAfterMs: 5 })
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
  const { app, poll } = await startSnowflake(t)
  t.equal((await poll('/snowflake/m', 'x')).statusCode, 405)
  const { app: other } = await startSnowflake(t, {}, { snowflakeAsync: true })
  const noId = await other.inject('/snowflake/m')
  t.equal(noId.statusCode, 400)
  t.match(noId.json(), { error: { message: /query-batch-id is missing/ } })
  t.equal((await other.inject({ method: 'HEAD', url: '/snowflake/m' })).statusCode, 405)
  t.ok(app)
})
