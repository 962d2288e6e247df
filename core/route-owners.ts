import type { FastifyInstance } from 'fastify'
import type { CatalogEntry } from './catalog.js'
import { fail } from './errors.js'
import { patternOf } from './known-paths.js'
import { describeModule } from './plugin-words.js'

interface OwnedRoute {
  readonly url: string
  readonly pattern: RegExp
  /** Undefined for the host's own. */
  readonly owner: CatalogEntry | undefined
}

/** Whose each route is, so that no plugin takes requests of the host's, or of another plugin's. */
export class RouteOwners {
  /** Whose routes are being registered; undefined for the host's own. */
  current: CatalogEntry | undefined
  readonly #routes = new Map<string, OwnedRoute[]>()

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ method, url }) => {
      // What answers preflights on all paths is nobody's.
      if (url !== '*') for (const each of [method].flat()) this.#add(each, url)
    })
  }

  /** @throws HostError PLUGIN_INVALID */
  #add(method: string, url: string): void {
    const owner = this.current
    const routes = this.#routes.get(method) ?? []
    // What stands for any path comes last, whoever registers it.
    const isSame = (other: OwnedRoute) => (url.includes('*') ? other.url === url : other.pattern.test(url))
    const other = routes.find(route => route.owner !== owner && isSame(route))
    if (owner && other) {
      const whose = other.owner
        ? `the plugin "${other.owner.plugin.name}" of ${describeModule(other.owner)}`
        : 'the host'
      const problem = `its route ${method} ${url} takes requests of ${method} ${other.url}, which is a route of ${whose}. Give it another path.`
      throw fail('PLUGIN_INVALID', { path: describeModule(owner), problem })
    }
    routes.push({ url, pattern: patternOf(url), owner })
    this.#routes.set(method, routes)
  }
}
