/** The schemas of the document that routes name: what models are asked and answer, by plugin. */
import { Type } from 'typebox'
import { errors } from '../errors.js'
import type { AnyPlugin } from '../plugin.js'
import { type JsonSchema, pluginSchema } from './plugin-schema.js'
import { named } from './route.js'
import { sampleRequests } from './sample.js'

/** @param plugins  those of the host; what they take and answer is what its models do */
export function componentsOf(plugins: readonly AnyPlugin[]): Record<string, JsonSchema> {
  const ofPlugins = plugins.flatMap(({ name, summary, request, response }) => {
    const [sent, answered] = [`${name}.request`, `${name}.response`]
    return [
      [
        sent,
        pluginSchema(request, { name: sent, isSent: true, description: `A request to a ${name} model. ${summary}` }),
      ],
      [
        answered,
        pluginSchema(response, { name: answered, isSent: false, description: `A prediction of a ${name} model.` }),
      ],
    ]
  })
  const oneOf = (part: 'request' | 'response', description: string) => ({
    description,
    anyOf: plugins.map(({ name }) => named(`${name}.${part}`)),
  })
  const predictionOrError = { anyOf: [named('Prediction'), named('Error')] }
  return {
    Error: Type.Object({
      error: Type.Object({
        code: Type.Enum(Object.keys(errors), { description: 'For programs.' }),
        message: Type.String({ description: 'For people: names the thing, what is wrong, and the next step.' }),
      }),
    }),
    Instance: oneOf(
      'request',
      'What a model is asked: the request of its plugin. A JSON string is its first required string.',
    ),
    Instances: {
      type: 'object',
      description: 'Several requests at once.',
      required: ['instances'],
      properties: { instances: { type: 'array', items: named('Instance') } },
    },
    Prediction: oneOf('response', 'What a model answers: the response of its plugin.'),
    PredictionList: {
      type: 'array',
      description: 'Of CSV, an entry an instance: a prediction, as its plugin writes it for CSV, or an error.',
    },
    Predictions: {
      type: 'object',
      description: 'An entry an instance.',
      required: ['predictions'],
      properties: { predictions: { type: 'array', items: predictionOrError } },
    },
    Rows: {
      type: 'object',
      description: 'Rows of Snowflake: the number of each, and its arguments.',
      required: ['data'],
      properties: {
        data: { type: 'array', items: { type: 'array', minItems: 1, prefixItems: [{ type: 'integer' }] } },
      },
      examples: [{ data: [[0, 'A text.', 'Another text.']] }],
    },
    RowAnswers: {
      type: 'object',
      description:
        'The number of each row, and its value: a prediction, `null` where an argument is missing, or an error.',
      required: ['data'],
      properties: {
        data: {
          type: 'array',
          items: {
            type: 'array',
            minItems: 2,
            maxItems: 2,
            prefixItems: [{ type: 'integer' }, { anyOf: [...predictionOrError.anyOf, { type: 'null' }] }],
          },
        },
      },
      examples: [{ data: [[0, 0.6]] }],
    },
    ...Object.fromEntries(ofPlugins),
  }
}

/** @returns a name for each form of each plugin's request, `MySentiment.request.2` for one -> such a request */
export function requestExamples(plugins: readonly AnyPlugin[]): Record<string, { readonly value: unknown }> {
  const examples = plugins.flatMap(({ name, request }) =>
    sampleRequests(request).map((value, i) => [`${name}.request${i === 0 ? '' : `.${i + 1}`}`, { value }]),
  )
  return Object.fromEntries(examples)
}
