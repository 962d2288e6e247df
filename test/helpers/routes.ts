import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'

/** The routes that a host registers while it starts: `GET /models/{name}`. */
export async function routesOf(start: () => Promise<unknown>): Promise<string[]> {
  const routes = new Set<string>()
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    })
  }
  diagnostics.subscribe('fastify.initialization', watch)
  try {
    await start()
  } finally {
    diagnostics.unsubscribe('fastify.initialization', watch)
  }
  return [...routes]
}
