import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { type Answer, askRows, Refused } from '../../cli/batch/ask-rows.js'
import { cutChunks, Pace } from '../../cli/batch/chunks.js'
import { workInOrder } from '../../cli/batch/in-order.js'
import type { Row } from '../../cli/batch/row.js'
import { Tally } from '../../cli/batch/tally.js'

const never = new AbortController().signal

function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

async function* each<T>(items: readonly T[]) {
  yield* items
}

t.test('results come in order, and no more is taken than the window holds', async t => {
  const first = gate()
  const taken: number[] = []
  const emitted: number[] = []
  async function* items() {
    for (let i = 0; i < 20; i++) {
      taken.push(i)
      yield i
    }
  }
  const working = workInOrder<number, number>({
    items: items(),
    work: async i => {
      if (i === 0) await first.opened
      return i
    },
    emit: async i => void emitted.push(i),
    atOnce: 2,
    window: 5,
    signal: never,
  })
  for (let i = 0; i < 20; i++) await turn()
  t.same(taken, [0, 1, 2, 3, 4], 'the first holds up the rest')
  t.same(emitted, [])
  first.open()
  await working
  t.same(
    emitted,
    Array.from({ length: 20 }, (_, i) => i),
  )
})

t.test('what came before a failure is emitted first', async t => {
  const emitted: number[] = []
  const emit = async (i: number) => void emitted.push(i)
  const options = { emit, atOnce: 3, window: 6, signal: never }
  const work = async (i: number) => {
    for (let k = i; k < 5; k++) await turn()
    if (i === 3) throw new Error('no host')
    return i
  }
  await t.rejects(workInOrder({ ...options, items: each([0, 1, 2, 3, 4, 5, 6]), work }), { message: 'no host' })
  t.same(emitted, [0, 1, 2])
  emitted.length = 0
  async function* broken() {
    yield* [0, 1, 2]
    throw new Error('no table')
  }
  await t.rejects(workInOrder({ ...options, items: broken(), work }), { message: 'no table' })
  t.same(emitted, [0, 1, 2])
})

t.test('after a signal nothing is taken, and what is in work is finished', async t => {
  const stop = new AbortController()
  const emitted: number[] = []
  const work = async (i: number) => {
    if (i === 2) stop.abort()
    await turn()
    return i
  }
  const emit = async (i: number) => void emitted.push(i)
  const items = each([0, 1, 2, 3, 4, 5])
  await workInOrder({ items, work, emit, atOnce: 2, window: 4, signal: stop.signal })
  t.same(emitted, [0, 1, 2])
})

const rowsOf = (...requests: (string | undefined)[]): Row[] =>
  requests.map(request => (request === undefined ? { request, problem: { code: 'X', message: 'x' } } : { request }))

t.test('rows are sent as they come, together where many are at hand', async t => {
  const more = gate()
  async function* groups() {
    yield rowsOf('1', '2', '3', '4', '5')
    yield rowsOf('6')
    await more.opened
    yield rowsOf('7')
  }
  const chunks = cutChunks(groups(), () => 4)
  const next = async () => (await chunks.next()).value?.map(({ request }: Row) => request)
  t.same(await next(), ['1', '2', '3', '4'])
  t.same(await next(), ['5', '6'], 'who waits for the answer before the next line is not kept waiting')
  more.open()
  t.same(await next(), ['7'])
  t.same(await next(), undefined)
})

t.test('long rows are few in a request, which stays below what hosts take', async t => {
  const long = 'x'.repeat(200_000)
  const sizes: number[] = []
  for await (const chunk of cutChunks(each([rowsOf(...Array(10).fill(long))]), () => 1000)) sizes.push(chunk.length)
  t.same(sizes, [3, 3, 3, 1])
})

t.test('as many rows are sent at once as take a moment', async t => {
  const pace = new Pace()
  for (let i = 0; i < 20; i++) pace.took(pace.rows, pace.rows * 0.1)
  t.equal(pace.rows, 250)
  pace.took(250, 250_000)
  t.equal(pace.rows, 1)
})

/** A model that answers in capitals, in its way. */
function answerWith(answer: (line: string) => string, sizes: number[] = []) {
  return async (body: Buffer, rows: number): Promise<Answer> => {
    sizes.push(rows)
    const lines = body.toString().split('\n').map(answer)
    return { body: Buffer.from(lines.map(line => `${line}\n`).join('')), predictMs: 1 }
  }
}
const asked = (rows: Row[], ask: ReturnType<typeof answerWith>, mayFailTogether = false) =>
  askRows(rows, ask, { mayFailTogether, took: () => {} })

t.test('a row that cannot be asked has its error in its place', async t => {
  const error = '{"error":{"code":"X","message":"x"}}'
  const ask = answerWith(line => line.toUpperCase())
  t.same(await asked(rowsOf('"a"', undefined, '"b"', undefined), ask), ['"A"', error, '"B"', error])
  t.same(await asked(rowsOf(undefined), ask), [error])
})

t.test('one row that breaks a request is found, and the others are answered', async t => {
  const sizes: number[] = []
  const ask = answerWith(line => {
    if (line === '"77"') throw new Refused({ code: 'LANE_CRASHED', message: 'it fell over' })
    return line
  }, sizes)
  const requests = Array.from({ length: 100 }, (_, i) => `"${i}"`)
  const lines = await asked(rowsOf(...requests), ask)
  t.equal(lines[77], '{"error":{"code":"LANE_CRASHED","message":"it fell over"}}')
  t.same(lines.toSpliced(77, 1), requests.toSpliced(77, 1))
  t.ok(sizes.length < 30, 'without asking for each alone')
  const refuse = async (): Promise<Answer> => {
    throw new Refused({ code: 'BODY_TOO_LARGE', message: 'no' })
  }
  for (const rows of [1, 2, 17]) {
    const refused = Array(rows).fill('{"error":{"code":"BODY_TOO_LARGE","message":"no"}}')
    t.same(await asked(rowsOf(...requests.slice(0, rows)), refuse), refused, 'a line for each')
  }
})

t.test('where one row spoils the answers of those beside it, they are asked alone', async t => {
  const spoiled = '{"error":{"code":"PREDICT_FAILED","message":"all of it"}}'
  const ask = async (body: Buffer, rows: number) =>
    answerWith(line => (body.includes('bad') ? spoiled : line))(body, rows)
  t.same(await asked(rowsOf('"a"', '"bad"', '"b"'), ask, true), ['"a"', spoiled, '"b"'])
})

t.test('bad rows are counted by code, with the numbers of the first', async t => {
  const tally = new Tally(false)
  const kept = new Tally(true)
  const error = '"error":{"code":"REQUEST_INVALID","message":"no"}}'
  const lines = ['1', `{${error}`, '{"error":"a prediction"}', ...Array.from({ length: 6 }, () => `{${error}`)]
  for (const line of lines) tally.count(line)
  t.match(tally, { rows: 9, bad: 7 })
  t.same(tally.errors, { REQUEST_INVALID: { count: 7, first: [2, 4, 5, 6, 7] } })
  for (const line of [`{"id":1,${error}`, `{"raw":{${error},"prediction":1}`]) kept.count(line)
  t.match(kept, { rows: 2, bad: 1 }, 'what is kept is no error, whatever it looks like')
})
