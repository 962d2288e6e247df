import { startHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath } from '../helpers/artifacts.js'
import { proxyEvent, startGateway } from '../helpers/gateway.js'
import { createLatch } from '../helpers/latch.js'
import { probeStore } from '../helpers/store.js'

/** The bundled function before a real host, which it takes for SageMaker. */

const plugins = [pluginPath('probe')]

const store = await probeStore(t, { 'users/1': { greeting: 'hallo ' }, 'users/2': {}, broken: { on_load: 'throw' } })
const host = await startHost(t, { plugins, store })

t.test('rows are asked of the models of a host, each of its own', async t => {
  const gateway = await startGateway(t, host.url)
  const one = await gateway.ask(
    proxyEvent('/models/users/1', '{"data":[[9007199254740993,"welt"],[1,null],[2.0,"3"]]}'),
  )
  t.equal(
    one.text,
    '{"data":[[9007199254740993,{"text":"hallo welt","lane":0}],[1,null],[2.0,{"text":"hallo 3","lane":0}]]}',
  )

  const rows = [
    ['users/2', 'a'],
    ['absent', 'b'],
    ['users/1', 'c'],
    ['../users/1', 'd'],
    ['broken', 'e'],
    ['users/2', 'f', 'throw'],
    ['users/2', null],
    ['users/2', 'g'],
  ]
  const many = await gateway.ask(proxyEvent('/models', { data: rows.map((row, i) => [i, ...row]) }))
  t.equal(many.status, 200)
  t.match(many.values(), [
    { text: 'a' },
    { error: { code: 'ValidationError', message: /"absent"/ } },
    { text: 'hallo c' },
    { error: { code: 'ValidationError' } },
    { error: { code: 'LOAD_FAILED' } },
    { error: { code: 'PREDICT_FAILED' } },
    null,
    { text: 'g' },
  ])
  t.match(await gateway.ask(proxyEvent('/models/absent', { data: [[0, 'x']] })), {
    status: 400,
    text: /There is no .*absent/,
  })
  t.match(await gateway.ask(proxyEvent('/models/broken', { data: [[0, 'x']] })), { status: 422, text: /LOAD_FAILED/ })
})

t.test('a model that is still being loaded slows Snowflake down, and answers the repeated batch', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' }, other: {} })
  const host = await startHost(t, { plugins, store, lanes: 1, loadWaitMs: 50 })
  const gateway = await startGateway(t, host.url)
  const event = proxyEvent('/models', {
    data: [
      [0, 'other', 'x'],
      [1, 'slow', 'y'],
    ],
  })
  t.match(await gateway.ask(event), { status: 429, text: /ModelNotReadyException/ })
  await latch.arrived('slow ')
  latch.open('slow ')
  while ((await host.invoke('slow', 'x')).status === 429);
  t.match((await gateway.ask(event)).values(), [{ text: 'x' }, { text: 'slow y' }])
})

t.test('the largest answers give way where all are too large for Lambda', async t => {
  const gateway = await startGateway(t, host.url, { ANSWER_BYTES: '100000', INVOKE_ROWS: '2' })
  const lengths = [30_000, 60_000, 10, 50_000]
  const answer = await gateway.ask(proxyEvent('/models/users/2', { data: lengths.map((n, i) => [i, 'x'.repeat(n)]) }))
  t.equal(answer.status, 200)
  const code = 'ANSWER_TOO_LARGE'
  t.match(answer.values(), [
    { text: /^x{30000}$/ },
    { error: { code } },
    { text: 'xxxxxxxxxx' },
    { text: /^x{50000}$/ },
  ])
})
