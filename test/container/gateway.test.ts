import { gzipSync } from 'node:zlib'
import t from 'tap'
import { answerRows, fakeEndpoint } from '../helpers/fake-endpoint.js'
import { proxyEvent, startGateway } from '../helpers/gateway.js'

/** The bundled function, as Lambda runs it, before a service that a test can make do anything. */

t.test('rows come back in their order, with their numbers as they were written', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, text => ({ seen: text })))
  const gateway = await startGateway(t, endpoint.url)
  const body = '{ "more": {"data": 1}, "data" : [ [90071992547409931, "a]\\"[,"], [1 , "b"],\n[2.50, null] ] }'
  const { status, text } = await gateway.ask(proxyEvent('/models/dir/ner.tar.gz', body))
  t.equal(status, 200)
  t.equal(text, '{"data":[[90071992547409931,{"seen":"a]\\"[,"}],[1,{"seen":"b"}],[2.50,{"seen":null}]]}')
  const type = 'application/vnd.modelhost.rows+json; max-answer-bytes=6000000'
  t.match(endpoint.invocations, [{ model: 'dir/ner.tar.gz', type }], 'what cannot go through is not sent back')
  t.match(gateway.log, [
    { rows: 3, invocations: 1, status: 200, batch: /:0:0$/, query: /^01a8/, target: { model: String } },
  ])
})

t.test('thousands of rows become several invocations, some at once, joined in order', async t => {
  let running = 0
  let most = 0
  const endpoint = await fakeEndpoint(t, async call => {
    most = Math.max(most, ++running)
    await new Promise(resolve => setImmediate(resolve))
    running--
    return answerRows(call, text => `${text}!`)
  })
  const gateway = await startGateway(t, endpoint.url, { INVOKE_ROWS: '200', INVOKES_AT_ONCE: '3' })
  const data = Array.from({ length: 5000 }, (_, i) => [i, `text ${i}`])
  const answer = await gateway.ask(proxyEvent('/models/m', { data }))
  t.same(
    answer.values(),
    data.map(([, text]) => `${text}!`),
  )
  t.equal(endpoint.invocations.length, 25)
  t.ok(most <= 3, String(most))
  t.match(gateway.log, [{ invocations: 25 }])
})

t.test('invocations stay below the limit of bytes; a row above it has an error in its place', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, text => (text as string).length))
  const gateway = await startGateway(t, endpoint.url, { INVOKE_BYTES: '1000', INVOKES_AT_ONCE: '1' })
  const texts = ['ä'.repeat(400), 'x'.repeat(2000), 'ö'.repeat(400), 'y', 'z']
  const answer = await gateway.ask(proxyEvent('/models/m', { data: texts.map((text, i) => [i, text]) }))
  t.match(answer.values(), [400, { error: { code: 'ROW_TOO_LARGE', message: /has 20\d\d bytes/ } }, 400, 1, 1])
  t.same(
    endpoint.invocations.map(({ rows }) => rows.map(({ number }) => number)),
    [['0'], ['2', '3', '4']],
  )
  for (const { body } of endpoint.invocations) t.ok(Buffer.byteLength(body) <= 1000)
})

t.test('events in parallel do not get into each other', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, text => text))
  const gateway = await startGateway(t, endpoint.url, { INVOKE_ROWS: '7' })
  const batches = Array.from({ length: 20 }, (_, b) => Array.from({ length: 50 }, (_, i) => [i, `${b}/${i}`]))
  const answers = await Promise.all(batches.map(data => gateway.ask(proxyEvent('/models/m', { data }))))
  t.same(
    answers.map(answer => answer.values()),
    batches.map(data => data.map(([, text]) => text)),
  )
})

t.test('the first argument names the model: each is asked for its rows, and they stay in order', async t => {
  const endpoint = await fakeEndpoint(t, call => {
    if (call.model === 'gone') return { status: 400, name: 'ValidationError', body: { Message: 'There is no "gone".' } }
    if (call.model === 'sick') {
      const OriginalMessage = JSON.stringify({ error: { code: 'LOAD_FAILED', message: 'It is broken.' } })
      return { status: 424, name: 'ModelError', body: { Message: 'x', OriginalStatusCode: 422, OriginalMessage } }
    }
    return answerRows(call, (...given) => [call.model, ...given])
  })
  const gateway = await startGateway(t, endpoint.url)
  const rows = [
    ['a', 'one'],
    ['b', 'two', 7],
    ['gone', 'x'],
    ['a', 'three'],
    [null, 'x'],
    ['sick', 'x'],
    ['ü', 'x'],
    ['a ', 'x'],
    ['a'],
  ]
  const data = rows.map((row, i) => [i, ...row])
  const answer = await gateway.ask(proxyEvent('/models', { data }))
  t.equal(answer.status, 200)
  t.match(answer.values(), [
    ['a', 'one'],
    ['b', 'two', 7],
    { error: { code: 'ValidationError', message: /no "gone"/ } },
    ['a', 'three'],
    { error: { code: 'TARGET_MISSING' } },
    { error: { code: 'LOAD_FAILED', message: 'The model answered 422: It is broken.' } },
    { error: { code: 'TARGET_INVALID', message: /printable ASCII/ } },
    { error: { code: 'TARGET_INVALID', message: /ends with a blank/ } },
    ['a'],
  ])
  t.equal(endpoint.invocations.length, 4)
})

