/** `/docs`: the description of this host's API, as a page that can be tried out, and as JSON. Imported where it is asked for. */
import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { HostParts } from '../server.js'
import { documentOptions } from './document.js'

const packageFile = new URL('../../../package.json', import.meta.url)

/** The page loads nothing from elsewhere, and asks nobody but this host. Its pictures are in its style sheet. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * Adds the page; before the routes that it describes.
 *
 * It asks for no token, also where others do: a browser sends none when it opens a page, and the page says what the host can
 * do, not what models it has. What is tried out on it asks as always, with the token that its reader gives it.
 */
export async function registerDocs(app: FastifyInstance, parts: Pick<HostParts, 'settings' | 'catalog' | 'log'>) {
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }
  await app.register(swagger, documentOptions({ ...parts, version }))
  await app.register(async scope => {
    scope.addHook('onRoute', route => {
      route.config = { ...route.config, access: 'open' }
    })
    scope.addHook('onSend', (_request, reply, _payload, done) => {
      reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
      done()
    })
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: policy,
      theme: { title: 'modelhost API' },
      // Without the bar on top: it asks for another description, and has a style that the policy refuses.
      uiConfig: { layout: 'BaseLayout', docExpansion: 'list', displayRequestDuration: true },
    })
  })
  if (parts.settings.tokenFile !== undefined)
    parts.log.warn({ path: '/docs' }, 'the description of the API is open to everybody who reaches this host')
}
