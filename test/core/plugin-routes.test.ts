import { get } from 'node:http'
import { createServer } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { fail, type Log, type PluginRoutes, type RouteAnswer, type RoutesContext } from 'modelhost'
import t, { type Test } from 'tap'
import type { Catalog, CatalogEntry } from '../../core/catalog.js'
import { closeApp } from '../../core/close-app.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { registerPluginRoutes } from '../../core/plugin-routes.js'
import { RouteOwners } from '../../core/route-owners.js'
import { folder } from '../helpers/artifacts.js'
import { type FakeParts, fakeHost } from '../helpers/fake-host.js'
import { silentLog } from '../helpers/silent-log.js'

declare module 'fastify' {
  interface FastifyInstance {
    words: number
  }
}

const entryOf = (name: string, routes: PluginRoutes): CatalogEntry => ({
  plugin: { name, routes } as AnyPlugin,
  source: name,
  module: `file:///plugins/${name}/index.js`,
})

const catalogOf = (plugins: Readonly<Record<string, PluginRoutes>>): Catalog =>
  new Map(Object.entries(plugins).map(([name, routes]) => [name, entryOf(name, routes)]))

const hostWith = (t: Test, plugins: Record<string, PluginRoutes>, flags = {}, parts: FakeParts = {}) =>
  fakeHost(t, flags, { ...parts, catalog: catalogOf(plugins) })

/** What the boot says of these plugins. */
async function refusal(t: Test, plugins: Record<string, PluginRoutes>, flags = {}): Promise<string> {
  const error = await hostWith(t, plugins, flags).then(
    () => new Error('nothing'),
    thrown => thrown,
  )
  t.match(error, { code: 'PLUGIN_INVALID' })
  return (error as Error).message
}

t.test('a route asks a model as its path for predictions does, and answers with its errors', async t => {
  const asked: unknown[] = []
  const { app } = await hostWith(
    t,
    {
      Ask: async (app, { invoke }) => {
        app.post<{ Params: { model: string } }>('/ask/:model', async (request, reply) => {
          const options = { contentType: 'text/plain', accept: 'text/csv', customAttributes: 'a=1', request }
          const answer = await invoke(request.params.model, request.body as string, options)
          t.match(answer, { customAttributes: 'a=1', predictMs: 2, loadMs: 7 })
          return reply.type(answer.contentType).send(answer.body)
        })
      },
    },
    {},
    {
      predict: (name, { requestId, head, body }) => {
        asked.push([name, requestId, head])
        const text = Buffer.from(body).toString()
        return text === 'full' ? { error: fail('QUEUE_FULL', { model: name, limit: 3 }) } : { text, loadMs: 7 }
      },
      expect: name => {
        if (name === 'none') throw fail('MODEL_NOT_LOADED', { model: name })
      },
    },
  )
  const ask = (model: string, payload: string) =>
    app.inject({
      method: 'POST',
      url: `/ask/${model}`,
      headers: { 'content-type': 'text/plain', 'x-request-id': 'mine' },
      payload,
    })
  const answer = await ask('m', 'hello')
  t.match(answer, {
    statusCode: 200,
    payload: 'hello',
    headers: { 'content-type': /text\/plain/, 'x-request-id': 'mine' },
  })
  const head = { contentType: 'text/plain', contentEncoding: undefined, accept: 'text/csv', customAttributes: 'a=1' }
  t.same(asked, [['m', 'mine', head]])
  const full = await ask('m', 'full')
  t.match(full, { statusCode: 503, headers: { 'retry-after': '1' } })
  t.match(full.json(), { error: { code: 'QUEUE_FULL' } })
  t.match((await ask('none', 'hello')).json(), { error: { code: 'MODEL_NOT_LOADED' } })
})

t.test('bodies of a route are copied, bounded, and told by their type', async t => {
  let invoke: RoutesContext['invoke'] | undefined
  const seen: { length: number; isAlone: boolean }[] = []
  const heads: (string | undefined)[] = []
  const parts: FakeParts = {
    predict: (_, { body, head }) => {
      seen.push({ length: body.length, isAlone: body.buffer.byteLength === body.length })
      heads.push(head.contentType)
      body.fill(0)
      return {}
    },
  }
  const keep: PluginRoutes = async (_, context) => {
    invoke = context.invoke
  }
  await hostWith(t, { Keep: keep }, { maxBodyBytes: 50_000, heldBodyBytes: 60_000 }, parts)
  const mine = Buffer.alloc(40_000, 1)
  await Promise.all([invoke!('m', mine), invoke!('m', mine), invoke!('m', 'x'.repeat(20_000)), invoke!('m', 'short')])
  t.ok(mine.every(byte => byte === 1))
  t.same(seen.map(({ length }) => length).sort(), [20_000, 40_000, 40_000, 5])
  t.ok(seen.every(({ isAlone }) => isAlone))
  t.same(heads, Array(4).fill('application/json'))
  await t.rejects(invoke!('m', Buffer.alloc(50_001)), { code: 'BODY_TOO_LARGE' })
  await t.rejects(invoke!('m', { text: 'a' } as unknown as string), { message: /of an object, send its JSON/ })
})

