import diagnostics from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

/** The routes that a host registers while it starts: `GET /models/{name}`. */
export async function routesOf(start: () => Promise<unknown>): Promise<string[]> {
  const routes = new Set<string>()
  await onRoutes(start, ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  })
  return [...routes]
}

/** A host whose routes say nothing of themselves. */
export function withoutDescriptions<T>(start: () => Promise<T>): Promise<T> {
  return onRoutes(start, route => {
    delete route.schema
    delete route.validatorCompiler
    delete route.serializerCompiler
  })
}

async function onRoutes<T>(start: () => Promise<T>, visit: (route: RouteOptions) => void): Promise<T> {
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', visit)
  }
  diagnostics.subscribe('fastify.initialization', watch)
  try {
    return await start()
  } finally {
    diagnostics.unsubscribe('fastify.initialization', watch)
  }
}
