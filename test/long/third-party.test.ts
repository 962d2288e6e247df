import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import asc from 'assemblyscript/asc'
import { encodeTensorFile, type RoutesContext } from 'modelhost'
import { readCatalog, train } from 'modelhost/host'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder } from '../helpers/artifacts.js'
import { pluginPackage, pluginSource } from '../helpers/plugin-source.js'
import { runCli } from '../helpers/run-cli.js'
import { silentLog } from '../helpers/silent-log.js'

const root = new URL('../../..', import.meta.url).pathname

/** As an author writes one: an asset and a kernel beside the module, and a route that asks a model. */
const weighing = `
import { readFile } from 'node:fs/promises'
import { definePlugin, fail, Type } from 'modelhost'
import { addressOf, defineKernel } from 'modelhost/kernels'

const kernel = defineKernel(new URL('./sum.wasm', import.meta.url))

export default definePlugin({
  name: 'Weighing',
  version: '2.0.0',
  summary: 'Weighs words.',
  params: Type.Object({ factor: Type.Number({ default: 1 }) }),
  request: Type.Object({ count: Type.Integer({ minimum: 0 }) }),
  response: Type.Number(),
  assets: () => ({ units: new URL('./units.txt', import.meta.url) }),
  load({ artifact, assets, params }) {
    const weights = artifact.model.tensor('weights', 'F32')
    const unit = Number(Buffer.from(assets.units.bytes).toString())
    const at = addressOf(artifact.memory, weights)
    return { kernel: kernel.over(artifact.memory), at, size: weights.length, factor: params.factor * unit }
  },
  predict(model, { count }) {
    if (count > model.size) throw fail('REQUEST_INVALID', { problem: 'count is above ' + model.size + '.' })
    return model.kernel.sum(model.at, count) * model.factor
  },
  async routes(app, { invoke }) {
    app.get('/weigh/:model/:count', { config: { access: 'predictions' } }, async (request, reply) => {
      const { model, count } = request.params
      const answer = await invoke(model, JSON.stringify({ count: Number(count) }), { request })
      return reply.type(answer.contentType).send(answer.body)
    })
  },
})
`

const sum = `export function sum(at: usize, count: i32): f32 {
  let total: f32 = 0
  for (let i: i32 = 0; i < count; i++) total += load<f32>(at + ((i as usize) << 2))
  return total
}`
const flags = [
  ...['-O3', '--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory'],
  ...['--initialMemory', '1', '--maximumMemory', '65536', '--runtime', 'stub', '--noAssert'],
]

/** An application that has the plugin, and modelhost as npm installs it. */
async function application(t: Test): Promise<string> {
  const path = await folder(t, {
    'package.json': JSON.stringify({ name: 'app', dependencies: { '@mine/weighing': '^2.0.0', modelhost: '*' } }),
    'node_modules/@mine/weighing/package.json': pluginPackage('@mine/weighing', { version: '2.0.1' }),
    'node_modules/@mine/weighing/index.js': weighing,
    'node_modules/@mine/weighing/units.txt': `0.5${' '.repeat(99_997)}`,
    'node_modules/@mine/weighing/sum.as.ts': sum,
    'model/W-params.json': '{"model_name": "Weighing"}',
    'model/W-model': encodeTensorFile({ tensors: { weights: Float32Array.of(2, 4, 8) } }),
  })
  await symlink(root, join(path, 'node_modules/modelhost'))
  const plugin = join(path, 'node_modules/@mine/weighing')
  const { error } = await asc.main(['sum.as.ts', '--baseDir', plugin, '--outFile', 'sum.wasm', ...flags])
  if (error) throw error
  const before = process.cwd()
  process.chdir(path)
  t.teardown(() => process.chdir(before))
  return path
}

