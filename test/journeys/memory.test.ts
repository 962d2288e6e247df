import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { encodeTensorFile } from 'modelhost'
import { startHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { folder, pluginPath, probeArtifact } from '../helpers/artifacts.js'

const plugins = [pluginPath('assets')]
const weights = encodeTensorFile({ tensors: { weights: Float32Array.of(1, 2, 3.5) } })

function artifact(t: Test, asset: string, files: Record<string, string | Uint8Array> = {}, more = {}): Promise<string> {
  const params = JSON.stringify({ model_name: 'Sharing', asset: pathToFileURL(asset).href, ...more })
  return folder(t, { 'a-params.json': params, 'a-model': weights, ...files })
}

t.test('an asset is loaded once for all models, counted, and given up with the last', async t => {
  const host = await startHost(t, { plugins })
  const asset = join(await folder(t, { 'asset.txt': 'shared by all'.repeat(1000) }), 'asset.txt')
  const used = () => host.host.models.usedBytes
  t.equal((await host.load('one', await artifact(t, asset))).status, 200)
  const withOne = used()
  t.equal((await host.load('two', await artifact(t, asset))).status, 200)
  t.ok(used() - withOne < 13_000, 'the second model brings its own bytes only')
  await host.unload('one')
  t.equal(used(), withOne, 'the asset still counts')
  t.match(await (await host.invoke('two', 'x')).json(), { asset: 'shared by all'.repeat(1000), extra: 'none' })
  await host.unload('two')
  t.equal(used(), 0)
  const missing = await host.load('three', await artifact(t, `${asset}.gone`))
  t.equal(missing.status, 422)
  t.match(await missing.json(), { error: { code: 'ARTIFACT_FILE_UNREADABLE' } })
  t.equal(used(), 0)
})

t.test(
  "an asset's scratch is one for all models of a lane, counted for each lane, and gone with the asset",
  async t => {
    const host = await startHost(t, { plugins, lanes: 1 })
    const asset = join(await folder(t, { 'asset.txt': 'shared' }), 'asset.txt')
    const used = () => host.host.models.usedBytes
    const sharing = () => artifact(t, asset, {}, { asset_scratch: 4000 })
    const ask = async (name: string) => (await (await host.invoke(name, 'x')).json()) as object

    await host.load('plain', await artifact(t, asset, {}, { asset_scratch: 0 }))
    const plain = used()
    await host.load('one', await sharing())
    const one = used() - plain
    await host.load('two', await sharing())
    t.ok(used() - plain - one < one - 4000, 'the second brings no asset and no scratch for it')
    t.match(await ask('one'), { asset: 'shared', asset_calls: 1, asset_models: 2 })
    t.match(await ask('two'), { asset_calls: 2, asset_models: 2 })
    t.match(await ask('plain'), { asset_calls: 0, asset_models: 1 }, 'without scratch it is another asset')

    await host.unload('one')
    t.match(await ask('two'), { asset_calls: 3 })
    await host.unload('two')
    t.equal(used(), plain)
    await host.load('three', await sharing())
    t.match(await ask('three'), { asset_calls: 1, asset_models: 1 })
  },
)

t.test('what assets and scratch a model needs may depend on its files', async t => {
  const host = await startHost(t, { plugins, lanes: 1 })
  await host.load('own', await artifact(t, '/nowhere', { 'a-shared': 'its own' }))
  t.match(await (await host.invoke('own', 'x')).json(), { asset: 'its own', scratch: 1088, asset_models: 0 })
})

t.test('files beside the model, scratch and heap are what the plugin declares', async t => {
  const host = await startHost(t, { plugins, lanes: 2 })
  const asset = join(await folder(t, { 'asset.txt': 'x' }), 'asset.txt')
  await host.load('m', await artifact(t, asset, { 'a-extra': 'more' }))
  const { bytes } = (await (await fetch(`${host.url}/models/m`)).json()) as { bytes: number }
  t.ok(bytes >= weights.length + 2 * 1000 + 10_000, `${bytes} bytes`)
  t.match(await (await host.invoke('m', 'x')).json(), { extra: 'more', scratch: 1024, sum: 6.5 })

  await host.load('none', await artifact(t, asset, { 'a-extra': 'more' }, { scratch: 0 }))
  const none = (await (await fetch(`${host.url}/models/none`)).json()) as { bytes: number }
  t.equal(bytes - none.bytes, 2 * 1024 - 2 * ',"scratch":0'.length, 'scratch by the params')
  t.match(await (await host.invoke('none', 'x')).json(), { scratch: 0 })
})

t.test('params and examples, which the main thread keeps, are counted twice their size in the file', async t => {
  const host = await startHost(t, { plugins: [pluginPath('probe')], memoryBudget: 1_000_000 })
  const load = async (name: string, params: Record<string, unknown>) => host.load(name, await probeArtifact(t, params))
  const bytesOf = async (params: Record<string, unknown>) => {
    const { bytes } = (await (await load('m', params)).json()) as { bytes: number }
    t.equal(host.host.models.usedBytes, bytes)
    await host.unload('m')
    t.equal(host.host.models.usedBytes, 0)
    return bytes
  }
  const least = await bytesOf({ greeting: '' })
  t.equal((await bytesOf({ greeting: 'x'.repeat(100_000) })) - least, 200_000)
  const examples = ['x'.repeat(998)]
  t.equal((await bytesOf({ greeting: '', examples })) - least, 2 * `,"examples":["${examples[0]}"]`.length)

  t.equal((await load('one', { greeting: 'x'.repeat(300_000) })).status, 200)
  const second = await load('two', { greeting: 'x'.repeat(300_000) })
  t.equal(second.status, 507)
  t.match(await second.json(), { error: { code: 'MEMORY_FULL', message: /"two" needs 6\d{5} bytes/ } })
  t.match(await (await load('three', { greeting: 'x'.repeat(600_000) })).json(), { error: { code: 'MODEL_TOO_LARGE' } })

  t.equal((await load('bad', { greeting: 'x'.repeat(100_000), on_load: 'throw' })).status, 422)
  await host.unload('one')
  t.equal(host.host.models.usedBytes, 0, 'also after a load that failed')
})

t.test('what a plugin answers wrong about its files and params fails that load, and counts nothing', async t => {
  const host = await startHost(t, { plugins })
  const asset = join(await folder(t, { 'asset.txt': 'x' }), 'asset.txt')
  const noUrl = await folder(t, { 'a-params.json': '{"model_name": "Sharing", "asset": "no url"}', 'a-model': weights })
  const cases: [string, RegExp][] = [
    [noUrl, /Invalid URL/],
    [
      await artifact(t, asset, { 'a-extra': 'thirteen byte' }),
      /estimateSize returned NaN, which is no number of bytes/,
    ],
    [await artifact(t, asset, {}, { scratch: -1 }), /scratchBytes returned -1, which is no number of bytes/],
    [await artifact(t, asset, {}, { scratch: 1e300 }), /scratchBytes returned 1e\+300/],
    [await artifact(t, asset, {}, { asset_scratch: -1 }), /assets, for the scratch of "shared", returned -1/],
    [await artifact(t, asset, {}, { scratch: 13 }), /thirteen bytes are bad luck/],
  ]
  for (const [path, message] of cases) {
    const answer = await host.load('m', path)
    t.equal(answer.status, 422)
    t.match(await answer.json(), { error: { code: 'LOAD_FAILED', message } })
    t.equal(host.host.models.usedBytes, 0)
  }
  t.equal((await host.load('m', await artifact(t, asset))).status, 200)
})

t.test('images of loads that failed are given back', async t => {
  const host = await startHost(t, { plugins })
  const asset = join(await folder(t, { 'asset.txt': 'x' }), 'asset.txt')
  const path = await artifact(t, asset, {
    'a-model': encodeTensorFile({ tensors: { others: new Float32Array(12_500_000) } }),
  })
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 12; i++) t.equal((await host.load('bad', path)).status, 422)
  const grownMB = (process.memoryUsage.rss() - before) / 1e6
  t.ok(grownMB < 300, `${grownMB} MB more after 12 loads of 50 MB`)
  t.equal(host.host.models.usedBytes, 0)
})

