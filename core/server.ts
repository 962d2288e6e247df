import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type ConnectionError, type FastifyHttpOptions, type FastifyInstance } from 'fastify'
import type { Catalog } from './catalog.js'
import { closeApp } from './close-app.js'
import type { Settings } from './config.js'
import { newestRequest, sayClose } from './connections.js'
import { registerCors } from './cors.js'
import { describeError, fail, type HostError } from './errors.js'
import { registerGuard } from './guard.js'
import { answerClientError, plainAnswer, sendError, toClientError, toHostError } from './http-errors.js'
import type { Invoker } from './invoker.js'
import { collectPaths } from './known-paths.js'
import type { Lanes } from './lanes.js'
import type { Management } from './management.js'
import type { Models } from './models.js'
import type { Log } from './plugin.js'
import { registerPluginRoutes } from './plugin-routes.js'
import { roundMs } from './quantities.js'
import { RouteOwners } from './route-owners.js'
import { healthRoutes } from './routes/health.js'
import { invocationRoutes } from './routes/invocations.js'
import { createInvoke, type Invoke } from './routes/invoke.js'
import { modelRoutes } from './routes/models.js'
import { createPluginInvoke } from './routes/plugin-invoke.js'
import { isRuntimePath, runtimeAnswer } from './routes/runtime-errors.js'
import { runtimeRoutes } from './routes/sagemaker-runtime.js'
import { snowflakeRoutes } from './routes/snowflake.js'
import { storeRoutes } from './routes/store.js'
import { Semaphore } from './semaphore.js'
import type { ArtifactSource } from './store/artifact-source.js'
import type { TargetState } from './target-state.js'
import { readTls } from './tls.js'

/** What a server works with. */
export interface HostParts {
  readonly settings: Settings
  readonly catalog: Catalog
  readonly models: Models
  /** What answers requests: `models`, or what loads them on demand. */
  readonly invoker: Invoker
  /** What `POST` and `DELETE /models` do; undefined where there is one model. */
  readonly management: Management | undefined
  /** The name, for `invoker`, of the one model that there is in single mode. */
  readonly singleModel: string | undefined
  /** Where models come from, in standalone mode. */
  readonly store: HostStore | undefined
  readonly lanes: Lanes
  /** Requests that wait for a load. */
  readonly waitingForLoads: () => number
  readonly log: Log
  /** Are the models loaded that must be before the first request? False again once the host is going. */
  readonly isReady: () => boolean
  /** Set once the host is going: at SIGTERM. */
  readonly isDraining: () => boolean
  /** Set once `drainDelayMs` is over too: what comes now is refused. */
  readonly isClosed: () => boolean
  /** Gives up what is not accepted or not ended yet; called when the time to drain is over. */
  readonly open: Set<(error: HostError) => void>
}

/** What routes work with. */
export interface RouteParts extends HostParts {
  readonly invoke: Invoke
  /** Has room for the large bodies that are held at once. */
  readonly held: Semaphore
}

/** A store, and what the host has of it. */
export interface HostStore {
  readonly source: ArtifactSource
  /** @param target  as `checkTarget` lets it pass */
  stateOf(target: string): TargetState
}

/** Above what most load balancers keep a connection, so that it is they who close it. */
const keepAliveMs = 75_000
/** A name in a path may take all of it. */
const maxHeaderBytes = 32_768

/**
 * The HTTP server: one Fastify plugin a protocol, and our JSON errors on every path.
 *
 * @throws HostError CONFIG_INVALID where the files of TLS or the tokens cannot be used; PLUGIN_INVALID where routes of a plugin
 *   cannot be registered
 */
