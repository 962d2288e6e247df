import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HostAnswerError, startHost, trainArtifact } from 'modelhost/testing'
import t from 'tap'
import { nearestPlugin } from '../../core/testing/nearest-plugin.js'
import { pluginPath, probeArtifact } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'
import { letterCounterPackage, letterCounterTraining } from '../helpers/letter-counter.js'

t.test('a host answers a test with values, or throws with status and code', async t => {
  // As vitest has it.
  const context = { onTestFinished: (end: () => unknown) => t.teardown(end) }
  const host = await startHost(context, { plugins: [pluginPath('probe')], lanes: 1 })
  await host.load('p', await probeArtifact(t, { greeting: 'hi ' }))
  t.same(await host.ask('p', { text: 'you' }), { text: 'hi you', lane: 0 })
  t.same(await host.ask('p', 'you'), { text: 'hi you', lane: 0 })
  t.equal(
    await host.ask('p', 'a\n', { 'content-type': 'text/csv', accept: 'text/csv' }),
    '"{""text"":""hi a"",""lane"":0}"\n',
  )
  const unfit = await host.ask('p', { text: 5 }).catch(error => error)
  t.ok(unfit instanceof HostAnswerError)
  t.match(unfit, { status: 400, code: 'REQUEST_INVALID', message: /^p: 400 REQUEST_INVALID: text must be a string/ })
  await t.rejects(host.ask('nobody', 'x'), { status: 404, code: 'MODEL_NOT_LOADED' })

  const refused = { status: 404, code: 'ARTIFACT_NOT_FOUND', message: /^q, when it was loaded: / }
  const { status } = await host.load('q', 'none')
  for (let times = 0; times < 2; times++) await t.rejects(host.ask('q', 'x'), { ...refused, status })
  await host.load('q', await probeArtifact(t, {}))
  t.same(await host.ask('q', 'x'), { text: 'x', lane: 0 })
  await host.unload('q')
  await t.rejects(host.ask('q', 'x'), { code: 'MODEL_NOT_LOADED' }, 'it was there')

  const latch = createLatch(t)
  const waiting = [host.ask('p', { text: 'l', action: 'wait' }), host.ask('p', 'behind it')]
  await host.busy('p', 2)
  const unloaded = host.unload('p')
  await latch.arrived('l')
  latch.open('l')
  t.same(await Promise.all(waiting), [
    { text: 'hi l', lane: 0 },
    { text: 'hi behind it', lane: 0 },
  ])
  t.equal((await unloaded).status, 200)
})

t.test('in the folder of a plugin, hosts and trainings have that plugin without being told', async t => {
  const home = process.cwd()
  const path = await letterCounterPackage(t)
  t.equal(await nearestPlugin(join(path, 'data')), path)
  for (const other of ['other', 'broken']) t.equal(await nearestPlugin(join(path, other)), undefined)
  process.chdir(path)
  t.teardown(() => process.chdir(home))

  let artifact = ''
  await t.test('trained', async t => {
    artifact = await trainArtifact(t, letterCounterTraining)
    const host = await startHost(t, { lanes: 1 })
    await host.load('counter', artifact)
    t.equal(await host.ask('counter', { text: 'banana' }), 9)
  })
  await t.rejects(stat(artifact), { code: 'ENOENT' }, 'gone with its test')
})

t.test('a context without a place for what comes after is refused', t =>
  t.rejects(startHost({}), { message: /none of teardown \(tap\), after \(node:test\)/ }),
)