t.test('what no lane could be sent is refused where it is given', async t => {
  let invoke: RoutesContext['invoke'] | undefined
  const keep: PluginRoutes = async (_, context) => {
    invoke = context.invoke
  }
  let asked = 0
  const predict = () => {
    asked++
    return {}
  }
  await hostWith(t, { Keep: keep }, {}, { predict })
  const wrong: [unknown[], RegExp][] = [
    [[5, 'x'], /The name of a model must be a string/],
    [['m', 'x', { contentType: Symbol('text') }], /The contentType for a model must be a string/],
    [['m', 'x', { accept: () => 'text/csv' }], /The accept for a model must be a string/],
    [['m', 'x', { customAttributes: { a: 1 } }], /The customAttributes for a model must be a string/],
    [['m', 'x', { request: {} }], /must be the one that the route was given/],
    [['m', 'x', { request: { id: () => 1, raw: {} } }], /must be the one that the route was given/],
  ]
  for (const [given, message] of wrong)
    await t.rejects(invoke!(...(given as Parameters<RoutesContext['invoke']>)), { name: 'TypeError', message })
  t.equal(asked, 0)
})

t.test('whatever a route throws is a 500 in the form of all errors, and in the log', async t => {
  const lines: object[] = []
  const log = { ...silentLog, error: (fields: object) => void lines.push(fields) }
  const thrown: [unknown, RegExp, RegExp][] = [
    [undefined, /: undefined\. The log/, /^undefined$/],
    [null, /: null\. The log/, /^null$/],
    ['a text', /: a text\. The log/, /^a text$/],
    [new TypeError('no word'), /: TypeError: no word\. The log/, /^TypeError: no word\n +at /],
  ]
  for (const [error, message, stack] of thrown) {
    const routes: PluginRoutes = async app => {
      app.get('/sync', () => {
        throw error
      })
      app.get('/async', async () => Promise.reject(error))
    }
    const { app } = await hostWith(t, { Mine: routes }, {}, { log })
    for (const url of ['/sync', '/async']) {
      const answer = await app.inject(url)
      t.match(answer, { statusCode: 500, headers: { 'content-type': 'application/json' } })
      t.match(answer.json(), { error: { code: 'INTERNAL', message } })
      t.match(lines.pop(), { stack })
    }
  }
})

t.test('large bodies wait for room until the host gives up', async t => {
  let invoke: RoutesContext['invoke'] | undefined
  const keep: PluginRoutes = async (_, context) => {
    invoke = context.invoke
  }
  const open: FakeParts['open'] = new Set()
  const never = new Promise(() => {})
  const parts = { open, predict: () => ({ until: never }) }
  await hostWith(t, { Keep: keep }, { maxBodyBytes: 50_000, heldBodyBytes: 50_000 }, parts)
  void invoke!('m', Buffer.alloc(30_000))
  const waiting: Promise<RouteAnswer> = invoke!('m', Buffer.alloc(30_000))
  const refused = t.rejects(waiting, { code: 'DRAINING' })
  t.equal(open.size, 1)
  for (const giveUp of open) giveUp(fail('DRAINING', {}))
  await refused
  t.equal(open.size, 0)
})

t.test('a route that never answers is answered for when the host gives up', async t => {
  let arrived = () => {}
  const both = new Promise<void>(resolve => {
    let count = 0
    arrived = () => {
      if (++count === 2) resolve()
    }
  })
  const never: PluginRoutes = async app => {
    app.get('/never', () => arrived())
    app.get('/begun', (_request, reply) => {
      reply.raw.write('begun')
      reply.hijack()
      arrived()
    })
    app.get('/done', async () => 'done')
  }
  const open: FakeParts['open'] = new Set()
  const { listen } = await hostWith(t, { Never: never }, {}, { open })
  const url = await listen()
  t.equal(await (await fetch(`${url}/done`)).text(), 'done')
  const [waiting, begun] = [fetch(`${url}/never`), fetch(`${url}/begun`)]
  await both
  const left = [...open]
  for (const giveUp of left) giveUp(fail('DRAINING', {}))
  const answer = await waiting
  t.match([answer.status, answer.headers.get('retry-after')], [503, '1'])
  t.match(await answer.json(), { error: { code: 'DRAINING' } })
  await (await begun).body?.cancel()
})

