import { join } from 'node:path'
import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { encodeTensorFile } from 'modelhost'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { linesLog } from '../helpers/lines-log.js'
import { addWeights, loadedModels, storePlugins as plugins, probeStore } from '../helpers/store.js'
import { code } from '../helpers/tight-host.js'

/** Models in a host with a store that are in each other's way, and those that would be. */

t.test('models that share assets are not in the way of each other', async t => {
  const weights = encodeTensorFile({ tensors: { weights: Float32Array.of(1, 2, 3.5) } })
  const assets = await folder(t, { '0': 'x'.repeat(1e6), '1': 'y'.repeat(1e6), '2': 'z'.repeat(1e6) })
  const files = Array.from({ length: 12 }, (_, i) => {
    const asset = pathToFileURL(join(assets, String(i % 3))).href
    const params = JSON.stringify({ model_name: 'Sharing', asset, scratch: 50_000 })
    return [
      [`m${i}/a-params.json`, params],
      [`m${i}/a-model`, weights],
    ] as const
  })
  const store = await folder(t, Object.fromEntries(files.flat()))
  // Room for two of the three assets and some models.
  const host = await startHost(t, { plugins: [pluginPath('assets')], store, memoryBudget: '2600KB' })
  const caller = async (seed: number) => {
    const statuses: number[] = []
    for (let i = 0; i < 15; i++) statuses.push((await host.invoke(`m${(seed * 5 + i * i) % 12}`, 'x')).status)
    return statuses
  }
  const statuses = (await Promise.all(Array.from({ length: 16 }, (_, i) => caller(i)))).flat()
  t.same([...new Set(statuses)], [200])
  for (const name of await loadedModels(host)) await host.unload(name)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('a model with accepted work is never evicted; what needs its room waits', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { busy: {} })
  await addWeights(store, ['large'], 1_000_000)
  const host = await startHost(t, { plugins, store, memoryBudget: 1_000_200 })
  const busy = host.invoke('busy', { text: 'latch', action: 'wait' })
  await latch.arrived('latch')
  const large = host.invoke('large', { from: 0 })
  while (host.host.models.stateOf('large') !== 'loading') await setImmediate()
  t.same(await loadedModels(host), ['busy'])
  latch.open('latch')
  t.equal((await busy).status, 200)
  t.equal((await large).status, 200)
  t.same(await loadedModels(host), ['large'])
})

t.test('waiting for room is no part of the time for a load', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { busy: {} })
  await addWeights(store, ['large'], 1_000_000)
  const host = await startHost(t, { plugins, store, memoryBudget: 1_000_200, loadTimeoutMs: 500 })
  const busy = host.invoke('busy', { text: 'latch', action: 'wait' })
  await latch.arrived('latch')
  const large = host.invoke('large', { from: 0 })
  await wait(700)
  latch.open('latch')
  t.equal((await busy).status, 200)
  t.equal((await large).status, 200)
})

t.test('what needs the room of a model that is still being loaded waits for it, however long', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { slow: { greeting: 'slow ', on_load: 'wait' } })
  await addWeights(store, ['large'], 1_000_000)
  const host = await startHost(t, { plugins, store, memoryBudget: 1_000_200 })
  const slow = host.invoke('slow', 'x')
  await latch.arrived('slow ')
  const large = host.invoke('large', { from: 0 })
  await wait(1300)
  latch.open('slow ')
  t.equal((await slow).status, 200)
  t.equal((await large).status, 200)
})

t.test('what needs the room of a model that DELETE takes away waits until that has answered', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { busy: {} })
  await addWeights(store, ['large'], 1_000_000)
  const host = await startHost(t, { plugins, store, memoryBudget: 1_000_200 })
  const busy = host.invoke('busy', { text: 'latch', action: 'wait' })
  await latch.arrived('latch')
  const gone = host.unload('busy')
  while (host.host.models.stateOf('busy') !== 'leaving') await setImmediate()
  const large = host.invoke('large', { from: 0 })
  await wait(1300)
  latch.open('latch')
  t.equal((await busy).status, 200)
  t.equal((await gone).status, 200)
  t.equal((await large).status, 200)
})

t.test('a model that ends its lane time and again is given up for a while', async t => {
  const store = await probeStore(t, { sound: {}, deadly: {} })
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store, lanes: 1 }, log)
  const kill = () => host.invoke('deadly', { text: '', action: 'exit' })
  await kill()
  t.equal((await host.invoke('deadly', 'an answer starts the count anew')).status, 200)
  for (let i = 0; i < 3; i++) t.equal(await code(await kill()), 'LANE_CRASHED')
  const refused = await host.invoke('deadly', 'x')
  t.equal(refused.status, 500)
  t.match(await refused.json(), { error: { code: 'LANE_CRASHED', message: /the next try is in/ } })
  t.equal((await host.invoke('sound', 'x')).status, 200)
  t.equal(lines('lane restarted').length, 4)
  t.match(lines('model unloaded'), [{ model: 'deadly', cause: 'crashes' }])
})

t.test('many requests at once that would end a lane end few, and are all answered', async t => {
  const store = await probeStore(t, { sound: {}, deadly: {} })
  const { log, lines } = linesLog()
  const host = await startHost(t, { plugins, store, lanes: 2 }, log)
  t.equal((await host.invoke('deadly', 'x')).status, 200)
  const deadly = Array.from({ length: 40 }, () => host.invoke('deadly', { text: '', action: 'exit' }))
  const sound = Array.from({ length: 40 }, () => host.invoke('sound', 'x'))
  for (const answer of await Promise.all(deadly)) t.equal(await code(answer), 'LANE_CRASHED')
  for (const answer of await Promise.all(sound)) t.equal(answer.status, 200)
  // Three in a row are enough; one more where both lanes had begun.
  t.ok(lines('lane restarted').length <= 4, `${lines('lane restarted').length} restarts`)
})

t.test('so does what waits for room', async t => {
  const latch = createLatch(t)
  const store = await probeStore(t, { busy: {} })
  await addWeights(store, ['large'], 1_000_000)
  const host = await startHost(t, { plugins, store, memoryBudget: 1_000_200, drainTimeoutMs: 50 })
  const busy = host.invoke('busy', { text: 'latch', action: 'wait' })
  await latch.arrived('latch')
  const large = host.invoke('large', { from: 0 })
  while (host.host.models.stateOf('large') !== 'loading') await setImmediate()
  const closed = host.close()
  for (const answer of await Promise.all([busy, large])) t.equal(await code(answer), 'DRAINING')
  await closed
})
