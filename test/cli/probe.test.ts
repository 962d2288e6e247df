import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { definePlugin, Type } from 'modelhost'
import t, { type Test } from 'tap'
import { openEndpoint } from '../../cli/release/endpoint.js'
import { firstBody } from '../../cli/release/first-body.js'
import { type Probe, type ProbeOptions, probeModel } from '../../cli/release/probe-model.js'
import { fakeEndpoint, type Outcome } from '../helpers/fake-endpoint.js'
import { jsonExample } from '../helpers/release.js'
import { useS3Env } from '../helpers/s3-server.js'
import { never } from '../helpers/s3-store.js'
import { silentLog } from '../helpers/silent-log.js'

useS3Env()

const refusal = (status: number, name: string, body: object = { Message: name }): Outcome => ({ status, name, body })
const modelError = (status: number, message = 'no') =>
  refusal(424, 'ModelError', {
    Message: 'Received server error from primary',
    OriginalStatusCode: status,
    OriginalMessage: JSON.stringify({ error: { code: 'X', message } }),
  })
const notReady = refusal(429, 'ModelNotReadyException')

/** Asks for one model an endpoint that answers so, one after the other, and from then on with "yes". */
async function probe(
  t: Test,
  outcomes: readonly Outcome[],
  given: Partial<ProbeOptions> & Pick<Probe, 'requests'> = { requests: [jsonExample('x')] },
) {
  const left = [...outcomes]
  const { url, invocations } = await fakeEndpoint(t, () => left.shift() ?? '"yes"')
  const endpoint = await openEndpoint({ name: 'claims', url, atOnce: 1 })
  t.teardown(() => endpoint.close())
  const options = { endpoint, calls: 2, limitMs: 5000, log: silentLog, signal: never, firstWaitMs: 1, ...given }
  const probed = await probeModel({ name: 'A', target: 'A/1.tar.gz', requests: given.requests }, options)
  return { probed, invocations }
}

t.test('a model that is being loaded is asked again until it answers, then a few times more', async t => {
  const loading = [
    notReady,
    refusal(503, 'ServiceUnavailable'),
    refusal(400, 'ThrottlingException'),
    refusal(500, 'InternalFailure'),
    // However often it says so.
    ...Array(5).fill(modelError(507)),
    modelError(503),
  ]
  const { probed, invocations } = await probe(t, loading)
  t.match(probed, { name: 'A', isWell: true, tries: 11, warm: { calls: 2 } })
  t.ok(probed.coldMs! >= probed.warm!.medianMs, 'waiting counts')
  t.equal(invocations.length, 13)
  t.match(invocations[0], { model: 'A/1.tar.gz', type: 'application/json', body: '"x"' })
})

t.test('what another try does not mend is told at once, with the words of who refuses', async t => {
  const cases: [Outcome, string, string, number?][] = [
    [modelError(422, 'There is no params file.'), 'ModelError', 'There is no params file.', 422],
    [
      refusal(400, 'ValidationError', { Message: 'Endpoint claims not found.' }),
      'ValidationError',
      'Endpoint claims not found.',
    ],
    [refusal(403, 'AccessDeniedException', { Message: 'not authorized' }), 'AccessDeniedException', 'not authorized'],
  ]
  for (const [outcome, name, message, status] of cases) {
    const { probed, invocations } = await probe(t, [outcome])
    t.match(probed, {
      isWell: false,
      tries: 1,
      error: { name, message: new RegExp(message), ...(status && { status }) },
    })
    t.equal(invocations.length, 1)
  }
})

t.test('an exception of the model is a mishap once or twice', async t => {
  const crash = modelError(500, 'The thread was lost.')
  t.match((await probe(t, [crash, notReady, crash])).probed, { isWell: true, tries: 4 })
  const { probed } = await probe(t, Array(5).fill(crash))
  t.match(probed, { isWell: false, tries: 5, error: { status: 500, message: 'The thread was lost.' } })
})