t.test('a prediction is given up when the caller of its route goes', async t => {
  let gone = () => {}
  const cancelled = new Promise<void>(resolve => {
    gone = resolve
  })
  let begin = () => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  const { listen } = await hostWith(
    t,
    { Ask: async (app, { invoke }) => void app.get('/ask', async request => invoke('m', '1', { request })) },
    {},
    {
      predict: () => {
        begin()
        return { until: cancelled }
      },
      cancelled: gone,
    },
  )
  const asked = get(`${await listen()}/ask`, { agent: false }).on('error', () => {})
  await begun
  asked.destroy()
  await cancelled
})

t.test('one that is answered is not given up when its caller goes', async t => {
  const cancelled: string[] = []
  const ask: PluginRoutes = async (app, { invoke }) => {
    app.get('/ask', async request => (await invoke('m', '1', { request })).body)
  }
  const { app, listen } = await hostWith(t, { Ask: ask }, {}, { cancelled: name => void cancelled.push(name) })
  const closed = new Promise<void>(resolve => {
    app.server.once('connection', socket => socket.once('close', () => resolve()))
  })
  const answer = await fetch(`${await listen()}/ask`, { headers: { connection: 'close' } })
  t.equal(await answer.text(), 'm: 1')
  await closed
  t.same(cancelled, [])
})

t.test("a plugin's lines in the log have its name", async t => {
  const lines: object[] = []
  const note =
    (level: string): Log['info'] =>
    (fields, message) =>
      void lines.push({ level, ...fields, message })
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  const levels = ['debug', 'info', 'warn', 'error'] as const
  const telling: PluginRoutes = async (_, context) => {
    for (const level of levels) context.log[level]({ words: 3 }, 'read')
  }
  await hostWith(t, { Telling: telling }, {}, { log })
  t.same(
    lines,
    levels.map(level => ({ level, plugin: 'Telling', words: 3, message: 'read' })),
  )
})

t.test('what a plugin adds by fastify-plugin is for its own routes', async t => {
  const reached: string[] = []
  const own = fastifyPlugin(
    async (app: FastifyInstance) => {
      app.decorate('words', 5)
      app.addHook('onRequest', async request => void reached.push(request.url))
      app.setErrorHandler((_error, _request, reply) => reply.code(418).send('mine'))
      app.get('/own', async () => {
        throw new Error('no')
      })
    },
    { fastify: '5.x', name: 'own' },
  )
  const second: PluginRoutes = async app => {
    t.notOk(app.hasDecorator('words'))
    app.decorate('words', 6)
    app.get('/second', async () => {
      throw new TypeError('the second')
    })
  }
  const { app } = await hostWith(t, { Own: own, Second: second })
  t.equal((await app.inject('/own')).statusCode, 418)
  t.match((await app.inject('/models/none')).json(), { error: { code: 'MODEL_NOT_LOADED' } })
  t.match((await app.inject('/second')).json(), { error: { code: 'INTERNAL', message: /TypeError: the second/ } })
  t.equal((await app.inject('/ping')).statusCode, 200)
  t.same(reached, ['/own'])
})

t.test("a route that takes requests of the host's, or of another plugin's, ends the boot", async t => {
  const routes = (...urls: string[]): PluginRoutes => {
    return async app => {
      for (const url of urls) app.get(url, async () => 1)
    }
  }
  t.equal(
    await refusal(t, { Mine: routes('/ping') }),
    'Plugin /plugins/Mine/index.js: its route GET /ping takes requests of GET /ping, which is a route of the host. Give it another path.',
  )
  t.match(await refusal(t, { Mine: routes('/models/:id') }), /GET \/models\/:id takes requests of GET \/models\/:name/)
  t.match(
    await refusal(t, { Mine: routes('/models/special') }),
    /takes requests of GET \/models\/:name, .* of the host/,
  )
  t.match(
    await refusal(t, { First: routes('/a', '/a/:x'), Second: routes('/b', '/a/:y') }),
    /^Plugin \/plugins\/Second\/index.js: its route GET \/a\/:y .* GET \/a\/:x, which is a route of the plugin "First" of \/plugins\/First\/index.js/,
  )
  t.match(await refusal(t, { Mine: routes('/mine', '/mine') }), /Mine\/index.js: .*already declared for route '\/mine'/)
  const { app } = await hostWith(t, {
    Mine: routes('/a/:x', '/a/list', '/models/:name/words', '/*'),
    Other: routes('/b/*'),
  })
  t.equal((await app.inject('/a/list')).statusCode, 200)
  t.equal((await app.inject('/models/m/words')).statusCode, 200)
  t.match((await app.inject('/models/m')).json(), { error: { code: 'MODEL_NOT_LOADED' } })
  const answering: PluginRoutes = async app => void app.get('/mine', async () => 1).options('/mine', async () => 1)
  const preflighted = await hostWith(t, { Mine: answering }, { corsOrigins: ['*'] })
  t.equal((await preflighted.app.inject('/mine')).statusCode, 200)
})

