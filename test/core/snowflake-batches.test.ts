import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { fail, isHostError } from 'modelhost'
import t from 'tap'
import { Semaphore } from '../../core/semaphore.js'
import type { BatchAnswer, SettleBatch } from '../../core/snowflake/ask-model.js'
import { Batches } from '../../core/snowflake/batches.js'
import { joinRows } from '../../core/snowflake/join.js'
import { PagesWriter, pieceOf } from '../../core/snowflake/pages.js'
import { receiveBatch } from '../../core/snowflake/receive-batch.js'
import { Results } from '../../core/snowflake/results.js'
import { type Split, splitRows } from '../../core/snowflake/split.js'

const minute = 60_000
const bytes = (length: number) => ({ body: new Uint8Array(length) })

/** Asks for a batch that is answered with so many bytes. */
function ask(batches: Batches, key: string | undefined, length: number): { isFresh: boolean } {
  let isFresh = false
  const begin = (settle: SettleBatch) => {
    isFresh = true
    queueMicrotask(() => settle(undefined, bytes(length)))
    return { cancel() {} }
  }
  batches.ask(key, begin, () => {})
  return { isFresh }
}

t.test('the answers that are kept never take more than their bytes, the least recently used go first', async t => {
  const batches = new Batches({ cacheBytes: 10_000, cacheMs: minute })
  for (let i = 0; i < 100; i++) {
    ask(batches, `key ${i}`, (i * 97) % 4000)
    await null
    t.ok(batches.cachedBytes <= 10_000)
  }
  const again = new Batches({ cacheBytes: 10_000, cacheMs: minute })
  for (const key of ['a', 'b', 'a', 'c']) {
    ask(again, key, 4000)
    await null
  }
  t.equal(ask(again, 'a', 0).isFresh, false)
  t.equal(ask(again, 'b', 0).isFresh, true)
  ask(again, 'large', 20_000)
  await null
  t.equal(ask(again, 'large', 0).isFresh, true, 'what is larger than all of it is not kept, and drives nothing out')
  t.equal(ask(again, 'a', 0).isFresh, false)
})

t.test('an answer is kept for its time, or not at all', async t => {
  let nowMs = 5
  const batches = new Batches({ cacheBytes: 10_000, cacheMs: minute, now: () => nowMs })
  ask(batches, 'a', 10)
  await null
  nowMs += minute / 2
  t.equal(ask(batches, 'a', 10).isFresh, false)
  nowMs += minute
  t.equal(ask(batches, 'a', 10).isFresh, true)
  const none = new Batches({ cacheBytes: 0, cacheMs: minute })
  ask(none, 'a', 10)
  await null
  t.equal(ask(none, 'a', 10).isFresh, true)
})

t.test('a caller that leaves does not end a batch that others wait for, or that may come again', async t => {
  const batches = new Batches({ cacheBytes: 10_000, cacheMs: minute })
  let cancelled = 0
  let settle: SettleBatch = () => {}
  const begin = (given: SettleBatch) => {
    settle = given
    return { cancel: () => cancelled++ }
  }
  const heard: string[] = []
  const first = batches.ask('key', begin, () => heard.push('first'))
  const second = batches.ask('key', begin, () => heard.push('second'))
  first.cancel()
  second.cancel()
  t.equal(cancelled, 0)
  batches.ask('key', begin, () => heard.push('third'))
  settle(undefined, bytes(5))
  t.same(heard, ['third'])
  batches.ask(undefined, begin, () => heard.push('nobody')).cancel()
  t.equal(cancelled, 1, 'one without an id is nobody’s any more')
})

t.test('a batch that cannot begin leaves nothing behind', async t => {
  const batches = new Batches({ cacheBytes: 10_000, cacheMs: minute })
  const refused = () => {
    throw fail('QUEUE_FULL', { model: 'm', limit: 1 })
  }
  t.throws(() => batches.ask('key', refused, () => {}), { code: 'QUEUE_FULL' })
  t.equal(ask(batches, 'key', 5).isFresh, true)
})

