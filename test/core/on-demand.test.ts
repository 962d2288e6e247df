import t, { type Test } from 'tap'
import { fail, type HostError } from '../../core/errors.js'
import type { Models } from '../../core/models.js'
import { OnDemand } from '../../core/on-demand.js'
import { Recency } from '../../core/recency.js'
import type { ArtifactSource } from '../../core/store/artifact-source.js'
import { folder } from '../helpers/artifacts.js'
import { silentLog } from '../helpers/silent-log.js'

/** A cache that other hosts share, played: each fetch finds the next of these copies, and the last one again and again. */
async function setUp(t: Test, copies: readonly string[], load: (read: number) => HostError | undefined) {
  const path = await folder(t)
  const counts = { fetched: 0, released: 0, read: 0 }
  const source = {
    url: 's3://models',
    fetch: async (target: string) => {
      const copy = copies[Math.min(counts.fetched++, copies.length - 1)]
      return { target, kind: 'archive', folder: path, root: path, copy, lease: counts.fetched }
    },
    release: () => counts.released++,
  } as unknown as ArtifactSource
  let isLoaded = false
  const models = {
    stateOf: () => (isLoaded ? 'ready' : undefined),
    load: async () => {
      const error = load(++counts.read)
      if (error) throw error
      isLoaded = true
    },
    laneModelOf: () => ({}),
    get: () => ({ modelName: 'a' }),
  } as unknown as Models
  const settings = { loadWaitMs: 1000, loadsAtOnce: 1, loadQueueLimit: 1, queueLimit: 1, heldBodyBytes: 1e6 }
  return { onDemand: new OnDemand(settings, source, models, new Recency(), silentLog), counts, path }
}

const missing = (path = '/cache') => fail('ARTIFACT_FILE_MISSING', { path, file: 'a-model', found: [] })

t.test('an artifact that another host removed while it was read, and brought again, is read again', async t => {
  const { onDemand, counts } = await setUp(t, ['1', '2'], read => (read === 1 ? missing() : undefined))
  await onDemand.load('a', 'demand')
  t.same(counts, { fetched: 2, released: 2, read: 2 })
})

t.test('one that is always removed is given up', async t => {
  const copies = Array.from({ length: 10 }, (_, i) => String(i))
  const { onDemand, counts } = await setUp(t, copies, () => missing())
  await t.rejects(onDemand.load('a', 'demand'), { code: 'ARTIFACT_FILE_MISSING' })
  t.same(counts, { fetched: 3, released: 3, read: 3 })
})

t.test('one that is broken as it is gets read once, and is named as its callers know it', async t => {
  const { onDemand, counts, path } = await setUp(t, ['1'], () => missing(path))
  await t.rejects(onDemand.load('a', 'demand'), {
    code: 'ARTIFACT_FILE_MISSING',
    message: /^s3:\/\/models\/a has no file a-model/,
  })
  t.same(counts, { fetched: 2, released: 2, read: 1 })
})

t.test('what is not the fault of its files does not bring them again', async t => {
  const full = fail('MEMORY_FULL', { model: 'a', needBytes: 2, freeBytes: 1 })
  const { onDemand, counts } = await setUp(t, ['1', '2'], () => full)
  await t.rejects(onDemand.load('a', 'demand'), { code: 'MEMORY_FULL' })
  t.same(counts, { fetched: 1, released: 1, read: 1 })
})
