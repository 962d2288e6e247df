import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { described } from '../api/route.js'
import { invokeEndpoint, otherEndpointCalls } from '../api/runtime.js'
import { fail } from '../errors.js'
import type { RouteParts } from '../server.js'
import { predictions } from './access.js'
import { rawBodies } from './raw-bodies.js'
import { checkRuntimeRequest } from './runtime-request.js'
import { chooseModel } from './target-header.js'

/** What answers with no prediction: of clients, the words for its errors are the service's (`runtime-errors.ts`). */
const others = {
  'invocations-response-stream': 'This host does not stream answers. Use InvokeEndpoint.',
  'async-invocations': 'This host has no asynchronous inference. Use InvokeEndpoint.',
}

/**
 * `POST /endpoints/{EndpointName}/invocations`, as the SageMaker Runtime service answers it: AWS SDKs work unchanged. Any
 * endpoint name means this host; signatures are not checked.
 *
 * @see SageMaker Runtime API, InvokeEndpoint
 */
export const runtimeRoutes: FastifyPluginAsync<RouteParts> = async (app, parts) => {
  await app.register(rawBodies)
  const check = ({ params, raw, sentContentType }: FastifyRequest) =>
    checkRuntimeRequest((params as { endpoint: string }).endpoint, raw.headers, sentContentType)

  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.statusCode === 200) reply.header(variantHeader, 'AllTraffic')
    done()
  })

  app.post('/endpoints/:endpoint/invocations', { ...predictions, ...described(invokeEndpoint) }, (request, reply) => {
    check(request)
    const model = chooseModel(parts, request.raw)
    reply.header('x-amzn-requestid', request.id)
    parts.invoke(model, request, reply)
  })

  for (const path of Object.keys(others) as (keyof typeof others)[]) {
    const options = { ...predictions, ...described(otherEndpointCalls[path]) }
    app.post(`/endpoints/:endpoint/${path}`, options, (request: FastifyRequest, _reply: FastifyReply) => {
      check(request)
      throw fail('RUNTIME_REQUEST_INVALID', { problem: others[path] })
    })
  }
}

const variantHeader = 'x-amzn-invoked-production-variant'
