import { request } from 'node:http'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { Semaphore } from '../../core/semaphore.js'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'

const MiB = 2 ** 20

/** Sends a body in chunks, of a length that is not told. */
function sendChunks(url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const sent = request(url, { method: 'POST', headers }, answer => {
      answer.resume().on('end', () => resolve(answer.statusCode!))
    })
    sent.on('error', reject).end(body)
  })
}

t.test('a body of untold length takes the room of the largest one only until it is there', async t => {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins: [pluginPath('probe')], maxBodyBytes: MiB, heldBodyBytes: MiB })
  await host.load('m', await probeArtifact(t))
  const url = `${host.url}/models/m/invoke`
  const waiting = sendChunks(url, JSON.stringify({ text: 'held', action: 'wait' }))
  await latch.arrived('held')
  t.equal(await sendChunks(url, JSON.stringify({ text: 'small' })), 200)
  t.equal(await sendChunks(url, JSON.stringify({ text: 'x'.repeat(100_000) })), 200)
  latch.open('held')
  t.equal(await waiting, 200)
})

t.test('a semaphore takes a part back, and the rest later', async t => {
  const semaphore = new Semaphore(10)
  const granted: string[] = []
  const release = semaphore.acquire(10, () => granted.push('a'))
  const other = semaphore.acquire(6, () => granted.push('b'))
  release(5)
  t.same(granted, ['a'])
  release(4)
  t.same(granted, ['a', 'b'])
  const last = semaphore.acquire(4, () => granted.push('c'))
  release()
  release()
  t.same(granted, ['a', 'b', 'c'])
  other()
  last()
  semaphore.acquire(10, () => granted.push('all'))
  t.same(granted.at(-1), 'all')
})