t.test(
  'a dependency of the application brings its asset, its kernel and its routes; its models share the asset',
  async t => {
    const path = await application(t)
    const host = await startHost(t, { onlyGivenPlugins: false, lanes: 2 })
    t.match(host.host.catalog.get('Weighing'), { package: { name: '@mine/weighing', version: '2.0.1' } })
    const bytesAfter = async (name: string) => {
      t.equal((await host.load(name, join(path, 'model'))).status, 200)
      return host.host.models.usedBytes
    }
    const empty = host.host.models.usedBytes
    const first = (await bytesAfter('first')) - empty
    const second = (await bytesAfter('second')) - empty - first
    t.ok(first - second >= 100_000, 'the second takes none for the asset')
    const unloaded = async (name: string) => {
      await host.unload(name)
      return host.host.models.usedBytes
    }

    t.equal(await (await host.invoke('first', { count: 2 })).json(), 3)
    const routed = await fetch(`${host.url}/weigh/second/3`)
    t.match(routed.headers.get('content-type'), 'application/json')
    t.equal(await routed.json(), 7)
    const wrong = await fetch(`${host.url}/weigh/second/4`)
    t.equal(wrong.status, 400)
    t.match(await wrong.json(), { error: { code: 'REQUEST_INVALID', message: 'count is above 3.' } })
    t.equal((await fetch(`${host.url}/weigh/none/1`)).status, 404)

    t.equal((await unloaded('first')) - empty, first, 'the asset stays for the other')
    t.equal(await unloaded('second'), empty)
  },
)

t.test('a route of a standalone host loads the model that it asks', async t => {
  const path = await application(t)
  const store = join(path, 'store')
  await mkdir(store)
  await cp(join(path, 'model'), join(store, 'm'), { recursive: true })
  const host = await startHost(t, { plugins: ['@mine/weighing'], store })
  t.equal(await (await fetch(`${host.url}/weigh/m/1`)).json(), 1)
  t.match(await (await fetch(`${host.url}/weigh/none/1`)).json(), { error: { code: 'TARGET_NOT_FOUND' } })
})

/** Its own copy of modelhost makes its schemas, its errors and its files. */
const counting = `
import { readFile } from 'node:fs/promises'
import { definePlugin, describeError, fail, isHostError, stringTable, TensorFile, Type } from 'modelhost'

export default definePlugin({
  name: 'Counting',
  version: '1.0.0',
  summary: 'Counts words.',
  params: Type.Object({ lower: Type.Boolean({ default: true }) }),
  request: Type.Union([Type.Object({ word: Type.String({ minLength: 1 }) }), Type.Object({ all: Type.Literal(true) })]),
  response: Type.Object({ count: Type.Integer(), copy: Type.String(), isOwnFile: Type.Boolean() }),
  load({ artifact }) {
    const { model } = artifact
    return { words: model.strings('words'), counts: model.tensor('counts', 'U32'), isOwnFile: model instanceof TensorFile }
  },
  predict({ words, counts, isOwnFile }, { word, all }) {
    const at = all ? 0 : words.find(word)
    if (at < 0) throw fail('REQUEST_INVALID', { problem: word + ' is no word.' })
    return { count: counts[at], copy: import.meta.resolve('modelhost'), isOwnFile }
  },
  async train({ channels, params, artifact, log }) {
    const text = await readFile(channels.train, 'utf8')
    const counts = new Map()
    for (const word of (params.lower ? text.toLowerCase() : text).split(/\\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1)
    if (counts.size < 2) throw fail('TRAIN_FAILED', { plugin: 'Counting', problem: 'there are no words.' })
    const tensors = { ...stringTable('words', [...counts.keys()]), counts: Uint32Array.from(counts.values()) }
    await artifact.write('model', { tensors })
  },
})
`

t.test(
  'a plugin with a copy of modelhost of its own, of another version, trains, loads, answers and fails',
  async t => {
    const path = await folder(t, {
      'plugin/package.json': pluginPackage('counting'),
      'plugin/index.js': counting,
      'text.txt': 'one two Two',
      'empty.txt': 'one',
    })
    const copy = join(path, 'plugin/node_modules/modelhost')
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    await mkdir(join(copy, 'dist'), { recursive: true })
    await Promise.all([
      writeFile(join(copy, 'package.json'), JSON.stringify({ ...manifest, version: '0.1.99' })),
      cp(join(root, 'dist/core'), join(copy, 'dist/core'), { recursive: true }),
      cp(join(root, 'node_modules/typebox'), join(path, 'plugin/node_modules/typebox'), { recursive: true }),
    ])
    const plugins = [join(path, 'plugin')]
    t.match((await readCatalog(plugins, [])).get('Counting'), { package: { hostRange: '^0.1.0' } })
    const job = { plugin: 'Counting', plugins, threads: 1, log: silentLog, output: join(path, 'model') }
    const channels = { train: join(path, 'text.txt') }
    await t.rejects(train({ ...job, channels: { train: join(path, 'empty.txt') }, params: {} }), {
      code: 'TRAIN_FAILED',
      message: /there are no words/,
    })
    await t.rejects(train({ ...job, channels, params: { lower: 'perhaps' } }), { code: 'PARAMS_INVALID' })
    await train({ ...job, channels, params: { lower: 'true' } })

    const host = await startHost(t, { plugins, lanes: 1 })
    t.equal((await host.load('m', join(path, 'model'))).status, 200)
    const answer = await host.invoke('m', 'two')
    t.same(await answer.json(), { count: 2, copy: `file://${copy}/dist/core/index.js`, isOwnFile: false })
    t.match(await (await host.invoke('m', { all: true })).json(), { count: 1 })
    const failed = await host.invoke('m', 'three')
    t.equal(failed.status, 400)
    t.match(await failed.json(), { error: { code: 'REQUEST_INVALID', message: 'three is no word.' } })
    t.match(await (await host.invoke('m', { word: '' })).json(), {
      error: { code: 'REQUEST_INVALID', message: /word/ },
    })
  },
)

