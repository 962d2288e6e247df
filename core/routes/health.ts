import type { FastifyPluginAsync } from 'fastify'
import { live, ping, ready } from '../api/health.js'
import { described } from '../api/route.js'
import type { RouteParts } from '../server.js'
import { open } from './access.js'

const status = (word: string) => JSON.stringify({ status: word })
const healthy = status('Healthy')
const loading = status('Loading')

/**
 * `GET /ping` and `/health/live`: 200 as long as the process works, whatever the load; but a host of one model does not
 * answer a ping with 200 before that is loaded. `GET /health/ready`: should requests be sent here?
 *
 * @see SageMaker developer guide, your-algorithms-inference-code
 */
export const healthRoutes: FastifyPluginAsync<RouteParts> = async (app, parts) => {
  const { settings, models, lanes, waitingForLoads, isReady, isDraining } = parts
  const isLoading = () => settings.mode === 'single' && !isReady() && !isDraining()

  app.get('/ping', { ...open, ...described(ping) }, (_request, reply) => {
    reply.header('content-type', 'application/json')
    if (isLoading()) reply.code(503).header('retry-after', 1).send(loading)
    else reply.send(healthy)
  })

  app.get('/health/live', { ...open, ...described(live) }, (_request, reply) => {
    reply.header('content-type', 'application/json').send(healthy)
  })

  app.get('/health/ready', { ...open, ...described(ready) }, (request, reply) => {
    const isReadyNow = isReady()
    const draining = isDraining()
    const { lanes: count, running, waiting: inQueues } = lanes.status()
    const waiting = inQueues + waitingForLoads()
    const { memoryBudgetBytes: budgetBytes } = settings
    const { usedBytes: residentBytes } = models
    // HAProxy cuts accepted calls of a server whose check says 503, and lets them end where it says 404.
    const isHidden = draining && (request.query as Record<string, unknown>).drain === '404'
    if (!isReadyNow) reply.code(isHidden ? 404 : 503)
    if (!isReadyNow && !isHidden) reply.header('retry-after', 1)
    reply.send({ ready: isReadyNow, draining, running, waiting, lanes: count, residentBytes, budgetBytes })
  })
}
