import { cp, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startHost, type TestHost } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { Compile } from 'typebox/schema'
import { type ApiCall, commonCalls, platformCalls, send, storeCalls } from '../helpers/api-calls.js'
import { folder } from '../helpers/artifacts.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { pluginSource } from '../helpers/plugin-source.js'
import type { RawAnswer } from '../helpers/raw-http.js'
import { routesOf, withoutDescriptions } from '../helpers/routes.js'

interface ApiDocument {
  readonly components: Readonly<Record<string, object>>
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Readonly<Record<string, ApiAnswer>> }>>>>
}
interface ApiAnswer {
  readonly description: string
  readonly content?: Readonly<Record<string, { schema: object; examples?: Readonly<Record<string, unknown>> }>>
}

const describe = async (host: TestHost) => (await (await fetch(`${host.url}/docs/json`)).json()) as ApiDocument

async function makeStore(t: Test): Promise<string> {
  const store = await folder(t)
  await cp(await tinyDocSim(t), join(store, 'claims'), { recursive: true })
  await mkdir(join(store, 'broken'))
  await writeFile(join(store, 'broken/x-params.json'), '{"model_name": "DocSum"}')
  return store
}

t.test('without --docs there is no page, and what makes it is not imported', async t => {
  const host = await startHost(t, { lanes: 1 })
  for (const path of ['/docs', '/docs/json', '/docs/static/swagger-ui.css'])
    t.equal((await fetch(`${host.url}${path}`)).status, 404, path)
  const imported = Object.keys(createRequire(import.meta.url).cache)
  t.ok(imported.some(path => path.includes('fastify')))
  t.notOk(imported.some(path => path.includes('swagger')))
})

t.test(
  'every route of a host is described, and no other; answers are as without a description, byte for byte, and as it says',
  async t => {
    const [artifact, store] = [await tinyDocSim(t), await makeStore(t)]
    const hosts = [
      { flags: {}, calls: [...commonCalls('claims'), ...platformCalls(artifact)], isLoaded: true },
      { flags: { store, snowflakeAsync: true }, calls: [...commonCalls('claims'), ...storeCalls('claims')] },
      { flags: { single: artifact }, calls: [] },
    ]
    for (const { flags, calls, isLoaded } of hosts) {
      let described!: TestHost
      const routes = await routesOf(async () => {
        described = await startHost(t, { ...flags, lanes: 1, docs: true })
      })
      const document = await describe(described)
      t.same(operationsOf(document), routes.filter(route => !route.includes(' /docs')).sort())
      if (calls.length === 0) continue
      const bare = await withoutDescriptions(() => startHost(t, { ...flags, lanes: 1 }))
      if (isLoaded) for (const host of [described, bare]) t.equal((await host.load('claims', artifact)).status, 200)
      for (const call of calls) {
        const answer = await send(described.url, call)
        t.same(
          withoutTimes(answer),
          withoutTimes(await send(bare.url, call)),
          `${call.method} ${call.path} ${call.body}`,
        )
        if (call.method !== 'HEAD') t.equal(findMismatch(document, call, answer), undefined)
      }
    }
  },
)

t.test('with tokens, the page and the description ask for none, all else does as it says', async t => {
  const path = await folder(t, { tokens: 'a-token-of-32-characters-for-test\n' })
  const host = await startHost(t, { lanes: 1, docs: true, tokenFile: join(path, 'tokens') })
  for (const path of ['/docs', '/docs/json', '/docs/static/swagger-ui.css'])
    t.equal((await fetch(`${host.url}${path}`)).status, 200, path)
  t.equal((await fetch(`${host.url}/docs/static/none`)).status, 404)
  const { paths } = (await describe(host)) as unknown as {
    paths: Record<string, Record<string, { security?: object }>>
  }
  const guarded = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { security }]) => (security ? [`${method} ${path}`] : [])),
  )
  t.same(guarded, ['get /models', 'post /models', 'get /models/{name}', 'delete /models/{name}'])
  t.equal((await fetch(`${host.url}/models`)).status, 401)
})