t.test('what is in between, and answers for the endpoint, is told as that', async t => {
  const page = async (status: number) => {
    const server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Sign in</html>')
    })
    server.listen(0, '127.0.0.1')
    t.teardown(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const endpoint = await openEndpoint({ name: 'claims', url: `http://127.0.0.1:${port}`, atOnce: 1 })
    t.teardown(() => endpoint.close())
    const { body, contentType } = jsonExample('x')
    return endpoint.invoke({ target: 'A.tar.gz', body: Buffer.from(body), contentType }, never)
  }
  const message = (text: RegExp, status: number, retry: string) => ({ failure: { status, retry, message: text } })
  t.match(await page(200), message(/answers with a web page, as no model does/, 200, 'no'))
  t.match(await page(502), message(/^something in between answers 502, and not as SageMaker does$/, 502, 'wait'))
  t.match(await page(404), message(/answers 404/, 404, 'no'))
})

t.test('who hears nothing waits no longer than a model has time', async t => {
  const { url } = await fakeEndpoint(t, () => undefined)
  const endpoint = await openEndpoint({ name: 'claims', url, atOnce: 1 })
  t.teardown(() => endpoint.close())
  const options = { endpoint, calls: 1, limitMs: 100, log: silentLog, signal: never, firstWaitMs: 1 }
  const probed = await probeModel({ name: 'A', target: 'A.tar.gz', requests: [jsonExample('x')] }, options)
  t.match(probed, { isWell: false, tries: 1, error: { name: 'TimeoutError', message: /^no answer within 0\.\d+ s$/ } })
})

t.test('a model that is not loaded in its time has failed', async t => {
  const { probed } = await probe(t, Array(1000).fill(notReady), { requests: [jsonExample('x')], limitMs: 500 })
  t.match(probed, { isWell: false, error: { name: 'ModelNotReadyException', status: 429 } })
  t.ok(probed.tries > 1)
})

t.test('each example is asked, and one that is refused is what the model fails by', async t => {
  const requests = ['a', 'b', 'c', 'd'].map(jsonExample)
  const { probed, invocations } = await probe(t, ['1', '2', '3', modelError(400, 'd is bad')], { requests })
  t.same(
    invocations.map(({ body }) => body),
    ['"a"', '"b"', '"c"', '"d"'],
  )
  t.match(probed, { isWell: false, tries: 1, error: { status: 400, message: 'd is bad' } })
  t.type(probed.coldMs, 'number')
})

t.test('nobody at the URL is told after a few tries', async t => {
  const endpoint = await openEndpoint({ name: 'claims', url: 'http://127.0.0.1:1', atOnce: 1 })
  const options = { endpoint, calls: 1, limitMs: 5000, log: silentLog, signal: never, firstWaitMs: 1 }
  const probed = await probeModel({ name: 'A', target: 'A.tar.gz', requests: [jsonExample('x')] }, options)
  t.match(probed, { isWell: false, tries: 5, error: { message: /cannot be reached .*ECONNREFUSED/ } })
})

t.test('a request is made of the schema of a plugin: what must be given, and the least of it', async t => {
  const pluginOf = (request: ReturnType<typeof Type.Object>) =>
    definePlugin({
      name: 'Any',
      summary: 'Takes what a test says.',
      version: '1.0.0',
      params: Type.Object({}),
      request,
      response: Type.Unknown(),
      hasModelFile: false,
      load: () => 0,
      predict: () => 0,
    })
  const { body, contentType } = firstBody(
    pluginOf(
      Type.Object({
        text: Type.String({ minLength: 10 }),
        short: Type.String({ maxLength: 3 }),
        top: Type.Integer({ exclusiveMinimum: 2 }),
        share: Type.Number({ maximum: -0.5, multipleOf: 0.25 }),
        kind: Type.Union([Type.Literal('a'), Type.Literal('b')]),
        pair: Type.Tuple([Type.String(), Type.Boolean()]),
        rows: Type.Array(Type.Object({ n: Type.Integer({ minimum: 1 }) }), { minItems: 2 }),
        lang: Type.String({ default: 'de' }),
        more: Type.Optional(Type.String()),
      }),
    ),
  )!
  t.equal(contentType, 'application/json')
  t.same(JSON.parse(body), {
    text: 'a text a t',
    short: 'a t',
    top: 3,
    share: -0.5,
    kind: 'a',
    pair: ['a text', false],
    rows: [{ n: 1 }, { n: 1 }],
  })
  t.equal(firstBody(pluginOf(Type.Object({ id: Type.String({ pattern: '^\\d+$' }) }))), undefined)
})
