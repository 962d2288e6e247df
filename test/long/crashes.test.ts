import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { startHost } from 'modelhost/testing'
import t from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { waiting } from '../helpers/waiting.js'

const plugins = [pluginPath('probe')]
// Each thread that ends is started anew, which is slow on a busy machine.
t.setTimeout(120_000)
/** Short, but not for a new thread that imports its modules on a busy machine. */
const loadTimeoutMs = 1500

t.test('a plugin that exits, throws or fills its heap fails that request alone', async t => {
  const host = await startHost(t, { plugins, lanes: 1, laneHeapBytes: 64 << 20 })
  await host.load('m', await probeArtifact(t))
  await host.load('bystander', await probeArtifact(t))
  for (const [action, code] of [
    ['exit', 'LANE_CRASHED'],
    ['throw', 'PREDICT_FAILED'],
    ['fill', 'LANE_CRASHED'],
  ] as const) {
    const [bad, ...good] = await Promise.all([
      host.invoke('m', { text: 'x', action }),
      ...Array.from({ length: 8 }, (_, i) => host.invoke(i % 2 ? 'm' : 'bystander', `n${i}`)),
    ])
    t.equal(bad.status, 500, action)
    t.match(await bad.json(), { error: { code, message: String } })
    t.same(
      good.map(({ status }) => status),
      Array(8).fill(200),
      action,
    )
  }
})

t.test('a plugin that exits, hangs or fills its heap in load fails that load alone', async t => {
  const patient = await startHost(t, { plugins, lanes: 1, laneHeapBytes: 64 << 20 })
  const impatient = await startHost(t, { plugins, lanes: 1, loadTimeoutMs })
  for (const [host, on_load, code] of [
    [patient, 'exit', 'LOAD_FAILED'],
    [patient, 'fill', 'LOAD_FAILED'],
    [impatient, 'loop', 'LOAD_TIMEOUT'],
    [impatient, 'never', 'LOAD_TIMEOUT'],
  ] as const) {
    await host.load('bystander', await probeArtifact(t))
    const answer = await host.load('bad', await probeArtifact(t, { on_load }))
    t.equal(answer.status, 422, on_load)
    t.match(await answer.json(), { error: { code, message: /"bad"/ } })
    t.equal((await host.invoke('bystander', 'x')).status, 200, on_load)
    t.equal((await fetch(`${host.url}/models/bad`)).status, 404)
  }
})

t.test('a load that waits for others that hang is not blamed for it', async t => {
  const host = await startHost(t, { plugins, lanes: 1, loadTimeoutMs })
  const never = await probeArtifact(t, { on_load: 'never' })
  const hanging = Array.from({ length: 3 }, (_, i) => host.load(`bad ${i}`, never))
  const sound = host.load('good', await probeArtifact(t))
  for (const answer of await Promise.all(hanging)) t.match(await answer.json(), { error: { code: 'LOAD_TIMEOUT' } })
  t.equal((await sound).status, 200)
})

t.test('an unload hook that hangs, exits or throws harms nobody, and the model is gone', async t => {
  const host = await startHost(t, { plugins, lanes: 1, loadTimeoutMs })
  const latch = createLatch(t)
  await host.load('bystander', await probeArtifact(t))
  for (const on_unload of ['loop', 'never', 'exit', 'throw']) {
    t.equal((await host.load('bad', await probeArtifact(t, { on_unload }))).status, 200)
    // The lane is held, so that the rest waits and then comes together.
    const held = host.invoke('bystander', { text: on_unload, action: 'wait' })
    await latch.arrived(on_unload)
    const unloaded = host.unload('bad')
    while ((await fetch(`${host.url}/models/bad`)).status === 200);
    const small = host.invoke('bystander', 'x')
    const large = host.invoke('bystander', 'x'.repeat(100_000))
    const loaded = host.load(`beside ${on_unload}`, await probeArtifact(t))
    await waiting(host, 'bystander', 2)
    latch.open(on_unload)
    const answers = await Promise.all([held, unloaded, small, large, loaded])
    t.same(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
      on_unload,
    )
  }
})

t.test('a thread that ends between two turns costs nobody an answer', async t => {
  const host = await startHost(t, { plugins, lanes: 1 })
  await host.load('m', await probeArtifact(t))
  for (const body of ['small', 'x'.repeat(100_000)]) {
    t.equal((await host.invoke('m', { text: 'x', action: 'late' })).status, 200)
    while (host.host.models.get('m').lanes > 0) await setImmediate()
    t.equal((await host.invoke('m', body)).status, 200)
  }
  t.equal((await host.unload('m')).status, 200)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('a model that cannot become resident in a further lane is answered in the one it has', async t => {
  const warnings: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warnings.push(message) }
  const host = await startHost(t, { plugins, lanes: 2 }, log)
  const latch = createLatch(t)
  for (const on_later_loads of ['throw', 'exit']) {
    const marker = join(await folder(t), 'loaded')
    await host.load(on_later_loads, await probeArtifact(t, { on_later_loads, marker }))
    const held = host.invoke(on_later_loads, { text: on_later_loads, action: 'wait' })
    await latch.arrived(on_later_loads)
    const second = host.invoke(on_later_loads, 'x')
    while (warnings.filter(message => message.includes('stays')).length === 0) await setImmediate()
    warnings.length = 0
    latch.open(on_later_loads)
    t.same([(await held).status, (await second).status], [200, 200], on_later_loads)
  }
})
