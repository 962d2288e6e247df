import { Type } from 'typebox'
import { bodyCodes, failures, loadCodes, pagingCodes, predictCodes } from './failures.js'
import { asking, predictionAnswer, predictionBody, predictionHeaders } from './predictions.js'
import { answers, type RouteDescription } from './route.js'

export const pageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Entries of one page.' })),
  next_page_token: Type.Optional(Type.String({ description: 'nextPageToken of the page before, as it was received.' })),
})
export const nextPageToken = Type.Optional(Type.String({ description: 'Where the list goes on; absent at its end.' }))

const modelName = Type.Object({
  name: Type.String({
    description:
      "The model's name, percent-encoded in the path; where there is a store, a target; where there is one model, `model`.",
  }),
})

const model = Type.Object({
  modelName: Type.String({ description: 'As it was sent.' }),
  modelUrl: Type.String({ description: 'Where its artifact is.' }),
  plugin: Type.String({ description: 'What runs it.' }),
  pluginVersion: Type.String(),
  bytes: Type.Integer({ description: 'What it takes of the memory budget now.' }),
  lanes: Type.Integer({ description: 'Threads in which it is resident; more while it is busy.' }),
  waiting: Type.Integer({ description: 'Its requests that wait.' }),
  running: Type.Integer({ description: 'Its requests that run.' }),
  loadedAt: Type.String({ format: 'date-time' }),
  loadMs: Type.Number({ description: 'How long its load took, in milliseconds.' }),
})
const claims = {
  modelName: 'claims',
  modelUrl: '/models/claims',
  plugin: 'MySentiment',
  pluginVersion: '1.0.0',
  bytes: 6744,
  lanes: 1,
  waiting: 0,
  running: 0,
  loadedAt: '2026-11-22T03:25:21.646Z',
  loadMs: 21.243,
}

export const loadModel: RouteDescription = {
  operationId: 'loadModel',
  summary: 'Load a model',
  description:
    'Done when it is answered. The body is JSON of at most 64 KiB, whatever its `Content-Type`. Where there is a store, this pins a target of it: it is loaded, and never evicted.',
  tags: ['Models'],
  body: {
    content: {
      'application/json': {
        schema: Type.Object(
          {
            model_name: Type.String({
              minLength: 1,
              description: 'The name to load it under: any string. Where there is a store, the target.',
            }),
            url: Type.Optional(
              Type.String({
                description:
                  'Absolute path of the artifact folder, as the host sees it. Left out where there is a store.',
              }),
            ),
          },
          { examples: [{ model_name: 'claims', url: '/models/claims' }] },
        ),
      },
    },
  },
  response: {
    200: answers('It is loaded, and answers from now on.', model, { loaded: claims }),
    ...failures([...bodyCodes, 'URL_INVALID', 'TARGET_INVALID', 'MODEL_ALREADY_LOADED', 'MODEL_LOADING', ...loadCodes]),
  },
}

export const listModels: RouteDescription = {
  operationId: 'listModels',
  summary: 'List the loaded models',
  description: 'In the order of their loads, in pages.',
  tags: ['Models'],
  querystring: pageQuery,
  response: {
    200: answers('One page.', Type.Object({ models: Type.Array(model), nextPageToken }), {
      last: { models: [claims] },
      first: { models: [claims], nextPageToken: 'YWZ0ZXIgMQ' },
    }),
    ...failures(pagingCodes),
  },
}

export const getModel: RouteDescription = {
  operationId: 'getModel',
  summary: 'Look at one model',
  tags: ['Models'],
  params: modelName,
  response: { 200: answers('It is loaded.', model, { loaded: claims }), ...failures(['MODEL_NOT_LOADED']) },
}

export const unloadModel: RouteDescription = {
  operationId: 'unloadModel',
  summary: 'Unload a model',
  description:
    'It is unknown to new requests at once; those accepted before are answered, its memory is given back, and then this answers. Where there is a store, this unpins a target, too.',
  tags: ['Models'],
  params: modelName,
  response: {
    200: answers('It is gone.', Type.Object({ modelName: Type.String() }), { unloaded: { modelName: 'claims' } }),
    ...failures(['MODEL_NOT_LOADED']),
  },
}

export const invokeModel: RouteDescription = {
  operationId: 'invokeModel',
  summary: 'Ask a model',
  description: `The path alone names the model. ${asking}`,
  tags: ['Models'],
  params: modelName,
  headers: Type.Object(predictionHeaders),
  body: predictionBody,
  response: { 200: predictionAnswer, ...failures(predictCodes) },
}