t.test('a foreign file with tensors at odd addresses gives the same numbers', async t => {
  const host = await startHost(t, { plugins })
  const asset = join(await folder(t, { 'asset.txt': 'x' }), 'asset.txt')
  const path = await artifact(t, asset)
  // One byte first, then floats: the writer did not care.
  const header = JSON.stringify({
    one: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
    weights: { dtype: 'F32', shape: [3], data_offsets: [1, 13] },
  })
  const bytes = new Uint8Array(8 + header.length + 13)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(new TextEncoder().encode(header), 8)
  const at = 8 + header.length + 1
  for (const [i, value] of [1, 2, 3.5].entries()) new DataView(bytes.buffer).setFloat32(at + 4 * i, value, true)
  await writeFile(join(path, 'a-model'), bytes)
  t.equal((await host.load('foreign', path)).status, 200)
  t.match(await (await host.invoke('foreign', 'x')).json(), { sum: 6.5 })
})

t.test('a header longer than the first read is read whole', async t => {
  const host = await startHost(t, { plugins })
  const asset = join(await folder(t, { 'asset.txt': 'x' }), 'asset.txt')
  const metadata = { note: 'x'.repeat(100_000) }
  const model = encodeTensorFile({ tensors: { weights: Float32Array.of(4, 5) }, metadata })
  t.equal((await host.load('long', await artifact(t, asset, { 'a-model': model }))).status, 200)
  t.match(await (await host.invoke('long', 'x')).json(), { sum: 9 })
})
