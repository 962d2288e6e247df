/*
 * Routes of plugins: each plugin's in a context of its own, so that what it adds to Fastify, by `fastify-plugin` too, is for
 * its own routes alone.
 */
import { fileURLToPath } from 'node:url'
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify'
import type { CatalogEntry } from './catalog.js'
import { describeError, fail, type HostError, isHostError } from './errors.js'
import type { Log, PluginRoutes, RoutesContext } from './plugin.js'
import { findPlace } from './plugin-failure.js'
import { describeModule } from './plugin-words.js'
import type { RouteOwners } from './route-owners.js'

/**
 * Registers the routes of plugins, and makes the app ready.
 *
 * @param open  gives up the requests that are not answered yet
 * @throws HostError PLUGIN_INVALID
 */
export async function registerPluginRoutes(
  app: FastifyInstance,
  entries: Iterable<CatalogEntry>,
  context: RoutesContext,
  owners: RouteOwners,
  open: Set<(error: HostError) => void>,
): Promise<void> {
  const withRoutes = [...entries].filter(({ plugin }) => plugin.routes)
  for (const entry of withRoutes) {
    const routes = guarded(entry.plugin.routes!)
    owners.current = entry
    try {
      await app.register(async own => {
        own.addHook('onRequest', (_request, reply, done) => {
          answerAtLast(reply, open)
          done()
        })
        await own.register(routes, { ...context, log: withPlugin(context.log, entry.plugin.name) })
      })
    } catch (error) {
      throw describeFailure(error, entry)
    }
  }
  owners.current = undefined
  try {
    await app.ready()
  } catch (error) {
    // Schemas and hooks fail only now, and nobody says whose they are.
    const [only] = withRoutes
    if (only === undefined) throw error
    const owner = withRoutes.find(entry => findPlace(error, moduleOf(entry))?.isOfPlugin) ?? only
    throw describeFailure(error, owner)
  }
}

/** A request that its route never answers gets an answer all the same when the time to drain is over. */
function answerAtLast(reply: FastifyReply, open: Set<(error: HostError) => void>): void {
  const giveUp = (error: HostError) => {
    if (!reply.sent) reply.send(error)
  }
  open.add(giveUp)
  reply.raw.once('close', () => open.delete(giveUp))
}

/** The same Fastify plugin, whose `throw` is an error as its rejection is; Fastify would let it end the process. */
function guarded(routes: PluginRoutes): FastifyPluginAsync<RoutesContext> {
  const safe: PluginRoutes = (app, context, done) => {
    try {
      return routes(app, context, done)
    } catch (error) {
      return Promise.reject(error)
    }
  }
  // Its number of arguments, and the marks of fastify-plugin.
  return Object.defineProperties(safe, Object.getOwnPropertyDescriptors(routes)) as FastifyPluginAsync<RoutesContext>
}

function describeFailure(error: unknown, entry: CatalogEntry): HostError {
  if (isHostError(error) && error.code === 'PLUGIN_INVALID') return error
  const problem = `its routes cannot be registered: ${reasonOf(error, entry)}`
  return fail('PLUGIN_INVALID', { path: describeModule(entry), problem }, error)
}

function reasonOf(error: unknown, entry: CatalogEntry): string {
  const { code } = (error ?? {}) as FastifyError
  if (code === 'FST_ERR_PLUGIN_TIMEOUT' || code === 'AVV_ERR_PLUGIN_EXEC_TIMEOUT') {
    return 'the function did not come to its end in time. It must be async, or call the function that it is given as the third argument.'
  }
  const place = findPlace(error, moduleOf(entry))
  return `${describeError(error)}${place ? `, at ${place.text}` : ''}. Mend it there, or start without the plugin.`
}

const moduleOf = (entry: CatalogEntry) => ({ file: fileURLToPath(entry.module), package: entry.package })

const withPlugin = (log: Log, plugin: string): Log => ({
  debug: (fields, message) => log.debug({ plugin, ...fields }, message),
  info: (fields, message) => log.info({ plugin, ...fields }, message),
  warn: (fields, message) => log.warn({ plugin, ...fields }, message),
  error: (fields, message) => log.error({ plugin, ...fields }, message),
})
