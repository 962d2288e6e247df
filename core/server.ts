import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Catalog } from './catalog.js'
import type { Settings } from './config.js'
import { fail, type HostError } from './errors.js'
import { answerClientError, sendError, toHostError } from './http-errors.js'
import type { Invoker } from './invoker.js'
import { collectPaths } from './known-paths.js'
import type { Lanes } from './lanes.js'
import type { Models } from './models.js'
import type { Log } from './plugin.js'
import { roundMs } from './quantities.js'
import { healthRoutes } from './routes/health.js'
import { modelRoutes } from './routes/models.js'
import type { ArtifactSource } from './store/artifact-source.js'
import type { TargetState } from './target-state.js'

/** What routes work with. */
export interface HostParts {
  readonly settings: Settings
  readonly catalog: Catalog
  readonly models: Models
  /** What answers requests: `models`, or what loads them on demand. */
  readonly invoker: Invoker
  /** Where models come from, in standalone mode. */
  readonly store: HostStore | undefined
  readonly lanes: Lanes
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
export const maxNameBytes = 16_384

/** The HTTP server: one Fastify plugin a protocol, and our JSON errors on every path. */
export async function createServer(parts: HostParts): Promise<FastifyInstance> {
  const { settings, log } = parts
  const { bodyTimeoutMs, maxBodyBytes } = settings
  // A random start and a counter: as unique as a UUID, and cheaper.
  const prefix = randomBytes(9).toString('base64url')
  let requests = 0
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: bodyTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestIdHeader: 'x-request-id',
    genReqId: () => `${prefix}-${(++requests).toString(36)}`,
    http: { maxHeaderSize: maxHeaderBytes, requireHostHeader: false },
    routerOptions: { maxParamLength: maxHeaderBytes },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, bodyTimeoutMs),
    frameworkErrors: (error, _request, reply) => {
      sendError(reply, toHostError(error, settings))
    },
  })
  const paths = collectPaths(app)
  // What is expected beside 100-continue may be ignored (RFC 9110, 10.1.1); Node would answer 417 without our JSON.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))

  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    // Node would refuse it without our JSON.
    if (request.raw.headers.host === undefined && request.raw.httpVersion === '1.1')
      done(fail('REQUEST_MALFORMED', { problem: 'it has no Host header' }))
    else if (parts.isClosed() && request.url !== '/ping') done(fail('DRAINING', {}))
    else done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (parts.isDraining()) reply.header('connection', 'close')
    done()
  })
  if (settings.accessLog) {
    app.addHook('onResponse', async (request, reply) => {
      const { method, url, id } = request
      log.info({ requestId: id, method, url, status: reply.statusCode, ms: roundMs(reply.elapsedTime) }, 'request')
    })
  }
  app.setErrorHandler((error, request, reply) => {
    const answer = toHostError(error, settings)
    if (answer.code === 'INTERNAL')
      log.error({ requestId: request.id, stack: (error as Error).stack }, 'request failed')
    return sendError(reply, answer)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const { method } = request
    const allow = paths.allowedFor(path)
    if (allow.length === 0) return sendError(reply, fail('ROUTE_UNKNOWN', { method, path }))
    return sendError(reply.header('allow', allow.join(', ')), fail('METHOD_NOT_ALLOWED', { method, path, allow }))
  })

  await app.register(healthRoutes, parts)
  await app.register(modelRoutes, parts)
  for (const { plugin } of parts.catalog.values()) if (plugin.routes) await app.register(plugin.routes)
  await app.ready()
  return app
}
