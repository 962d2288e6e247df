import { Type } from 'typebox'
import type { ErrorCode } from '../errors.js'
import { runtimeAnswer } from '../routes/runtime-errors.js'
import { failures, predictCodes } from './failures.js'
import { targetHeader } from './invocations.js'
import { predictionAnswer, predictionBody, predictionHeaders } from './predictions.js'
import type { RouteDescription } from './route.js'

const params = Type.Object({
  endpoint: Type.String({ maxLength: 63, description: 'Any name of an endpoint: it means this host.' }),
})
const headers = Type.Object({
  ...targetHeader,
  'X-Amzn-SageMaker-Target-Variant': Type.Optional(Type.Literal('AllTraffic')),
  ...predictionHeaders,
})

const modelError = Type.Object({
  ErrorCode: Type.Enum(['CLIENT_ERROR_FROM_MODEL', 'INTERNAL_FAILURE_FROM_MODEL']),
  LogStreamArn: Type.String(),
  Message: Type.String(),
  OriginalMessage: Type.String({ description: 'As /invocations would answer.' }),
  OriginalStatusCode: Type.Integer(),
})
const serviceError = Type.Object({ Message: Type.String() })

/** As the service says them. */
const runtimeFailures = (codes: readonly ErrorCode[]) =>
  failures(codes, {
    shape: {
      answerOf: error => runtimeAnswer(error, '/endpoints/local/invocations', 'r-17'),
      schema: status => (status === 424 ? modelError : serviceError),
    },
  })

export const invokeEndpoint: RouteDescription = {
  operationId: 'InvokeEndpoint',
  summary: 'InvokeEndpoint of the SageMaker Runtime service',
  description: 'Signatures are not checked; any region and credentials will do.',
  tags: ['SageMaker Runtime'],
  params,
  headers,
  body: predictionBody,
  response: {
    200: {
      ...predictionAnswer,
      headers: {
        ...predictionAnswer.headers,
        'X-Amzn-Invoked-Production-Variant': Type.String({ description: 'AllTraffic.' }),
      },
    },
    ...runtimeFailures(['RUNTIME_REQUEST_INVALID', 'TARGET_MISSING', 'TARGET_UNEXPECTED', ...predictCodes]),
  },
}

/** What the host does not do, and says so. */
const refused = (operationId: string, what: string): RouteDescription => ({
  operationId,
  summary: `${operationId}: refused`,
  description: what,
  tags: ['SageMaker Runtime'],
  params,
  response: runtimeFailures(['RUNTIME_REQUEST_INVALID']),
})

export const otherEndpointCalls = {
  'invocations-response-stream': refused('InvokeEndpointWithResponseStream', 'Answers are not streamed.'),
  'async-invocations': refused('InvokeEndpointAsync', 'There is no asynchronous inference.'),
} as const