t.test('routes that cannot be registered end the boot with their plugin', async t => {
  const cases: [PluginRoutes, RegExp][] = [
    [
      async () => {
        throw new TypeError('no table')
      },
      /^Plugin \/plugins\/Mine\/index.js: its routes cannot be registered: TypeError: no table, at .*plugin-routes.test.[jt]s:\d+\. Mend it there/,
    ],
    [
      () => {
        throw new Error('at once')
      },
      /Error: at once/,
    ],
    [(_app, _context, done) => done(new Error('by its callback')), /Error: by its callback/],
    [
      async app => void app.decorate('words', 1).decorate('words', 2),
      /The decorator 'words' has already been added!, at .*plugin-routes.test.[jt]s/,
    ],
    [async app => void app.setNotFoundHandler(() => {}), /Not found handler already set/],
    [async app => void app.addHook('onReady', async () => Promise.reject(new Error('not ready'))), /Error: not ready/],
    [
      async app => void app.post('/x', { schema: { body: { type: 'nonsense' } } }, async () => 1),
      /Failed building the validation schema for POST: \/x/,
    ],
    [
      fastifyPlugin(async () => {}, { fastify: '4.x', name: 'old' }),
      /fastify-plugin: old - expected '4.x' fastify version/,
    ],
  ]
  for (const [routes, message] of cases) t.match(await refusal(t, { Mine: routes }), message)
})

t.test('routes that never come to their end are given up', async t => {
  const app = Fastify({ pluginTimeout: 50 })
  t.teardown(() => app.close())
  const never: PluginRoutes = (_app, _context, _done) => {}
  const context = { invoke: async () => Promise.reject(new Error('nobody')), log: silentLog }
  await t.rejects(registerPluginRoutes(app, [entryOf('Mine', never)], context, new RouteOwners(app), new Set()), {
    code: 'PLUGIN_INVALID',
    message:
      /Mine\/index.js: its routes cannot be registered: the function did not come to its end in time. It must be async, or call/,
  })
})

t.test('a boot that fails so leaves nothing open', async t => {
  const home = await folder(t, { tokens: 'the-token-of-the-tests' })
  let closed = 0
  const open: PluginRoutes = async app => {
    const server = createServer().listen(0)
    app.addHook('onClose', async () => {
      server.close()
      closed++
    })
  }
  const broken: PluginRoutes = async () => Promise.reject(new Error('no'))
  t.match(await refusal(t, { Open: open, Broken: broken }, { tokenFile: `${home}/tokens` }), /Broken/)
  t.equal(closed, 1)
})

t.test('what a plugin does when the host closes may fail, or never end', async t => {
  const failing = Fastify()
  failing.addHook('onClose', async () => Promise.reject(new Error('no table')))
  const hanging = Fastify()
  hanging.addHook('onClose', () => new Promise(() => {}))
  const told: object[] = []
  const log = { ...silentLog, error: (fields: object) => void told.push(fields) }
  await Promise.all([closeApp(failing, log), closeApp(hanging, log), closeApp(Fastify(), log)])
  t.same(told, [{ problem: 'Error: no table' }, { problem: 'its hooks did not come to their end in time' }])
})

t.test('guards, errors, unknown paths and draining are as for all routes', async t => {
  const home = await folder(t, { tokens: 'the-token-of-the-tests' })
  const routes: PluginRoutes = async app => {
    app.get('/managed', async () => 'managed')
    app.get('/predicted', { config: { access: 'predictions' } }, async () => 'predicted')
    app.get('/open', { config: { access: 'open' } }, async () => 'open')
  }
  const state = { isReady: true, isDraining: false, isClosed: false }
  const flags = { tokenFile: `${home}/tokens`, corsOrigins: ['https://example.org'] }
  const { app } = await hostWith(t, { Mine: routes }, flags, { state })
  const authorization = 'Bearer the-token-of-the-tests'
  const statusOf = async (url: string, headers = {}) => (await app.inject({ url, headers })).statusCode
  t.same(await Promise.all(['/managed', '/predicted', '/open'].map(url => statusOf(url))), [401, 200, 200])
  t.equal(await statusOf('/managed', { authorization }), 200)
  const cors = await app.inject({ url: '/open', headers: { origin: 'https://example.org' } })
  t.match(cors.headers, { 'access-control-allow-origin': 'https://example.org', 'x-request-id': /./ })
  const wrong = await app.inject({ method: 'DELETE', url: '/open', headers: { authorization } })
  t.match(wrong, { statusCode: 405, headers: { allow: 'GET, HEAD' } })
  t.equal(await statusOf('/opened', { authorization }), 404)
  state.isDraining = true
  t.match(await app.inject('/open'), { statusCode: 200, headers: { connection: 'close' } })
  state.isClosed = true
  t.equal(await statusOf('/open'), 503)
})
