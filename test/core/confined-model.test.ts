import { join } from 'node:path'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'

const plugins = [pluginPath('probe')]

/** A host whose model is resident in both of its lanes, and idle. */
async function startSpread(t: Test, params = {}) {
  const latch = createLatch(t)
  const host = await startHost(t, { plugins, lanes: 2 })
  await host.load('m', await probeArtifact(t, params))
  const held = host.invoke('m', { text: 'held', action: 'wait' })
  await latch.arrived('held')
  t.equal((await host.invoke('m', 'beside')).status, 200)
  latch.open('held')
  t.equal((await held).status, 200)
  t.equal(host.host.models.get('m').lanes, 2)
  return host
}

t.test('a model that ended one of its lanes is answered by the new one, and spreads again', async t => {
  const host = await startSpread(t)
  for (let round = 0; round < 3; round++) {
    t.equal((await host.invoke('m', { text: '', action: 'exit' })).status, 500)
    t.equal((await host.invoke('m', 'x')).status, 200)
  }
  t.equal((await host.unload('m')).status, 200)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('where it cannot be loaded into the new lane, it goes on in the other one', async t => {
  for (const on_later_loads of ['throw', 'exit']) {
    const marker = join(await folder(t), 'loads')
    const latch = createLatch(t)
    const host = await startHost(t, { plugins, lanes: 2 })
    await host.load('m', await probeArtifact(t, { marker, on_later_loads }))
    const held = host.invoke('m', { text: 'held', action: 'wait' })
    await latch.arrived('held')
    const beside = host.invoke('m', 'beside')
    latch.open('held')
    t.equal((await held).status, 200)
    t.equal((await beside).status, 200, on_later_loads)
    t.equal((await host.invoke('m', 'x')).status, 200, on_later_loads)
    t.equal((await host.unload('m')).status, 200, on_later_loads)
    t.equal(host.host.models.usedBytes, 0)
  }
})
