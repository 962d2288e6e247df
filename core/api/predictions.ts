/** What a prediction is asked with and answered with; the plugins' own schemas are components of the document. */
import { Type } from 'typebox'
import { type Answer, named, type RouteDescription } from './route.js'

export const asking =
  'The type of the body says what its instances are. One instance alone fails with the status of its error; in a list (CSV, lines, `instances`) an error stands in the place of its instance, and the status is 200. What fits a model is the request of its plugin: `GET /models/{name}` says which that is.'

const customAttributes = 'X-Amzn-SageMaker-Custom-Attributes'

export const predictionHeaders = {
  [customAttributes]: Type.Optional(
    Type.String({ maxLength: 1024, description: 'For the plugin; printable ASCII. Comes back as the plugin left it.' }),
  ),
  'X-Request-Id': Type.Optional(
    Type.String({ description: 'Names the request in the log; made by the host without it.' }),
  ),
}

const textOf = (description: string, example: string) => ({
  schema: Type.String({ description, examples: [example] }),
})

export const predictionBody: NonNullable<RouteDescription['body']> = {
  content: {
    'application/json': { schema: { anyOf: [named('Instance'), named('Instances')] } },
    'text/csv': textOf(
      "Each row is one instance; its columns are the request's properties in their order. No header, or `text/csv; header=present`.",
      'A text.,Another text.\n',
    ),
    'text/plain': textOf('One text: the first required string of a request.', 'A text.'),
    'application/jsonlines': textOf('Each line is one instance, in JSON.', '{"text": "A text."}\n'),
    'application/vnd.modelhost.rows+json': { schema: named('Rows') },
  },
}

export const predictionAnswer: Answer = {
  description: 'The prediction, or a list with one entry an instance: a prediction, or its error.',
  headers: {
    'Server-Timing': Type.String({
      description: 'Milliseconds: `predict;dur=` in a lane; `load;dur=` where this request waited for a load.',
    }),
    [customAttributes]: Type.String({ description: 'As the plugin left them.' }),
  },
  content: {
    'application/json': { schema: { anyOf: [named('Prediction'), named('Predictions'), named('PredictionList')] } },
    'text/csv': { schema: Type.String({ description: 'A row an instance, for `Accept: text/csv` of CSV.' }) },
    'application/jsonlines': { schema: Type.String({ description: 'A line an instance.' }) },
    'application/vnd.modelhost.rows+json': { schema: named('RowAnswers') },
  },
}
