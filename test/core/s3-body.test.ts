import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import t from 'tap'
import { readBody } from '../../core/store/s3/body.js'
import { errorOf, never } from '../helpers/s3-store.js'

const read = (body: Readable, limitMs: number, signal = never) =>
  readBody({ Body: body } as unknown as GetObjectCommandOutput, limitMs, signal)

async function lengthOf(chunks: AsyncIterable<Uint8Array>, waitMs = 0): Promise<number> {
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    await pause(waitMs)
  }
  return length
}

t.test('the time of whoever reads slowly is not that of the body', async t => {
  const body = new PassThrough()
  body.write('one')
  const read30 = lengthOf(read(body, 60), 100)
  await pause(30)
  body.end('three')
  t.equal(await read30, 8)
})

t.test('a body that says nothing is ended, and one that nobody wants', async t => {
  const silent = new PassThrough()
  silent.write('one')
  t.match(await errorOf(lengthOf(read(silent, 30))), { name: 'PassingError', message: 'no byte came for 30 ms' })
  t.ok(silent.destroyed)
  const left = new PassThrough()
  left.write('one')
  for await (const _ of read(left, 1000)) break
  t.ok(left.destroyed)
  const aborted = new PassThrough()
  const reason = new Error('no longer wanted')
  t.equal(await errorOf(lengthOf(read(aborted, 1000, AbortSignal.abort(reason)))), reason as unknown)
  t.ok(aborted.destroyed)
})