t.test(
  'the routes and schemas of a plugin are described; what it says of a route is held by Fastify, as ever',
  async t => {
    const path = await folder(t, { 'keeper.mjs': keeper, 'greedy.mjs': greedy })
    const plugin = ['keeper.mjs', 'greedy.mjs'].map(name => join(path, name))
    const host = await startHost(t, { lanes: 1, docs: true, plugin })
    const document = await describe(host)
    t.match(document.paths['/keeper/{id}'], { get: { summary: 'Look', tags: ['Plugins'], 'x-access': 'management' } })
    t.match(document.paths['/keeper'], { get: { tags: ['Plugins'] } })
    const { valid, errors } = await new Validator().validate({ ...document })
    t.ok(valid, JSON.stringify(errors))
    t.equal((await fetch(`${host.url}/keeper/x`)).status, 400)
    t.same(await (await fetch(`${host.url}/keeper/7`)).json(), { id: 7 })
    t.same(await (await fetch(`${host.url}/keeper`)).json(), { word: 'all' })

    const { components } = document
    const isRequest = (value: unknown) =>
      Compile({ components, $ref: '#/components/schemas/Keeper.request' }).Check(value)
    t.ok(isRequest({ pair: ['a', 1] }), 'what has a default may be left out')
    t.notOk(isRequest({ pair: ['a', 1, 2] }), 'a tuple is no longer than it is')
    t.notOk(isRequest({ pair: ['a', 1], tree: { children: [1] } }), 'what refers to itself is checked all the way down')
    t.ok(isRequest({ pair: ['a', 1], tree: { children: [{ children: [] }] } }))
    t.match(document.paths['/models/{name}/invoke'], {
      post: { requestBody: { content: { 'application/json': { examples: { Keeper: {} } } } } },
    })
    t.match(components['examples'], { 'Keeper.request': { value: { pair: ['A text.', 1] } } })
    const { value } = (components['examples'] as Record<string, { value: { texts: string[] } }>)['Greedy.request']!
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
  response: { type: 'number' },
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
    required: ['texts'],
    properties: { texts: { type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e10 } } },
  }`,
})

const operationsOf = ({ paths }: ApiDocument) =>
  Object.entries(paths)
    .flatMap(([path, operations]) => Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`))
    .sort()

/** @returns what of an answer is not as the description has it */
function findMismatch({ paths, components }: ApiDocument, call: ApiCall, answer: RawAnswer): string | undefined {
  const name = `${call.method} ${call.path}: ${answer.status} ${answer.body}`
  const described = paths[call.route]?.[call.method.toLowerCase()]?.responses[answer.status]
  if (!described) return `${name} is not described`
  const type = answer.headers['content-type']?.split(';')[0] ?? ''
  const content = described.content?.[type]
  if (!content) return `${name} is ${type}`
  if (!type.includes('json') || type.includes('lines')) return undefined
  const body = JSON.parse(answer.body)
  const code = answer.status >= 400 ? body.error?.code : undefined
  if (code && !Object.hasOwn(content.examples ?? {}, code)) return `${name} has a code that is not described`
  return Compile({ components, allOf: [content.schema] }).Check(body) ? undefined : `${name} does not fit its schema`
}

function withoutTimes({ status, headers, body }: RawAnswer) {
  const { date, 'server-timing': timing, 'content-length': length, ...rest } = headers
  const text = body.replaceAll(times, '$1')
  const has = { date: Boolean(date), timing: Boolean(timing), length: text === body ? length : Boolean(length) }
  return { status, headers: { ...rest, ...has }, body: text }
}
const times = /("(?:loadedAt|loadMs|lastUsedAt|modifiedAt|retryAt)":)("[^"]*"|[\d.]+)/g
