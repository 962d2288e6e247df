import fc from 'fast-check'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { cutRows, type Row } from '../../container/snowflake/lambda/rows.js'
import { pluginPath } from '../helpers/artifacts.js'
import { proxyEvent, startGateway } from '../helpers/gateway.js'
import { probeStore } from '../helpers/store.js'

const plugins = [pluginPath('probe')]

t.test('however a batch is cut and grouped, each row has the answer that it has alone', async t => {
  const greetings: Record<string, string> = { a: 'a: ', 'dir/b': 'b: ' }
  const store = await probeStore(t, { a: { greeting: 'a: ' }, 'dir/b': { greeting: 'b: ' } })
  const host = await startHost(t, { plugins, store })
  const gateway = await startGateway(t, host.url, { INVOKE_ROWS: '3', INVOKE_BYTES: '400' })
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('"]', '\\"[[', '\u2028', '{"data":[]}', '\ud800'),
  )
  const number = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })
  const row = fc.tuple(number, fc.constantFrom('a', 'dir/b', 'none'), fc.option(text))
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 30 }), async rows => {
      const data = rows.map(([number, model, text]) => `[${number},${JSON.stringify(model)},${JSON.stringify(text)}]`)
      const answer = await gateway.ask(proxyEvent('/models', `{"data":[${data}]}`))
      const expected = rows.map(([number, model, text]) => {
        const greeting = greetings[model]
        if (greeting === undefined) return [String(number), 'ValidationError']
        return [String(number), text === null ? null : greeting + text]
      })
      const seen = (cutRows(answer.text) as Row[]).map(([number, value]) => {
        const read = JSON.parse(value!)
        return [number, read && (read.error?.code ?? read.text)]
      })
      t.same(seen, expected)
    }),
    { numRuns: 300 },
  )
})

t.test('large batches at once, of many models, lose no row', async t => {
  const users = Array.from({ length: 50 }, (_, i) => `users/${i}`)
  const store = await probeStore(t, Object.fromEntries(users.map(user => [user, { greeting: `${user} ` }])))
  const host = await startHost(t, { plugins, store })
  const gateway = await startGateway(t, host.url)
  const batches = Array.from({ length: 6 }, (_, b) =>
    Array.from({ length: 20_000 }, (_, i) => [i, users[(i * 7 + b) % users.length]!, `text ${b} ${i}`] as const),
  )
  // Snowflake repeats what a full queue or a load refuses, with the same batch id.
  const askUntilAnswered = async (data: unknown): Promise<unknown[]> => {
    const answer = await gateway.ask(proxyEvent('/models', { data }))
    if (answer.status === 429 || answer.status === 503) return askUntilAnswered(data)
    t.equal(answer.status, 200, answer.text.slice(0, 200))
    return answer.values()
  }
  const answers = await Promise.all(batches.map(askUntilAnswered))
  answers.forEach((values, b) => {
    t.same(
      values,
      batches[b]!.map(([, user, text]) => ({ text: `${user} ${text}`, lane: 0 })),
    )
  })
  t.ok(gateway.log.some(line => (line as { invocations?: number }).invocations === 50))
})