t.test('/invocations asks the default model, or the only one', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, () => call.model ?? 'the only one'))
  const event = proxyEvent('/invocations', { data: [[0, 'x']] })
  t.same((await (await startGateway(t, endpoint.url)).ask(event)).values(), ['the only one'])
  t.same((await (await startGateway(t, endpoint.url, { TARGET_MODEL: 'ner' })).ask(event)).values(), ['ner'])
})

t.test('no rows are an answer without rows, and nobody is asked', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, () => 1))
  const gateway = await startGateway(t, endpoint.url)
  for (const path of ['/models/m', '/models']) {
    t.equal((await gateway.ask(proxyEvent(path, { data: [] }))).text, '{"data":[]}')
  }
  t.equal(endpoint.invocations.length, 0)
})

t.test('a body in base64 is read, and one in gzip that the gateway did not unpack', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, text => text))
  const gateway = await startGateway(t, endpoint.url)
  const bytes = Buffer.from(JSON.stringify({ data: [[0, 'Köln 🙂']] }))
  const ask = (body: Buffer) => gateway.ask(proxyEvent('/models/m', body.toString('base64'), { isBase64Encoded: true }))
  t.same((await ask(bytes)).values(), ['Köln 🙂'])
  t.same((await ask(gzipSync(bytes))).values(), ['Köln 🙂'])
  t.match(await ask(gzipSync(bytes).subarray(0, 20)), { status: 400, text: /gzip is broken/ })
  t.match(await ask(gzipSync(Buffer.alloc(40 * 1024 * 1024))), { status: 413, text: /BODY_TOO_LARGE/ })
  t.match(await ask(Buffer.from([0x22, 0xff, 0x22])), { status: 400, text: /not UTF-8/ })
})

t.test('what is no batch of rows is refused in words', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, () => 1))
  const gateway = await startGateway(t, endpoint.url)
  const good = { data: [[0, 'x']] }
  const cases: [unknown, number, RegExp][] = [
    [proxyEvent('/models/m', good, { httpMethod: 'GET', body: null }), 405, /answers POST, not GET/],
    [proxyEvent('/models/m', null), 400, /is empty/],
    [proxyEvent('/models/m', ''), 400, /is empty/],
    [proxyEvent('/models/m', '{"data":[[0,"x"]'), 400, /BODY_MALFORMED/],
    [proxyEvent('/models/m', '[]'), 400, /BODY_MALFORMED/],
    [proxyEvent('/models/m', 'null'), 400, /BODY_MALFORMED/],
    [proxyEvent('/models/m', { data: {} }), 400, /BODY_MALFORMED/],
    [
      proxyEvent('/models/m', {
        data: [
          [0, 'x'],
          ['1', 'x'],
        ],
      }),
      400,
      /BODY_MALFORMED/,
    ],
    [proxyEvent('/models/m', { data: [[]] }), 400, /BODY_MALFORMED/],
    [proxyEvent('/other', good), 404, /There is no \/other here/],
    [proxyEvent('/models/%ff', good), 400, /percent-encoding/],
    [proxyEvent('/models/a%0Ab', good), 400, /printable ASCII/],
    [proxyEvent('/models/a%20', good), 400, /ends with a blank/],
    [proxyEvent('/models/m', good, { path: undefined, pathParameters: null }), 404, /There is no/],
    [{}, 400, /Lambda proxy integration/],
    [{ version: '2.0', rawPath: '/models/m', body: '{}' }, 400, /Lambda proxy integration/],
    [null, 400, /Lambda proxy integration/],
  ]
  for (const [event, status, text] of cases) t.match(await gateway.ask(event), { status, text }, String(text))
  t.equal(endpoint.invocations.length, 0)
})

t.test('a wrong environment is said, and asks nobody', async t => {
  const event = proxyEvent('/models/m', { data: [[0, 'x']] })
  for (const [env, text] of [
    [{ ENDPOINT_NAME: '' }, /ENDPOINT_NAME names no SageMaker endpoint/],
    [{ INVOKE_ROWS: 'many' }, /INVOKE_ROWS is \\"many\\"/],
  ] as const) {
    const gateway = await startGateway(t, 'http://127.0.0.1:9', env)
    t.match(await gateway.ask(event), { status: 500, text })
  }
})
