import { createRequire } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import { Compile } from 'typebox/schema'
import { readCatalog } from '../../core/catalog.js'
import { commonCalls, platformCalls } from '../helpers/api-calls.js'
import { type ApiDocument, checkDescription, operationsOf, withoutPage } from '../helpers/api-document.js'
import { folder } from '../helpers/artifacts.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { type FakeHost, fakeHost } from '../helpers/fake-host.js'
import { pluginSource } from '../helpers/plugin-source.js'
import { routesOf } from '../helpers/routes.js'

const describeFake = async ({ app }: FakeHost) => (await app.inject('/docs/json')).json() as ApiDocument

t.test('without --docs there is no page, and what makes it is not imported', async t => {
  const { app } = await fakeHost(t)
  for (const path of ['/docs', '/docs/json', '/docs/static/swagger-ui.css'])
    t.equal((await app.inject(path)).statusCode, 404, path)
  const imported = Object.keys(createRequire(import.meta.url).cache)
  t.ok(imported.some(path => path.includes('fastify')))
  t.notOk(imported.some(path => path.includes('swagger')))
})

t.test(
  'every route of a host is described, and no other; answers are as without a description, byte for byte, and as it says',
  async t => {
    const artifact = await tinyDocSim(t)
    await checkDescription(t, { calls: [...commonCalls('claims'), ...platformCalls(artifact)], artifact })
  },
)

t.test('every route of a host of one model is described, and no other', async t => {
  let host!: FakeHost
  const routes = await routesOf(async () => {
    host = await fakeHost(t, { single: '/models/m', docs: true })
  })
  t.same(operationsOf(await describeFake(host)), withoutPage(routes))
})

t.test('with tokens, the page and the description ask for none, all else does as it says', async t => {
  const path = await folder(t, { tokens: 'a-token-of-32-characters-for-test\n' })
  const host = await fakeHost(t, { docs: true, tokenFile: join(path, 'tokens') })
  const statusOf = async (url: string) => (await host.app.inject(url)).statusCode
  for (const path of ['/docs', '/docs/json', '/docs/static/swagger-ui.css']) t.equal(await statusOf(path), 200, path)
  t.equal(await statusOf('/docs/static/none'), 404)
  const { paths } = (await describeFake(host)) as unknown as {
    paths: Record<string, Record<string, { security?: object }>>
  }
  const guarded = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { security }]) => (security ? [`${method} ${path}`] : [])),
  )
  t.same(guarded, ['get /models', 'post /models', 'get /models/{name}', 'delete /models/{name}'])
  t.equal(await statusOf('/models'), 401)
})

t.test(
  'the routes and schemas of a plugin are described; what it says of a route is held by Fastify, as ever',
  async t => {
    const path = await folder(t, { 'keeper.mjs': keeper, 'greedy.mjs': greedy })
    const plugin = ['keeper.mjs', 'greedy.mjs'].map(name => join(path, name))
    const host = await fakeHost(t, { docs: true }, { catalog: await readCatalog(plugin, []) })
    const document = await describeFake(host)
    t.match(document.paths['/keeper/{id}'], { get: { summary: 'Look', tags: ['Plugins'], 'x-access': 'management' } })
    t.match(document.paths['/keeper'], { get: { tags: ['Plugins'] } })
    t.same(danglingReferences(document), [])
    t.equal((await host.app.inject('/keeper/x')).statusCode, 400)
    t.same((await host.app.inject('/keeper/7')).json(), { id: 7 })
    t.same((await host.app.inject('/keeper')).json(), { word: 'all' })

    const { components } = document
    const isRequest = (value: unknown) =>
      Compile({ components, $ref: '#/components/schemas/Keeper.request' }).Check(value)
    t.ok(isRequest({ pair: ['a', 1] }), 'what has a default may be left out')
    t.notOk(isRequest({ pair: ['a', 1, 2] }), 'a tuple is no longer than it is')
    t.notOk(isRequest({ pair: ['a', 1], tree: { children: [1] } }), 'what refers to itself is checked all the way down')
    t.ok(isRequest({ pair: ['a', 1], tree: { children: [{ children: [] }] } }))
    t.match((components['schemas'] as Record<string, object>)['Keeper.request'], {
      $id: 'modelhost:/schemas/Keeper.request/',
    })
    const isAnswer = (value: unknown) =>
      Compile({ components, $ref: '#/components/schemas/Keeper.response' }).Check(value)
    t.notOk(isAnswer({}), 'what has a default is there in an answer')
    t.ok(isAnswer({ count: 2 }))
    t.match(document.paths['/models/{name}/invoke'], {
      post: { requestBody: { content: { 'application/json': { examples: { Keeper: {} } } } } },
    })
    t.match(components['examples'], { 'Keeper.request': { value: { pair: ['A text.', 1] } } })
    const { value } = (components['examples'] as Record<string, { value: { texts: string[] } }>)['Greedy.request']!
    t.match(value, { least: 5, short: 'A t' })
    t.same([value.texts.length, value.texts[0]!.length], [10, 1000], 'an example is short, whatever a schema asks for')
  },
)

/** A plugin with routes, a tuple, and a schema that refers to itself. */
const keeper = `export default {
  name: 'Keeper',
  summary: 'Keeps.',
  version: '1.0.0',
  params: { type: 'object', properties: {} },
  request: {
    type: 'object',
    required: ['pair', 'top'],
    properties: {
      pair: { type: 'array', items: [{ type: 'string' }, { type: 'number' }], additionalItems: false, minItems: 2 },
      top: { type: 'integer', default: 3 },
      tree: { $ref: '#/$defs/Tree' },
    },
    $defs: { Tree: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/Tree' } } } } },
  },
  response: { type: 'object', required: ['count'], properties: { count: { type: 'integer', default: 1 } } },
  load: () => ({}),
  predict: () => 1,
  async routes(app) {
    const id = { type: 'object', properties: { id: { type: 'integer' } } }
    app.get('/keeper/:id', { schema: { summary: 'Look', params: id, response: { 200: id } } }, async ({ params }) => {
      return { ...params, secret: 1 }
    })
    app.addSchema({ $id: 'kept', type: 'object', properties: { word: { type: 'string' } } })
    app.get('/keeper', { schema: { response: { 200: { $ref: 'kept#' } } } }, async () => ({ word: 'all', secret: 1 }))
  },
}`

const greedy = pluginSource('Greedy', {
  request: `{
    type: 'object',
    required: ['texts', 'least', 'short'],
    properties: {
      least: { type: 'integer', minimum: 5 },
      short: { type: 'string', maxLength: 3 },
      texts: { type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e10 } },
    },
  }`,
})

/** What the document names and has not. */
function danglingReferences(document: object): string[] {
  const names = [...JSON.stringify(document).matchAll(/"#\/(components\/[^"]+)"/g)].map(([, name]) => name!)
  const find = (name: string) =>
    name.split('/').reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document)
  return names.filter(name => find(name) === undefined)
}
