import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { encodeTensorFile } from 'modelhost'
import { type PluginTestOptions, testPlugin, trainArtifact } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { checks } from '../../core/testing/checks.js'
import faulty from '../fixtures/plugins/faulty-in-lanes.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { letterCounter, letterCounterPackage, letterCounterTraining } from '../helpers/letter-counter.js'
import { pluginSuites } from '../helpers/plugin-suites.js'

const run = promisify(execFile)
const examples = [{ request: { text: 'ab' }, response: 1 }, { request: { text: '' } }]
const module = pluginPath('faulty-in-lanes')

async function tested(t: Test, fault: string, options: Partial<PluginTestOptions> = {}) {
  const artifact = await folder(t, {
    'F-params.json': JSON.stringify({ model_name: 'FaultyInLanes', fault }),
    'F-model': encodeTensorFile({ tensors: { weights: Float32Array.of(0.5, 1) } }),
  })
  return testPlugin(faulty, { artifact, examples, module, speedMs: 1, ...options })
}

const mutants: readonly (readonly [string, string, RegExp, Partial<PluginTestOptions>?])[] = [
  ['refuses', 'a load that fails in a thread', /: a host loads it: failed.*not in a thread/s],
  [
    'threads',
    'an answer that depends on the thread',
    /every lane gives the same answers: failed.*examples\[1\], in lane 1,: answer is \d+, not 0/s,
    { examples: [{ request: { text: 'ab' } }, { request: { text: '' } }] },
  ],
  ['writes', 'an image that a lane writes to', /the image is never written to in lanes: failed/],
  ['loads', 'a load that makes another model later', /after unload and load: failed.*answer is 17, not 1/s],
  ['grows', 'what outlives a model in a lane', /heap of a lane does not grow.*bytes more after 3 loads.*module level/s],
  [
    'hangs',
    'a body that keeps a lane for ever',
    /every wrong kind are refused: failed.*PREDICT_TIMEOUT.* characters\)/s,
    { timeoutMs: 500 },
  ],
  ['exits', 'a body that ends its thread', /every wrong kind are refused: failed.*LANE_CRASHED.* characters\)/s],
]

for (const [fault, title, message, options] of mutants) {
  t.test(`the suite finds ${title}`, async t => {
    await t.rejects(tested(t, fault, options), { message })
  })
}

for (const [name, { plugin, options }] of Object.entries(pluginSuites)) {
  t.test(`${name} passes the suite in the lanes of a host`, async t => {
    const { checks: made } = await testPlugin(plugin, await options(t))
    t.ok(made.includes(checks.growth.title))
  })
}

t.test('a plugin that trains is trained twice, and passes', async t => {
  const data = await folder(t, { 'texts.txt': 'one, two and three' })
  const train = { channels: { train: `${data}/texts.txt` }, params: { fault: 'none' } }
  const report = await tested(t, 'none', { train, loads: 20 })
  const other = { check: checks.others.title, reason: 'otherArtifact was not given' }
  t.same(report.leftOut, [other])
  t.ok(report.checks.includes(checks.trainAgain.title))
  t.ok(report.trainSeconds! > 0)
  t.ok(report.heapBytes! < 1 << 20)

  await t.rejects(tested(t, 'none', { train: { ...train, params: { fault: 'dice' } } }), {
    message: /the same artifact when it runs again: failed.*other bytes in FaultyInLanes-model/s,
  })
  await t.rejects(tested(t, 'none', { train: { ...train, params: { fault: 'empty' } } }), {
    message: /train makes an artifact that loads: failed.*The response must be a number of at least 0, but is -2/s,
  })
  await t.rejects(tested(t, 'none', { train: { channels: { train: 'nowhere.txt' } } }), {
    message: /train makes an artifact that loads: failed.*fault is missing/s,
  })
  const { leftOut } = await tested(t, 'none', { train: { ...train, isDeterministic: false } })
  t.same(leftOut, [other, { check: checks.trainAgain.title, reason: 'isDeterministic: false' }])
})

t.test('in the folder of a plugin the suite finds its module by itself', async t => {
  const home = process.cwd()
  const path = await letterCounterPackage(t)
  process.chdir(path)
  t.teardown(() => process.chdir(home))
  const artifact = await trainArtifact(t, letterCounterTraining)
  const { default: plugin } = await import(join(path, 'index.js'))
  const example = { request: { text: 'banana' }, response: 9 }
  const options = { artifact, examples: [example], train: letterCounterTraining, speedMs: 1, loads: 2 }
  t.equal((await testPlugin(plugin, options)).leftOut.length, 1)
  await writeFile(join(path, 'old.js'), letterCounter.replace('1.0.0', '0.9.0'))
  await t.rejects(testPlugin(plugin, { ...options, module: join(path, 'old.js') }), {
    message: /old\.js: its plugin has another version or other schemas; build it first/,
  })
})

t.test('nothing is left open by a suite that failed: the process ends by itself', async t => {
  const artifact = await folder(t, {
    'F-params.json': '{"model_name": "FaultyInLanes", "fault": "threads"}',
    'F-model': encodeTensorFile({ tensors: { weights: Float32Array.of(0.5, 1) } }),
  })
  const script = `
    import { testPlugin } from 'modelhost/testing'
    import faulty from '${pathToFileURL(module)}'
    await testPlugin(faulty, { artifact: '${artifact}', examples: [{ request: { text: '' } }], module: '${module}' })`
  const failure = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 }).catch(
    error => error,
  )
  t.equal(failure.code, 1)
  t.match(failure.stderr, /every lane gives the same answers: failed/)
})
