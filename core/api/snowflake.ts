import { Type } from 'typebox'
import { failures, predictCodes } from './failures.js'
import { type Answer, answers, named, type RouteDescription } from './route.js'

const byName = Type.Object({
  name: Type.String({ description: 'The model, as in `/models/{name}/invoke`; a target with `%2F` for its slashes.' }),
})
const batchId = { 'sf-external-function-query-batch-id': Type.String({ description: 'Names the batch.' }) }
const headers = Type.Object({
  'sf-external-function-format': Type.Optional(Type.Literal('json')),
  'sf-external-function-format-version': Type.Optional(Type.Literal('1.0')),
  'sf-external-function-query-batch-id': Type.Optional(batchId['sf-external-function-query-batch-id']),
})

const rows: Answer = {
  ...answers('The rows, each with its number.', named('RowAnswers')),
  headers: {
    'Content-MD5': Type.String({ description: 'Of what is sent; with `--snowflake-digest`.' }),
    'Server-Timing': Type.String({ description: 'Milliseconds, where the answer is fresh and of one model.' }),
  },
}
const accepted: Answer = {
  description: 'Accepted: ask for it by GET with the same batch id. Only with `--snowflake-async`.',
  type: 'null',
}
const codes = predictCodes.filter(code => code !== 'NOT_ACCEPTABLE')
const response = { 200: rows, 202: accepted, ...failures(codes) }

const batch = (operationId: string, summary: string, description: string): RouteDescription => ({
  operationId,
  summary,
  description: `${description} A row that is wrong, or fails, has an error as its value; the others are answered. The same batch sent again, by its id and body, is not computed again.`,
  tags: ['Snowflake'],
  headers,
  body: { content: { 'application/json': { schema: named('Rows') } } },
  response,
})

export const askRows: RouteDescription = {
  ...batch('askRows', 'Rows for one model', "A row's arguments fill the properties of a request in their order."),
  params: byName,
}

export const askRowsOfModels = batch(
  'askRowsOfModels',
  'Rows that name their models',
  "A row's first argument is its model, the others fill the properties of a request in their order.",
)

const poll = (operationId: string): RouteDescription => ({
  operationId,
  summary: 'What became of an accepted batch',
  description: 'Only where the host was started with `--snowflake-async`.',
  tags: ['Snowflake'],
  headers: Type.Object(batchId),
  response: { ...response, ...failures([...codes, 'BATCH_UNKNOWN']) },
})

export const pollRows: RouteDescription = { ...poll('pollRows'), params: byName }
export const pollRowsOfModels = poll('pollRowsOfModels')
