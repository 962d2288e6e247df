import { isIP } from 'node:net'
import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance } from 'fastify'
import { fail } from './errors.js'
import type { Log } from './plugin.js'
import type { Settings } from './setting-table.js'
import { readTokens } from './tokens.js'

/**
 * Asks callers for a bearer token: all of them, those of plugins' own routes and of unknown paths too, but for routes whose
 * `access` says otherwise. Without a file of tokens nobody is asked.
 *
 * @throws HostError CONFIG_INVALID where the tokens cannot be used
 */
export async function registerGuard(app: FastifyInstance, settings: Settings, log: Log): Promise<void> {
  const { tokenFile, guardInvoke, host, mode } = settings
  if (tokenFile === undefined) {
    if (mode === 'standalone' && !isLoopback(host)) {
      log.warn(
        { host },
        'management is open to the network: anybody may load and unload models. Ask for tokens with --token-file',
      )
    }
    return
  }
  const tokens = await readTokens(tokenFile, log)
  app.addHook('onClose', async () => tokens.close())
  await app.register(bearerAuth, {
    addHook: false,
    keys: new Set<string>(),
    auth: token => tokens.accepts(token),
    // The scheme in any case.
    specCompliance: 'rfc6749',
  })
  const verify = app.verifyBearerAuth!
  app.addHook('onRequest', (request, reply, done) => {
    const access = request.routeOptions.config?.access
    if (access === 'open' || (access === 'predictions' && !guardInvoke)) return done()
    verify(request, reply, error => done(error && fail('UNAUTHORIZED', {}, error)))
  })
}

const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
