import type { FastifyPluginAsync } from 'fastify'
import type { HostParts } from '../server.js'

/**
 * `GET /ping`: 200 as long as the process works, whatever the load.
 *
 * @see SageMaker developer guide, your-algorithms-inference-code
 */
export const healthRoutes: FastifyPluginAsync<HostParts> = async app => {
  const healthy = JSON.stringify({ status: 'Healthy' })
  app.get('/ping', (_request, reply) => {
    reply.header('content-type', 'application/json').send(healthy)
  })
}
