/** What is public: by name, and by type where `any` could have slipped in. */
import { expectTypeOf } from 'expect-type'
import * as door from 'modelhost'
import * as host from 'modelhost/host'
import * as kernels from 'modelhost/kernels'
import * as testing from 'modelhost/testing'
import t from 'tap'
import type { AnyPlugin } from '../../core/plugin.js'

t.test("the authors' door is there, and nothing of it is any", async t => {
  const { definePlugin, describeError, encodeTensorFile, fail, HostError, isHostError, Type } = door
  t.type(definePlugin, 'function')
  t.type(Type.Object, 'function')
  expectTypeOf(definePlugin).not.toBeAny()
  expectTypeOf(describeError).toEqualTypeOf<(error: unknown) => string>()
  expectTypeOf(isHostError).guards.toEqualTypeOf<door.HostError>()
  expectTypeOf(encodeTensorFile).parameter(0).toEqualTypeOf<door.TensorSource>()
  expectTypeOf(fail).parameter(0).toEqualTypeOf<door.ErrorCode>()
  expectTypeOf<door.Artifact['model']>().toEqualTypeOf<door.TensorFile>()
  expectTypeOf<door.Artifact['scratch']>().not.toBeAny()
  expectTypeOf<door.ArtifactFile['bytes']>().not.toBeAny()
  expectTypeOf<door.Plugin['routes']>().not.toBeAny()
  expectTypeOf<door.Checkpoints['found']>().toEqualTypeOf<door.TensorFile | undefined>()
  expectTypeOf<door.Answer<number>>().not.toBeAny()
  const error = fail('REQUEST_INVALID', { problem: 'text has no words.' })
  t.ok(error instanceof HostError && isHostError(error) && error.status === 400)
  // @ts-expect-error its details are others
  t.match(fail('REQUEST_INVALID', { file: 'x' }), { code: 'REQUEST_INVALID' })
  // @ts-expect-error there is no such code
  t.throws(() => fail('REQUEST_ODD', {}))
})

t.test('a tensor is the typed array of its type', async t => {
  const bytes = door.encodeTensorFile({
    tensors: { shares: Float64Array.of(0.5), ...door.stringTable('words', ['a']) },
  })
  const file = new door.TensorFile(bytes, 'here')
  const shares = file.tensor('shares', 'F64', [1])
  expectTypeOf(shares).toExtend<Float64Array>()
  expectTypeOf(shares).not.toBeAny()
  expectTypeOf(file.strings('words')).toEqualTypeOf<door.StringTable>()
  t.same([...shares], [0.5])
  t.equal(file.strings('words').find('a'), 0)
})

t.test("the kernels' door is there", async t => {
  expectTypeOf(kernels.defineKernel).not.toBeAny()
  expectTypeOf(kernels.createSharedMemory).returns.toEqualTypeOf<kernels.SharedMemory>()
  expectTypeOf(kernels.addressOf).not.toBeAny()
  t.same([kernels.pageBytes, kernels.maxMemoryBytes], [65_536, 4_294_901_760])
  t.equal(kernels.createSharedMemory(1).buffer.byteLength, kernels.pageBytes)
})

t.test("the operators' door is there", async t => {
  expectTypeOf(host.startHost).returns.resolves.toEqualTypeOf<host.Host>()
  expectTypeOf<host.Host['url']>().toEqualTypeOf<string>()
  expectTypeOf<host.Settings>().not.toBeAny()
  expectTypeOf<host.Settings['lanes']>().toEqualTypeOf<number>()
  expectTypeOf(host.readCatalog).returns.resolves.toEqualTypeOf<host.Catalog>()
  expectTypeOf<host.CatalogEntry['plugin']>().toEqualTypeOf<AnyPlugin>()
  expectTypeOf(host.evaluate).returns.resolves.toEqualTypeOf<host.Evaluated>()
  expectTypeOf(host.train).returns.resolves.not.toBeAny()
  const { startHost, readSettings, readCatalog, describeArtifact, train, evaluate } = host
  for (const f of [startHost, readSettings, readCatalog, describeArtifact, train, evaluate]) t.type(f, 'function')
})

t.test('what tests need is there', async t => {
  const { testPlugin, startHost, trainArtifact, formatReport, HostAnswerError } = testing
  for (const f of [testPlugin, startHost, trainArtifact, formatReport]) t.type(f, 'function')
  expectTypeOf(testPlugin).parameter(0).toEqualTypeOf<AnyPlugin>()
  expectTypeOf(testPlugin).parameter(1).toEqualTypeOf<testing.PluginTestOptions>()
  expectTypeOf(testPlugin).returns.resolves.toEqualTypeOf<testing.PluginReport>()
  expectTypeOf(formatReport).toEqualTypeOf<(report: testing.PluginReport) => string>()
  expectTypeOf(trainArtifact).returns.resolves.toEqualTypeOf<string>()
  expectTypeOf<testing.PluginTestOptions['module']>().toEqualTypeOf<string | URL | false | undefined>()
  expectTypeOf<testing.TestHost['ask']>().returns.resolves.toEqualTypeOf<unknown>()
  expectTypeOf<testing.TestHost['host']>().toEqualTypeOf<host.Host>()
  expectTypeOf(t).toExtend<testing.TestContext>()
  t.match(new HostAnswerError(404, 'MODEL_NOT_LOADED', 'x'), { status: 404, name: 'HostAnswerError' })
  const options = { artifact: '.', examples: [] }
  expectTypeOf(options).toExtend<testing.PluginTestOptions>()
  // @ts-expect-error examples are objects with a request
  expectTypeOf({ artifact: '.', examples: ['x'] }).toExtend<testing.PluginTestOptions>()
})
