import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { encodeTensorFile } from 'modelhost'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'

/*
 * Everything at once for a while: three models that stay and three names that come and go; sound, broken and large
 * bodies, callers that leave, plugins that throw and lanes that end. What counts is how each call was answered, and what
 * is left.
 */

const soakMs = 20_000
const lostAfterMs = 10_000
const kilobyte = 1024

interface Call {
  readonly what: string
  readonly path: string
  readonly method?: string
  readonly type?: string
  readonly body?: string
  /** Of the answers that are right: status, or status and what the body holds. */
  readonly expected: readonly (number | readonly [number, string])[]
}

t.test('20 s of mixed load: every call has its answer, and nothing is left', async t => {
  const lines: { fields: object; message: string }[] = []
  const write = (fields: object, message: string) => void lines.push({ fields, message })
  const host = await startHost(
    t,
    {
      plugins: [pluginPath('probe'), pluginPath('weights')],
      lanes: 2,
      maxBodyBytes: 300 * kilobyte,
      // Little, so that a body that stays counted would stop all large ones.
      heldBodyBytes: 1000 * kilobyte,
    },
    { debug: write, info: write, warn: write, error: write },
  )
  const weights = encodeTensorFile({ tensors: { weights: Float32Array.of(1, 2, 3.5) } })
  const artifacts = {
    probe: await probeArtifact(t, { greeting: 'hello ' }),
    docsim: await tinyDocSim(t),
    weights: await folder(t, { 'a-params.json': '{"model_name": "Weights"}', 'a-model': weights }),
    broken: await folder(t, { 'a-params.json': '{"model_name": "Weights"}', 'a-model': weights.subarray(0, 40) }),
  }
  for (const name of ['probe', 'docsim', 'weights'] as const) await host.load(name, artifacts[name])

  const wrong: string[] = []
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const call = async ({ what, path, method = 'POST', type = 'application/json', body, expected }: Call) => {
    try {
      const answer = await fetch(host.url + path, {
        method,
        headers: { 'content-type': type },
        signal: AbortSignal.timeout(lostAfterMs),
        ...(body === undefined ? {} : { body }),
      })
      const text = await answer.text()
      const isRight = expected.some(one =>
        typeof one === 'number' ? one === answer.status : one[0] === answer.status && text.includes(one[1]),
      )
      count(`${what}: ${answer.status}`)
      if (!isRight) wrong.push(`${what}: ${answer.status} ${text.slice(0, 200)}`)
    } catch (error) {
      wrong.push(`${what}: ${error}`)
    }
  }

  const endMs = performance.now() + soakMs
  const untilEnd = async (step: (i: number) => Promise<unknown>) => {
    for (let i = 0; performance.now() < endMs; i++) await step(i)
  }
  const oneOf = (calls: readonly Call[]) => (i: number) => call(calls[i % calls.length]!)
  const large = 'x'.repeat(200 * kilobyte)
  const brief = (i: number) => `brief ${i % 3}`

  await Promise.all([
    untilEnd(oneOf(soundCalls)),
    untilEnd(oneOf(soundCalls.toReversed())),
    untilEnd(oneOf(brokenCalls)),
    untilEnd(async () => {
      const one = { what: 'large', path: '/models/probe/invoke', type: 'text/plain', body: large }
      await Promise.all(Array.from({ length: 8 }, () => call({ ...one, expected: [[200, large]] })))
      await pause(50)
    }),
    ...[0, 1].map(() =>
      untilEnd(async i => {
        const body = JSON.stringify({ model_name: brief(i), url: artifacts.weights })
        await call({ what: 'load', path: '/models', body, expected: [200, 409] })
      }),
    ),
    untilEnd(async i => {
      const body = JSON.stringify({ model_name: 'broken', url: artifacts.broken })
      await call({ what: 'broken artifact', path: '/models', body, expected: [[422, 'TENSOR_FILE_BROKEN']] })
      await pause(i % 20)
    }),
    untilEnd(async i => {
      const path = `/models/${encodeURIComponent(brief(i))}`
      await call({ what: 'brief', path: `${path}/invoke`, body: '{"from": 0}', expected: [[200, '6.5'], 404] })
      await call({ what: 'unload', path, method: 'DELETE', expected: [200, 404] })
    }),
    untilEnd(async i => {
      await leave(host.url, i)
      count('left')
    }),
    untilEnd(async () => {
      const body = '{"text": "", "action": "exit"}'
      await call({ what: 'exit', path: '/models/probe/invoke', body, expected: [[500, 'LANE_CRASHED']] })
      await pause(1000)
    }),
  ])
  t.comment([...counts].map(([what, times]) => `${what} x ${times}`).join(', '))
  t.same(wrong.slice(0, 10), [], 'every answer is one of those expected')

  await t.test('nothing waits, and all is given back', async t => {
    // As many at once as there is room for: a body still counted would hold one of these back for ever.
    const bodies = await Promise.all(Array.from({ length: 5 }, () => host.invoke('probe', large)))
    t.same(
      bodies.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    for (const name of ['probe', 'docsim', 'weights']) {
      t.match(host.host.models.get(name), { waiting: 0, running: 0 }, name)
      t.equal((await host.unload(name)).status, 200)
    }
    for (const i of [0, 1, 2]) await host.unload(brief(i))
    t.same(await (await fetch(`${host.url}/models`)).json(), { models: [] })
    t.equal(host.host.models.usedBytes, 0)
    await host.close()
    const draining = lines.find(({ message }) => message === 'draining')
    t.match(draining?.fields, { busy: 0, waiting: 0, running: 0 })
    t.same(
      lines.filter(({ message }) => message === 'request failed'),
      [],
    )
  })
})

const soundCalls: readonly Call[] = [
  { what: 'ping', path: '/ping', method: 'GET', expected: [[200, 'Healthy']] },
  { what: 'text', path: '/models/probe/invoke', type: 'text/plain', body: 'you', expected: [[200, '"hello you"']] },
  { what: 'csv', path: '/models/docsim/invoke', type: 'text/csv', body: 'masken,ärzte\n', expected: [[200, '["0.8']] },
  {
    what: 'json',
    path: '/models/docsim/invoke',
    body: '{"text1": "impfung", "text2": "ärzte"}',
    expected: [[200, '0.6']],
  },
  { what: 'weights', path: '/models/weights/invoke', body: '{"from": 1}', expected: [[200, '5.5']] },
  { what: 'list', path: '/models', method: 'GET', expected: [[200, '"probe"']] },
  { what: 'one', path: '/models/weights', method: 'GET', expected: [[200, '"Weights"']] },
]

const brokenCalls: readonly Call[] = [
  { what: 'no JSON', path: '/models/docsim/invoke', body: '{"text1": ', expected: [400] },
  { what: 'wrong type', path: '/models/docsim/invoke', body: '{"text1": 7}', expected: [[400, 'REQUEST_INVALID']] },
  { what: 'a bad row', path: '/models/docsim/invoke', type: 'text/csv', body: 'one\n', expected: [[200, '"error"']] },
  { what: 'unknown type', path: '/models/probe/invoke', type: 'image/png', body: 'x', expected: [415] },
  {
    what: 'too large',
    path: '/models/probe/invoke',
    type: 'text/plain',
    body: 'x'.repeat(301 * kilobyte),
    expected: [413],
  },
  { what: 'throws', path: '/models/probe/invoke', body: '{"text": "", "action": "throw"}', expected: [500] },
  { what: 'unknown model', path: '/models/nobody/invoke', body: '{}', expected: [404] },
  { what: 'empty load', path: '/models', body: '', expected: [400] },
  { what: 'unknown path', path: '/nowhere', method: 'GET', expected: [404] },
  { what: 'wrong method', path: '/models/probe/invoke', method: 'GET', expected: [405] },
]

/** A caller that goes away: before its body is there, or before the answer. */
async function leave(url: string, i: number): Promise<void> {
  const { hostname, port } = new URL(url)
  const lengths = [10, 10, 100 * kilobyte, 100 * kilobyte]
  const length = lengths[i % lengths.length]!
  const isWhole = i % 2 === 0
  const head = `POST /models/probe/invoke HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${length}\r\n\r\n`
  const socket = connect(Number(port), hostname)
  await new Promise<void>(resolve => {
    socket.on('error', () => {})
    socket.once('close', () => resolve())
    socket.write(head + 'x'.repeat(isWhole ? length : length / 2), () => setTimeout(() => socket.destroy(), i % 5))
  })
}