t.test('a start that fails comes to its end, whatever the plugin has begun', async t => {
  const path = await folder(t, { 'mine.mjs': 'setInterval(() => {}, 1000)\nthrow new Error("no words")\n' })
  const outcome = await runCli(['serve', '--port', '0', '--plugin', join(path, 'mine.mjs')])
  t.match(outcome, { code: 1, stdout: '', stderr: /mine.mjs: .*\(Error: no words\) thrown at .*mine.mjs:2/ })
})

t.test('a plugin that ends the process while it is imported is named, and the exit code is 1', async t => {
  const path = await folder(t, { 'mine.mjs': 'process.exit(0)\n' })
  const outcome = await runCli(['plugins', '--plugin', join(path, 'mine.mjs')])
  t.match(outcome, {
    code: 1,
    stdout: '',
    stderr:
      /^modelhost: Plugin \S*mine\.mjs: the process ended while its module was imported \(exit code 0\).*start without it\.\n$/,
  })
})

t.test('what a plugin prints goes to stderr, as stdout has the result', async t => {
  const print = (where: string) => `console.log('${where}')`
  const path = await folder(t, {
    'mine.mjs': `${print('imported')}\n${pluginSource('Mine', {
      load: `() => { process.stdout.write('raw'); ${print('loaded')} }`,
      predict: `() => { ${print('asked')}; return 2 }`,
    })}`,
    'models/m/Mine-params.json': '{"model_name": "Mine"}',
  })
  const plugin = ['--plugin', join(path, 'mine.mjs')]
  const listed = await runCli(['plugins', '--json', ...plugin])
  t.match(JSON.parse(listed.stdout), { broken: [] })
  t.match(listed.stderr, /^imported$/m)
  const asked = await runCli(['invoke', join(path, 'models/m'), ...plugin], 'hello')
  t.match(asked, { code: 0, stdout: '2\n' })
  for (const word of ['imported', 'loaded', 'asked', 'raw']) t.match(asked.stderr, word)
})

t.test('a host comes to its end whatever a plugin does then, and refuses what its plugins ask later', async t => {
  const routes = `async (app, { invoke }) => {
    globalThis.invokeOfMine = invoke
    app.addHook('onClose', () => new Promise(() => {}))
  }`
  const path = await folder(t, {
    'mine.mjs': pluginSource('Mine', { routes }),
    'models/m/Mine-params.json': '{"model_name": "Mine"}',
  })
  for (const store of [undefined, join(path, 'models')]) {
    const plugins = [join(path, 'mine.mjs')]
    const host = await startHost(t, { plugins, lanes: 1, drainTimeoutMs: 500, ...(store ? { store } : {}) })
    if (!store) await host.load('m', join(path, 'models/m'))
    const { invokeOfMine: invoke } = globalThis as unknown as { invokeOfMine: RoutesContext['invoke'] }
    const text = { contentType: 'text/plain' }
    t.match(await invoke('m', 'hello', text), { body: Buffer.from('2') })
    await host.close()
    await t.rejects(invoke('m', 'hello', text), { code: 'DRAINING' })
  }
})

t.test('a process in which nothing is left but a plugin that waits does not end without a word', async t => {
  const path = await folder(t, { 'mine.mjs': 'await new Promise(() => {})\nexport default 1\n' })
  const catalog = pathToFileURL(join(root, 'dist/core/catalog.js')).href
  const code = `import { readCatalog } from ${JSON.stringify(catalog)}
    await readCatalog([${JSON.stringify(join(path, 'mine.mjs'))}], [], { importLimitMs: 300 }).catch(error => console.log(error.message))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code])
  t.match(stdout, /mine.mjs: its module was not imported within 0.3 s: an "await" at its top level/)
})
