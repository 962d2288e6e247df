import { startHost } from 'modelhost/testing'
import t from 'tap'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { linesLog } from '../helpers/lines-log.js'

const plugins = [pluginPath('probe')]
// Each thread that ends is started anew, which is slow on a busy machine.
t.setTimeout(120_000)
/** Short, but not for a new thread that imports its modules on a busy machine. */
const loadTimeoutMs = 1500

t.test('a model answers its examples in each lane where it becomes resident', async t => {
  const { log, found } = linesLog()
  const host = await startHost(t, { plugins, lanes: 2 }, log)
  const latch = createLatch(t)
  const examples = [{ text: 'one', action: 'tell' }, 'a bare text']
  const loaded = await host.load('m', await probeArtifact(t, { examples: JSON.stringify(examples) }))
  t.equal(loaded.status, 200)
  t.match(await found('told', 1), [{ model: 'm', text: 'one', requestId: 'warm-up' }])
  t.match(await found('examples answered', 1), [{ level: 'debug', model: 'm', answered: 2, failed: 0, leftOut: 0 }])

  const held = host.invoke('m', { text: 'busy', action: 'wait' })
  await latch.arrived('busy')
  t.equal((await host.invoke('m', 'meanwhile')).status, 200)
  const [first, second] = await found('told', 2)
  t.same([first!.lane, second!.lane].sort(), [0, 1])
  latch.open('busy')
  await held
})

t.test('a model answers its examples again when its thread was restarted', async t => {
  const { log, found } = linesLog()
  const host = await startHost(t, { plugins, lanes: 1 }, log)
  await host.load('m', await probeArtifact(t, { examples: [{ text: 'one', action: 'tell' }] }))
  t.equal((await found('told', 1)).length, 1)
  t.equal((await host.invoke('m', { text: 'x', action: 'exit' })).status, 500)
  t.equal((await host.invoke('m', 'after')).status, 200)
  t.equal((await found('told', 2)).length, 2)
})

t.test('an example that fails is a line in the log, and the model is loaded', async t => {
  const { log, all: lines, found } = linesLog()
  const host = await startHost(t, { plugins, lanes: 1 }, log)
  const examples = [{ txt: 'x' }, { text: 'x', action: 'throw' }, { text: 'x', action: 'refuse' }, 5, 'sound']
  t.equal((await host.load('m', await probeArtifact(t, { examples }))).status, 200)
  t.match(await found('examples answered', 1), [{ answered: 1, failed: 4, leftOut: 0 }])
  t.match(await found('example failed', 4), [
    { level: 'warn', model: 'm', example: 0, error: /^text is missing/ },
    { level: 'warn', model: 'm', example: 1, error: 'TypeError: the probe was asked to throw' },
    { level: 'warn', model: 'm', example: 2, error: /the probe was asked to refuse/ },
    { level: 'warn', model: 'm', example: 3, error: /must be an object/ },
  ])
  t.same(
    lines.filter(({ level }) => level === 'error'),
    [],
  )
  t.equal((await host.invoke('m', 'x')).status, 200)
})

t.test('an example that loops or never ends is a load that timed out, and harms nobody', async t => {
  const host = await startHost(t, { plugins, lanes: 1, loadTimeoutMs })
  await host.load('bystander', await probeArtifact(t))
  for (const examples of [[{ text: 'x', action: 'loop' }], ['x', { text: 'never', action: 'never' }]]) {
    const answer = await host.load('bad', await probeArtifact(t, { examples }))
    t.equal(answer.status, 422)
    t.match(await answer.json(), { error: { code: 'LOAD_TIMEOUT', message: /"bad" was not loaded and its examples / } })
    t.equal((await host.invoke('bystander', 'x')).status, 200)
    t.equal((await fetch(`${host.url}/models/bad`)).status, 404)
  }
  await host.unload('bystander')
  t.equal(host.host.models.usedBytes, 0)
})

t.test('when the time for examples is over the rest is left out, whoever waits', async t => {
  const { log, found } = linesLog()
  const host = await startHost(t, { plugins, lanes: 2 }, log)
  const latch = createLatch(t)
  // The first lasts until its signal says that the time is over.
  const examples = [{ text: 'x', action: 'abort' }, 'second', 'third']
  const loaded = await host.load('m', await probeArtifact(t, { examples }))
  const { loadMs } = (await loaded.json()) as { loadMs: number }
  const held = host.invoke('m', { text: 'busy', action: 'wait' })
  await latch.arrived('busy')
  t.equal((await host.invoke('m', 'meanwhile')).status, 200)
  const lines = await found('examples answered', 2)
  t.match(lines, Array(2).fill({ answered: 1, failed: 0, leftOut: 2 }))
  const [atLoad, beside] = lines.map(({ ms }) => Number(ms)) as [number, number]
  t.ok(loadMs > atLoad, `a load of ${loadMs} ms counts ${atLoad} ms of examples`)
  // 100, and what a busy machine adds.
  for (const ms of [atLoad, beside]) t.ok(ms >= 90 && ms < 800, `${ms} ms`)
  latch.open('busy')
  await held
})
