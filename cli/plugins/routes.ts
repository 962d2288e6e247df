import Fastify from 'fastify'
import type { CatalogEntry } from '../../core/catalog.js'
import { fail } from '../../core/errors.js'
import type { Log } from '../../core/plugin.js'
import { registerPluginRoutes } from '../../core/plugin-routes.js'
import { RouteOwners } from '../../core/route-owners.js'

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * The routes that a plugin adds, as `GET /path`: they are registered with a server that never listens.
 *
 * @throws HostError PLUGIN_INVALID
 */
export async function findRoutes(entry: CatalogEntry): Promise<string[]> {
  if (!entry.plugin.routes) return []
  const app = Fastify()
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.push(`${each} ${url}`)
  })
  const invoke = async (model: string) => {
    throw fail('MODEL_NOT_LOADED', { model })
  }
  try {
    await registerPluginRoutes(app, [entry], { invoke, log: silent }, new RouteOwners(app), new Set())
    return routes
  } finally {
    await app.close()
  }
}
