import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import t from 'tap'
import { answerRows, fakeEndpoint, type Outcome } from '../helpers/fake-endpoint.js'
import { proxyEvent, startGateway } from '../helpers/gateway.js'

/** What the service refuses, and what Snowflake is told: 429 and 5xx are repeated, others end the query. */

const modelError = (OriginalStatusCode: number, code: string): Outcome => ({
  status: 424,
  name: 'ModelError',
  body: {
    Message: `Received error (${OriginalStatusCode}) from primary`,
    OriginalStatusCode,
    OriginalMessage: JSON.stringify({ error: { code, message: `${code} it is` } }),
  },
})
const serviceError = (status: number, name: string, Message = name): Outcome => ({ status, name, body: { Message } })

t.test('each failure of the service has the status that makes Snowflake do the right thing', async t => {
  const failures: Record<string, [outcome: Outcome, status: number, tries: number, byRow: number]> = {
    'not-ready': [serviceError(429, 'ModelNotReadyException'), 429, 2, 429],
    throttled: [serviceError(400, 'ThrottlingException'), 429, 2, 429],
    busy: [serviceError(503, 'ServiceUnavailable'), 503, 2, 503],
    broken: [serviceError(500, 'InternalFailure'), 500, 2, 500],
    dependency: [serviceError(530, 'InternalDependencyException'), 503, 1, 503],
    denied: [serviceError(403, 'AccessDeniedException'), 403, 1, 403],
    absent: [serviceError(400, 'ValidationError', 'Could not find model absent'), 400, 1, 200],
    'no-endpoint': [serviceError(400, 'ValidationError', 'Endpoint claims of account 1 not found.'), 400, 1, 400],
    refusing: [modelError(400, 'BODY_MALFORMED'), 400, 1, 200],
    deaf: [modelError(415, 'MEDIA_TYPE_UNSUPPORTED'), 415, 1, 200],
    raising: [modelError(500, 'PREDICT_FAILED'), 500, 1, 200],
    large: [modelError(507, 'MEMORY_FULL'), 503, 1, 200],
    queueing: [modelError(503, 'QUEUE_FULL'), 503, 1, 503],
    strange: ['{"predictions": []}', 424, 1, 424],
    short: ['{"data": [[0, 1]]}', 424, 1, 424],
    twisted: ['{"data": [[1, "a text"], [0, "a text"]]}', 424, 1, 424],
    wide: ['{"data": [[0, "a text", 2], [1, 1, 2]]}', 424, 1, 424],
    half: ['{"data": [[0, 1], [1, ', 424, 1, 424],
    empty: ['', 424, 1, 424],
    foreign: ['"a text"', 424, 1, 424],
  }
  const endpoint = await fakeEndpoint(t, ({ model }) => failures[model!]![0])
  const gateway = await startGateway(t, endpoint.url)
  const asked = Object.entries(failures).map(async ([model, [outcome, status, tries, byRow]]) => {
    const counted = () => endpoint.invocations.filter(call => call.model === model).length
    const whole = await gateway.ask(
      proxyEvent(`/models/${model}`, {
        data: [
          [0, 'x'],
          [1, 'y'],
        ],
      }),
    )
    t.equal(whole.status, status, model)
    t.match(JSON.parse(whole.text), { error: { code: String, message: String } })
    t.equal(counted(), tries, model)
    const rows = [
      [0, model, 'x'],
      [1, model, 'y'],
    ]
    const grouped = await gateway.ask(proxyEvent('/models', { data: rows }))
    t.equal(grouped.status, byRow, `${model} by row`)
    if (byRow !== 200) return
    const { OriginalMessage } = (outcome as { body: { OriginalMessage?: string } }).body
    const { code } = OriginalMessage ? JSON.parse(OriginalMessage).error : { code: 'ValidationError' }
    t.match(grouped.values(), [{ error: { code } }, { error: { code } }])
  })
  await Promise.all(asked)
  t.notMatch(JSON.stringify(gateway.log), /a text/, 'the log has no values')
  const problems = gateway.log.filter(({ target }) => target !== 'by row').map(({ problem }) => String(problem))
  const known = 'where row 0 and its value belong, there is row'
  for (const part of [
    `${known} 1 with 1.`,
    `${known} 0 with 2.`,
    'it has 1 rows for 2.',
    'it is no {"data": [[number, value], ...]}.',
  ]) {
    t.ok(
      problems.some(problem => problem.includes(part)),
      part,
    )
  }
})

t.test('when the time is up, the batch is to be repeated, and what runs is given up', async t => {
  let closed = 0
  const endpoint = await fakeEndpoint(t, (call, response) => {
    if (call.model === 'quick') return answerRows(call, () => 1)
    response.on('close', () => closed++)
    return undefined
  })
  const gateway = await startGateway(t, endpoint.url, { DEADLINE_MS: '300', INVOKE_ROWS: '1' })
  const data = [
    [0, 'quick', 'x'],
    [1, 'slow', 'x'],
    [2, 'slow', 'y'],
  ]
  t.match(await gateway.ask(proxyEvent('/models', { data })), {
    status: 429,
    text: /TIME_IS_UP.*within 300 ms.*MAX_BATCH_ROWS/,
  })
  // The function's own end comes earlier than the deadline here.
  t.match(await gateway.ask(proxyEvent('/models', { data }), 1150), { status: 429, text: /within 1[0-5]\d ms/ })
  t.match(await gateway.ask(proxyEvent('/models', { data: data.slice(0, 1) })), { status: 200 })
  t.equal(closed, 4)
})