t.test('what was accepted with 202 has its room from the start, and others are not accepted', async t => {
  let nowMs = 0
  const results = new Results({ maxBytes: 2500, batchBytes: 1000, now: () => nowMs })
  const a = results.accept('a', 'hash')!
  t.equal(results.accept('a', 'hash'), a)
  t.equal(results.accept('a', 'other'), undefined)
  results.accept('b', 'hash')
  t.equal(results.heldBytes, 2000)
  t.equal(results.accept('c', 'hash'), undefined)
  results.settle(a, undefined, bytes(400))
  t.equal(results.heldBytes, 1400)
  const c = results.accept('c', 'hash')!
  results.settle(c, undefined, bytes(1000))
  t.equal(results.accept('d', 'hash'), undefined, 'what nobody has fetched stays')
  results.find('c')!.isFetched = true
  results.settle(results.accept('d', 'hash')!, undefined, bytes(500))
  t.equal(results.find('c'), undefined)
  t.equal(results.accept('c', 'other'), undefined, 'its id is still known')
  t.ok(results.find('a'))
  nowMs = 16 * minute
  const e = results.accept('e', 'hash')
  t.ok(e, 'Snowflake asks for 10 minutes only')
  results.settle(e!, undefined, bytes(5))
  t.equal(results.find('a'), undefined)
  t.ok(results.heldBytes <= 2500)
  nowMs = 13 * 60 * minute
  t.equal(results.find('c'), undefined)
  t.ok(results.accept('c', 'other'), 'after half a day it is forgotten')
})

t.test('what runs is never forgotten, and so many batches are known and no more', async t => {
  let nowMs = 0
  const results = new Results({ maxBytes: 20_000, batchBytes: 1, now: () => nowMs })
  const slow = results.accept('slow', 'hash')!
  for (let i = 1; i < 10_000; i++) results.settle(results.accept(`${i}`, 'hash')!, undefined, bytes(1))
  t.equal(results.accept('more', 'hash'), undefined)
  nowMs = 13 * 60 * minute
  t.equal(results.find('slow'), slow)
  results.settle(slow, undefined, bytes(1))
  t.ok(slow.outcome)
  t.ok(results.accept('more', 'hash'))
})

t.test('an answer that is kept keeps nothing of those that came with it', async t => {
  const part = () => ({ body: Buffer.alloc(1000, 'x').subarray(10, 30) })
  const results = new Results({ maxBytes: 2500, batchBytes: 1000 })
  const accepted = results.accept('a', 'hash')!
  results.settle(accepted, undefined, part())
  t.match(accepted.outcome, { answer: { body: Buffer.alloc(20, 'x') } })
  t.equal((accepted.outcome as { answer: BatchAnswer }).answer.body.buffer.byteLength, 20)
  const batches = new Batches({ cacheBytes: 10_000, cacheMs: minute })
  let settle: SettleBatch = () => {}
  const ask = (settled: SettleBatch) =>
    batches.ask(
      'key',
      settleBatch => {
        settle = settleBatch
        return { cancel() {} }
      },
      settled,
    )
  ask(() => {})
  settle(undefined, part())
  ask((_, answer) => {
    t.equal(Buffer.from(answer!.body).toString(), 'x'.repeat(20))
    t.equal(answer!.body.buffer.byteLength, 20)
  })
})

t.test('a packed body counts as the largest that it may become, and then as what it is', async t => {
  const held = new Semaphore(100_000)
  const packed = gzipSync(randomBytes(30_000))
  const arrive = () => {
    const headers = { 'content-encoding': 'gzip', 'content-length': String(packed.length) }
    const request = Object.assign(new PassThrough(), { headers })
    request.end(packed)
    const received = receiveBatch(request as unknown as IncomingMessage, { maxBytes: 40_000, held, open: new Set() })
    return { request, received }
  }
  const first = await arrive().received
  t.equal(first.body.length, 30_000)
  let isGranted = false
  held.acquire(70_000, () => {
    isGranted = true
  })()
  t.ok(isGranted)
  const { request, received } = arrive()
  t.equal(request.listenerCount('data'), 0, 'it is not read while it has no room')
  first.release()
  t.equal((await received).body.length, 30_000)
})

t.test('pieces are put on few pages, and large ones have their own', async t => {
  const sizes = [0, 10, 65_536, 65_535, 200_000, 65_535, 65_535, 65_535, 1]
  const pieces = sizes.map((size, i) => new Uint8Array(size).fill(i))
  const writer = new PagesWriter(pieces.length)
  for (const [i, piece] of [...pieces.entries()].reverse()) writer.put(i, piece)
  const pages = writer.end()
  t.equal(pages.pages.length, 4)
  for (const [i, piece] of pieces.entries()) t.ok(Buffer.from(piece).equals(pieceOf(pages, i)), `${i}`)
  t.equal(pieceOf(pages, 4).buffer.byteLength, 200_000)
  const empty = new PagesWriter(1)
  empty.put(0, new Uint8Array(0))
  t.equal(pieceOf(empty.end(), 0).length, 0, 'one that is empty, with no page before it')
})

