import type { FastifyInstance } from 'fastify'

/** Which methods a path answers: for the `Allow` of a 405, whatever the method asked for. */
export interface KnownPaths {
  allowedFor(path: string): string[]
}

/** Notes each route as it is registered. */
export function collectPaths(app: FastifyInstance): KnownPaths {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    // What answers all paths, as for preflights, says nothing of any.
    if (url === '*') return
    const known = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const one of [method].flat()) known.methods.add(one)
    routes.set(url, known)
  })
  return {
    allowedFor(path) {
      const allowed = [...routes.values()]
        .filter(({ pattern }) => pattern.test(path))
        .flatMap(({ methods }) => [...methods])
      return [...new Set(allowed)].sort()
    },
  }
}

/** `/models/:name/invoke` -> one segment where the colon stands, anything where a star stands. */
export function patternOf(url: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&')
  const parts = url.split('/').map(part => (part.startsWith(':') ? '[^/]+' : literal(part).replaceAll('*', '.*')))
  return new RegExp(`^${parts.join('/')}$`)
}
