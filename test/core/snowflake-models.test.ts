import { fail } from 'modelhost'
import t from 'tap'
import type { FakeParts } from '../helpers/fake-host.js'
import { echoRows, rowsOf, startSnowflake } from '../helpers/snowflake-host.js'

t.test('rows are grouped by the model that they name, and answered in their order', async t => {
  const { post, asked } = await startSnowflake(t)
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
  const { post } = await startSnowflake(t, { predict: () => ({ error: expected }) })
  const answer = await post('/snowflake', '{"data":[[0,"","x"]]}')
  t.match(answer.json(), { data: [[0, { error: { code: 'MODEL_NOT_LOADED' } }]] })
})

t.test('a model that cannot be had is an error in its rows', async t => {
  const predict: FakeParts['predict'] = (name, request) =>
    name === 'slow' ? { error: fail('PREDICT_TIMEOUT', { model: name, limitMs: 5 }) } : echoRows(name, request)
  const expect = () => {}
  const { post } = await startSnowflake(t, { predict, expect })
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
    const { post } = await startSnowflake(t, { predict, cancelled: name => cancelled.push(name) })
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
  const { post, asked } = await startSnowflake(t, { predict }, { snowflakeModelsAtOnce: 3 })
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
  const { post } = await startSnowflake(t, { predict }, { snowflakeBatchBytes: 2000 })
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
  const { post } = await startSnowflake(t, { predict }, { snowflakeBatchBytes: 3000, snowflakeModelsAtOnce: 1 })
  const rows = Array.from({ length: 14 }, (_, i) => `[0,"m${i}"]`)
  const { data } = (await post('/snowflake', `{"data":[${rows}]}`)).json()
  // Each answer has 1007 bytes, and four times 3000 are held.
  t.match(data[11], [0, { error: { code: 'ANSWER_TOO_LARGE', message: /^The answer.*12\d\d\d/ } }])
  t.match(data[13], [0, { error: { code: 'ANSWER_TOO_LARGE', message: /14098/ } }])
})

t.test('rows that are none are refused before any model is asked', async t => {
  const { post, asked } = await startSnowflake(t)
  for (const body of ['', '[]', '{"data":[["a"]]}', '{"data":[[0,"a",tru]]}']) {
    const answer = await post('/snowflake', body)
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { error: { code: 'BODY_MALFORMED' } })
  }
  t.same(asked, [])
  t.same((await post('/snowflake', '{"data":[]}')).json(), { data: [] })
})

// 202, where it is allowed