/** Each model answers its rows with what they say. */
function echo({ groups, models, bodies, plan }: Split, failing?: string) {
  const answers = new PagesWriter(groups)
  const isError = new Uint8Array(groups)
  for (let group = 0; group < groups; group++) {
    const model = Buffer.from(pieceOf(models, group)).toString()
    const body = Buffer.from(pieceOf(bodies, group)).toString()
    const { data } = JSON.parse(body) as { data: unknown[][] }
    const rows = data.map(([number, ...args]) => `[ ${number} , ${JSON.stringify({ model, args })} ]`)
    if (model === failing) isError[group] = 1
    answers.put(group, Buffer.from(model === failing ? '{"error":1}' : `{"data":[${rows.join(', ')}]}`))
  }
  return { plan, answers: answers.end(), isError, maxBytes: 10_000_000 }
}

t.test('whatever rows say, they are answered by their model, in their order', async t => {
  const model = fc.oneof(
    fc.constantFrom('a', 'b', 'ü/c', '\ud83d\ude00', '__proto__', ''),
    fc.constant(null),
    fc.integer(),
  )
  const rows = fc.array(fc.tuple(model, fc.array(fc.jsonValue(), { maxLength: 3 })), { maxLength: 30 })
  fc.assert(
    fc.property(rows, rows => {
      const body = JSON.stringify({ data: rows.map(([model, args], i) => [i, model, ...args]) })
      const answer = joinRows(echo(splitRows(Buffer.from(body)), 'b'))
      const { data } = JSON.parse(Buffer.from(answer).toString())
      t.equal(data.length, rows.length)
      for (const [i, [model, args]] of rows.entries()) {
        const [number, value] = data[i]
        t.equal(number, i)
        if (model === null) t.equal(value, null)
        else if (model === 'b') t.same(value, { error: 1 })
        else if (typeof model === 'number') t.equal(value.error.code, 'REQUEST_INVALID')
        else t.same(value, JSON.parse(JSON.stringify({ model, args })))
      }
    }),
    { numRuns: 150 },
  )
})

t.test('a hostile body is split, or refused as malformed', async t => {
  const pieces = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    ',',
    ':',
    '0',
    '-',
    '1e9',
    ' ',
    'a',
    '"a"',
    '"data":',
    'null',
  )
  const tail = fc.array(pieces, { maxLength: 16 }).map(pieces => pieces.join(''))
  const body = fc.oneof(
    fc.uint8Array(),
    fc
      .oneof(
        tail,
        tail.map(tail => `{"data":[[0,"a"${tail}`),
        fc.json(),
      )
      .map(text => Buffer.from(text)),
  )
  fc.assert(
    fc.property(body, body => {
      let answer: Uint8Array
      try {
        answer = joinRows(echo(splitRows(body)))
      } catch (error) {
        if (!isHostError(error) || error.code !== 'BODY_MALFORMED') throw error
        return
      }
      const numbersIn = (json: Uint8Array) =>
        (JSON.parse(new TextDecoder().decode(json)) as { data: unknown[][] }).data.map(([number]) => number)
      t.same(numbersIn(answer), numbersIn(body))
    }),
    { numRuns: 2000 },
  )
})

t.test('an answer that is not that of its rows is no answer', async t => {
  const joined = (answer: string) => {
    const split = splitRows(Buffer.from('{"data":[[0,"a"],[1,"a"]]}'))
    const answers = new PagesWriter(1)
    answers.put(0, Buffer.from(answer))
    const isError = new Uint8Array(1)
    return Buffer.from(joinRows({ plan: split.plan, answers: answers.end(), isError, maxBytes: 1000 })).toString()
  }
  t.equal(joined('{"data":[[0,5],[1,6]]}'), '{"data":[[0,5],[1,6]]}')
  for (const wrong of [
    '{"data":[[0,5]]}',
    '{"data":[[1,5],[0,6]]}',
    '{"data":[[0,5],[1,6],[2,7]]}',
    '{"data":[[0],[1]]}',
  ])
    t.throws(() => joined(wrong), { code: 'INTERNAL', message: /another row/ }, wrong)
})
