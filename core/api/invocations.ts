import { Type } from 'typebox'
import { failures, predictCodes } from './failures.js'
import { asking, predictionAnswer, predictionBody, predictionHeaders } from './predictions.js'
import { answers, type RouteDescription } from './route.js'

export const targetHeader = {
  'X-Amzn-SageMaker-Target-Model': Type.Optional(
    Type.String({
      description: 'The target: the path of a model below the store, in UTF-8. Left out where there is one model.',
    }),
  ),
}

export const invoke: RouteDescription = {
  operationId: 'invoke',
  summary: 'Ask the model of a header, or the only one',
  description: asking,
  tags: ['Invocations'],
  headers: Type.Object({ ...targetHeader, ...predictionHeaders }),
  body: predictionBody,
  response: { 200: predictionAnswer, ...failures(['TARGET_MISSING', 'TARGET_UNEXPECTED', ...predictCodes]) },
}

export const executionParameters: RouteDescription = {
  operationId: 'executionParameters',
  summary: 'How much a batch transform job may send',
  tags: ['Invocations'],
  response: {
    200: answers(
      'Requests at once (one a lane, and at most 100 MB together), and the megabytes of one.',
      Type.Object({
        MaxConcurrentTransforms: Type.Integer(),
        BatchStrategy: Type.Literal('MULTI_RECORD'),
        MaxPayloadInMB: Type.Integer(),
      }),
      { 'two lanes': { MaxConcurrentTransforms: 2, BatchStrategy: 'MULTI_RECORD', MaxPayloadInMB: 6 } },
    ),
    ...failures([]),
  },
}
