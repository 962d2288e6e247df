import type { FastifyPluginAsync } from 'fastify'
import { executionParameters, invoke as invokeDescription } from '../api/invocations.js'
import { described } from '../api/route.js'
import type { RouteParts } from '../server.js'
import { MiB } from '../settings/kinds.js'
import { predictions } from './access.js'
import { rawBodies } from './raw-bodies.js'
import { chooseModel } from './target-header.js'

/** What a batch transform job may send at once, in MB; and one body at most. */
const maxTransformMB = 100

/**
 * `POST /invocations`: the one model of a single host, or the target that a header names; and what a batch transform job asks.
 *
 * @see SageMaker developer guide, your-algorithms-inference-code and your-algorithms-batch-code
 */
export const invocationRoutes: FastifyPluginAsync<RouteParts> = async (app, parts) => {
  const { settings, invoke } = parts
  await app.register(rawBodies)
  app.post('/invocations', { ...predictions, ...described(invokeDescription) }, (request, reply) =>
    invoke(chooseModel(parts, request.raw), request, reply),
  )

  const payloadMB = Math.min(maxTransformMB, Math.max(1, Math.floor(settings.maxBodyBytes / MiB)))
  const atOnce = Math.min(settings.lanes, Math.floor(maxTransformMB / payloadMB))
  app.get('/execution-parameters', { ...predictions, ...described(executionParameters) }, async () => ({
    MaxConcurrentTransforms: atOnce,
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: payloadMB,
  }))
}
