import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { Refused } from '../../cli/batch/ask-rows.js'
import { remoteModel } from '../../cli/batch/remote-model.js'
import { readToken } from '../../cli/token.js'

type Reply = (response: ServerResponse, body: string) => void

const answer: Reply = (response, body) => {
  const lines = body.split('\n').map(line => `${line}\n`)
  response.setHeader('server-timing', 'load;dur=5, predict;dur=12.5')
  response.end(lines.join(''))
}
const say =
  (status: number, body: string | Buffer = '', headers: Record<string, string> = {}): Reply =>
  response =>
    response.writeHead(status, headers).end(body)
const reset: Reply = response => response.socket?.resetAndDestroy()
const truncate: Reply = response => {
  response.writeHead(200, { 'content-length': '100' }).write('"a"')
  setImmediate(() => response.socket?.end())
}

/** A host that does so to one request after the other, then answers; and what asks it. */
async function setUp(t: Test, replies: Reply[], { patienceMs = 10_000, fallBack = answer } = {}) {
  const bodies: string[] = []
  const stop = new AbortController()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    bodies.push(body)
    const reply = replies.shift() ?? fallBack
    reply(response, body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/models/m/invoke`)
  const model = remoteModel(url, { atOnce: 2, patienceMs, firstWaitMs: 10, signal: stop.signal })
  const leave = () => {
    server.closeAllConnections()
    server.close()
  }
  t.teardown(async () => {
    await model.close()
    leave()
  })
  const ask = async (...lines: string[]) =>
    (await model.ask(Buffer.from(lines.join('\n')), lines.length)).body.toString()
  return { ask, model, bodies, stop, leave, url }
}

t.test('what is lost on its way is sent again', async t => {
  const { ask, bodies, model } = await setUp(t, [reset, truncate, say(502, '<html>')])
  t.equal(await ask('"a"', '"b"'), '"a"\n"b"\n')
  t.same(bodies, Array(4).fill('"a"\n"b"'))
  t.equal((await model.ask(Buffer.from('1'), 1)).predictMs, 12.5)
})

t.test('a guarded host is shown the first token of a file, and only there', async t => {
  const seen: (string | undefined)[] = []
  const server = createServer(async (request, response) => {
    seen.push(request.headers.authorization)
    answer(response, await text(request))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const folder = t.testdir({
    tokens: '# ours\n\n abcdefghijklmnop \nqrstuvwxyz123456\n',
    none: '# none\n',
    odd: 'Passwörter\n',
  })
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/invocations`)
  const token = await readToken(`${folder}/tokens`)
  const options = { atOnce: 1, patienceMs: 1000, signal: new AbortController().signal }
  for (const given of [token, undefined]) {
    const model = remoteModel(url, { ...options, token: given })
    await model.ask(Buffer.from('1'), 1)
    await model.close()
    t.notMatch(JSON.stringify(await model.identify()), /abcdefgh/)
  }
  t.same(seen, ['Bearer abcdefghijklmnop', undefined])
  for (const [name, problem] of Object.entries({
    none: /has no token/,
    odd: /visible ASCII/,
    away: /cannot be read \(ENOENT\)/,
  })) {
    await t.rejects(readToken(`${folder}/${name}`), { exitCode: 2, message: problem })
  }
})

t.test('an answer that ends within its last line is no answer', async t => {
  const { ask, bodies } = await setUp(t, [say(200, '"a"\n"b'), say(200, '"a"\n"b"')])
  t.equal(await ask('1', '2'), '"a"\n"b"')
  t.equal(bodies.length, 2)
})

t.test('what has as many lines as there are rows, but is no JSON, is no answer', async t => {
  for (const body of [
    '<html>\n</html>\n',
    '\n\n',
    '1\n{"error":{"code":"x\n',
    Buffer.from([0x22, 0xff, 0x22, 0x0a, 0x31]),
  ]) {
    const passing = await setUp(t, [say(200, body)])
    t.equal(await passing.ask('1', '2'), '1\n2\n')
    const lasting = await setUp(t, [], { fallBack: say(200, body, { 'content-type': 'text/html' }) })
    const message = /answered lines of text\/html that are no JSON; it must answer application\/jsonlines/
    await t.rejects(lasting.ask('1', '2'), { exitCode: 1, message })
  }
})