export async function createServer(parts: HostParts): Promise<FastifyInstance> {
  const { settings, log } = parts
  const { bodyTimeoutMs, maxBodyBytes } = settings
  // A random start and a counter: as unique as a UUID, and cheaper.
  const prefix = randomBytes(9).toString('base64url')
  let requests = 0
  const isRuntime = (path: string) => settings.mode !== 'platform' && isRuntimePath(path)
  const answerOf = (error: HostError, path: string, requestId?: string) =>
    isRuntime(path) ? runtimeAnswer(error, path, requestId) : plainAnswer(error)
  const http = { maxHeaderSize: maxHeaderBytes, requireHostHeader: false }
  const tls = await readTls(settings)
  const options: FastifyHttpOptions<Server> = {
    http,
    bodyLimit: maxBodyBytes,
    requestTimeout: bodyTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    return503OnClosing: false,
    requestIdHeader: 'x-request-id',
    genReqId: () => `${prefix}-${(++requests).toString(36)}`,
    routerOptions: { maxParamLength: maxHeaderBytes },
    clientErrorHandler: (error, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) socket.destroy()
      else
        answerClientError(toClientError(error, bodyTimeoutMs), socket, failure =>
          answerOf(failure, pathOf(error, socket)),
        )
    },
    frameworkErrors: (error, request, reply) => {
      // No hook sees it.
      if (parts.isDraining()) reply.header('connection', 'close')
      sendError(reply, answerOf(toHostError(error, settings), request.url, request.id))
    },
  }
  const app = Fastify(tls ? ({ ...options, https: { ...tls, ...http } } as FastifyHttpOptions<Server>) : options)
  const paths = collectPaths(app)
  const owners = new RouteOwners(app)
  // What is expected beside 100-continue may be ignored (RFC 9110, 10.1.1); Node would answer 417 without our JSON.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))

  sayClose(app, parts)
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  // Before anything that may refuse a request, so that a page can read why.
  await registerCors(app, settings)
  app.addHook('onRequest', (request, _reply, done) => {
    // Node would refuse it without our JSON.
    if (request.raw.headers.host === undefined && request.raw.httpVersion === '1.1')
      done(fail('REQUEST_MALFORMED', { problem: 'it has no Host header' }))
    else if (parts.isClosed() && !request.routeOptions.config?.isLasting) done(fail('DRAINING', {}))
    else done()
  })
  await registerGuard(app, settings, log)
  if (settings.accessLog) {
    app.addHook('onResponse', async (request, reply) => {
      const { method, url, id } = request
      log.info({ requestId: id, method, url, status: reply.statusCode, ms: roundMs(reply.elapsedTime) }, 'request')
    })
  }
  app.setErrorHandler((error, request, reply) => {
    const failure = toHostError(error, settings)
    if (failure.code === 'INTERNAL') log.error({ requestId: request.id, stack: stackOf(error) }, 'request failed')
    return sendError(reply, answerOf(failure, request.url, request.id))
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const { method } = request
    // A route that has nothing at this path, as of files, answers its method all the same.
    const allow = paths.allowedFor(path)
    const isUnknown = allow.length === 0 || allow.includes(method)
    if (!isUnknown) reply.header('allow', allow.join(', '))
    const failure = isUnknown
      ? fail('ROUTE_UNKNOWN', { method, path })
      : fail('METHOD_NOT_ALLOWED', { method, path, allow })
    return sendError(reply, answerOf(failure, path, request.id))
  })

  try {
    await registerRoutes(app, parts, owners)
  } catch (error) {
    // What the hooks above have begun ends with it.
    await closeApp(app, log)
    throw error
  }
  return app
}

/** @throws HostError PLUGIN_INVALID */
async function registerRoutes(app: FastifyInstance, parts: HostParts, owners: RouteOwners): Promise<void> {
  const { settings } = parts
  // Before the routes, as it describes them; only then imported, as it is large.
  if (settings.docs) await (await import('./api/page.js')).registerDocs(app, parts)
  const held = new Semaphore(settings.heldBodyBytes)
  const routeParts = { ...parts, held, invoke: createInvoke(parts, held) }
  await app.register(healthRoutes, routeParts)
  await app.register(modelRoutes, routeParts)
  await app.register(snowflakeRoutes, routeParts)
  if (settings.mode !== 'platform') {
    // There the path alone names a model.
    await app.register(invocationRoutes, routeParts)
    await app.register(runtimeRoutes, routeParts)
  }
  if (parts.store) await app.register(storeRoutes, { ...routeParts, store: parts.store })
  const context = { invoke: createPluginInvoke(parts, held), log: parts.log }
  await registerPluginRoutes(app, parts.catalog.values(), context, owners, parts.open)
}

/** A plugin may throw anything. */
const stackOf = (error: unknown) => (error as Error | null | undefined)?.stack ?? describeError(error)

/** The path of what could not be read as a request; else that of the request before it. */
function pathOf({ rawPacket }: ConnectionError, socket: Socket): string {
  // Its type is that of its JSON.
  const packet = rawPacket as unknown as Buffer | undefined
  const line = packet?.subarray(0, maxHeaderBytes).toString('latin1').split('\r\n', 1)[0] ?? ''
  return /^[A-Z]+ (\/\S*)/.exec(line)?.[1] ?? newestRequest(socket)?.url ?? ''
}