t.test('the first failure ends the batch; what else runs is given up', async t => {
  let givenUp: () => void
  const closed = new Promise<void>(resolve => {
    givenUp = resolve
  })
  let isSlowThere: () => void
  const slowThere = new Promise<void>(resolve => {
    isSlowThere = resolve
  })
  const endpoint = await fakeEndpoint(t, async ({ model }, response) => {
    if (model === 'busy') {
      await slowThere
      return serviceError(403, 'AccessDeniedException')
    }
    response.on('close', givenUp)
    isSlowThere()
    return new Promise<Outcome>(() => {})
  })
  const gateway = await startGateway(t, endpoint.url)
  t.match(
    await gateway.ask(
      proxyEvent('/models', {
        data: [
          [0, 'slow', 'x'],
          [1, 'busy', 'x'],
        ],
      }),
    ),
    { status: 403 },
  )
  await closed
})

t.test('rows that are too large together go in halves; one that is too large alone has an error', async t => {
  const refusals: Record<string, Outcome> = {
    service: serviceError(
      400,
      'ValidationError',
      "Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 300",
    ),
    serverless: serviceError(400, 'ValidationError', 'Request 1 has oversize body.'),
    host: serviceError(400, 'ValidationError', 'The body is larger than 300 bytes. Send less at a time.'),
    plain: serviceError(413, 'PayloadTooLarge'),
    container: modelError(413, 'BODY_TOO_LARGE'),
  }
  const endpoint = await fakeEndpoint(t, call =>
    call.body.length > 300 ? refusals[call.model!]! : answerRows(call, text => (text as string).length),
  )
  const gateway = await startGateway(t, endpoint.url)
  const lengths = [100, 90, 80, 500, 70, 60, 50, 40]
  const data = lengths.map((length, i) => [i, 'x'.repeat(length)])
  for (const model of Object.keys(refusals)) {
    const answer = await gateway.ask(proxyEvent(`/models/${model}`, { data }))
    const expected = lengths.map(length => (length > 300 ? { error: { code: 'ROW_TOO_LARGE' } } : length))
    t.match(answer.values(), expected, model)
  }
  t.match(
    gateway.log,
    Object.keys(refusals).map(() => ({ rows: 8, invocations: Number, status: 200 })),
  )
})

t.test('a connection that breaks off over an answer is tried with less; over one row it is to be repeated', async t => {
  const endpoint = await fakeEndpoint(t, (call, response) => {
    const text = answerRows(call, length => 'y'.repeat(length as number))
    if (text.length <= 500) return text
    response.socket!.resetAndDestroy()
    return undefined
  })
  const gateway = await startGateway(t, endpoint.url)
  const lengths = [200, 200, 200, 200]
  const answer = await gateway.ask(proxyEvent('/models/m', { data: lengths.map((length, i) => [i, length]) }))
  t.same(
    answer.values(),
    lengths.map(length => 'y'.repeat(length)),
  )
  t.match(await gateway.ask(proxyEvent('/models/m', { data: [[0, 600]] })), { status: 503 })
})

t.test('a service that nobody reaches is 503', async t => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  const gateway = await startGateway(t, `http://127.0.0.1:${port}`)
  t.match(await gateway.ask(proxyEvent('/models/m', { data: [[0, 'x']] })), { status: 503, text: /could not be asked/ })
})

t.test('an answer above the limit of Lambda loses its largest rows, and no others', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, length => '"'.repeat(length as number)))
  const gateway = await startGateway(t, endpoint.url, { INVOKE_ROWS: '2' })
  // A quote has two bytes in the value, and four in the answer that Lambda counts.
  const lengths = [400_000, 900_000, 10, 800_000, 300_000]
  const answer = await gateway.ask(proxyEvent('/models/m', { data: lengths.map((length, i) => [i, length]) }))
  t.equal(answer.status, 200)
  const values = answer.values()
  for (const i of [1, 3]) t.match(values[i], { error: { code: 'ANSWER_TOO_LARGE', message: /MAX_BATCH_ROWS/ } })
  for (const i of [0, 2, 4]) t.equal((values[i] as string).length, lengths[i])
})

t.test('where not even errors fit, the batch is refused', async t => {
  const endpoint = await fakeEndpoint(t, call => answerRows(call, () => 'x'.repeat(50)))
  const gateway = await startGateway(t, endpoint.url, { ANSWER_BYTES: '2000' })
  const data = Array.from({ length: 100 }, (_, i) => [i, 'x'])
  t.match(await gateway.ask(proxyEvent('/models/m', { data })), {
    status: 413,
    text: /answers to 100 rows.*MAX_BATCH_ROWS/,
  })
})