t.test('a busy host is asked again when it says, by nobody before', async t => {
  const { ask, bodies } = await setUp(t, [say(503, '', { 'retry-after': '1' })])
  const start = performance.now()
  const first = ask('1')
  while (bodies.length === 0) await new Promise(setImmediate)
  await new Promise(resolve => setTimeout(resolve, 50))
  const second = ask('2').then(answer => ({ answer, ms: performance.now() - start }))
  t.equal(await first, '1\n')
  t.ok(performance.now() - start > 900)
  const { answer, ms } = await second
  t.equal(answer, '2\n')
  t.ok(ms > 900, String(ms))
  t.same(bodies.toSorted(), ['1', '1', '2'])
})

t.test('what a model refuses is told with its code, what nobody can mend ends the work', async t => {
  const json = (code: string) => JSON.stringify({ error: { code, message: 'why' } })
  for (const [status, body, problem] of [
    [500, json('LANE_CRASHED'), { code: 'LANE_CRASHED', message: 'why' }],
    [413, 'too much', { code: 'HTTP_413', message: 'too much' }],
    [424, '', { code: 'HTTP_424', message: 'no reason is given' }],
  ] as const) {
    const { ask } = await setUp(t, [say(status, body)])
    const error = await ask('1').catch(error => error)
    t.type(error, Refused)
    t.same(error.problem, problem)
  }
  for (const status of [404, 401]) {
    const { ask } = await setUp(t, [say(status, json('X'))])
    await t.rejects(ask('1'), { exitCode: 1, message: new RegExp(`/models/m/invoke answered ${status}: why`) })
  }
  const { ask } = await setUp(t, [], { fallBack: say(200, '[1,2]', { 'content-type': 'application/json' }) })
  const message = /answered 1 lines of application\/json to 2 rows; it must answer application\/jsonlines, a line a row/
  await t.rejects(ask('1', '2'), { exitCode: 1, message })
})

t.test('a host that stays away is given up', async t => {
  const gone = await setUp(t, [], { patienceMs: 300 })
  t.equal(await gone.ask('1'), '1\n')
  gone.leave()
  const message = /cannot be reached \(ECONN\w+\), for 0 s now\. It was given up/
  await t.rejects(gone.ask('2'), { exitCode: 1, message })
  const never = await setUp(t, [])
  never.leave()
  await t.rejects(never.ask('1'), { exitCode: 1, message: /ECONNREFUSED\)\. Is the host running\?/ })
  const busy = await setUp(t, [], {
    patienceMs: 300,
    fallBack: say(429, '{"error":{"code":"A","message":"still loading"}}'),
  })
  await t.rejects(busy.ask('1'), { exitCode: 1, message: /answers 429 \(still loading\), for 0 s now/ })
})

t.test('a password in the URL is sent, and told nobody', async t => {
  const { url } = await setUp(t, [], {
    fallBack: response => {
      response.writeHead(401).end(response.req.headers.authorization)
    },
  })
  url.username = 'me'
  url.password = 'secret'
  const model = remoteModel(url, { atOnce: 1, patienceMs: 1000, signal: new AbortController().signal })
  t.teardown(() => model.close())
  const error = await model.ask(Buffer.from('1'), 1).catch(error => error)
  t.match(error.message, /\/\/127\.0\.0\.1:\d+\/models\/m\/invoke answered 401: Basic bWU6c2VjcmV0$/)
  t.notMatch(JSON.stringify(await model.identify()), /secret/)
})

t.test('rows that alone are not answered, time and again, are refused', async t => {
  const { ask } = await setUp(t, [], {
    fallBack: (response, body) => (body === '"bad"' ? reset : answer)(response, body),
  })
  const bad = ask('"bad"').catch(error => error)
  let isOver = false
  void bad.then(() => {
    isOver = true
  })
  while (!isOver) {
    t.equal(await ask('1'), '1\n')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  t.match((await bad).problem, { code: 'CONNECTION_LOST', message: /ECONNRESET\), in 5 tries/ })
})

t.test('a signal ends the waiting', async t => {
  const { ask, stop, bodies } = await setUp(t, [], { fallBack: say(503, '', { 'retry-after': '60' }) })
  const asking = ask('1')
  while (bodies.length === 0) await new Promise(setImmediate)
  stop.abort()
  await t.rejects(asking, { name: 'AbortError' })
})
