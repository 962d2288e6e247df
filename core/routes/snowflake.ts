import type { FastifyPluginAsync } from 'fastify'
import { described } from '../api/route.js'
import { askRows, askRowsOfModels, pollRows, pollRowsOfModels } from '../api/snowflake.js'
import type { RouteParts } from '../server.js'
import { createAskModel, later } from '../snowflake/ask-model.js'
import { askModels } from '../snowflake/ask-models.js'
import { RowsThread } from '../snowflake/rows-thread.js'
import { predictions } from './access.js'
import { rawBodies } from './raw-bodies.js'
import { createBatchAnswering } from './snowflake-batch.js'

/**
 * What Snowflake's external functions call: rows in, rows out. The path names the model, or each row does, by its first argument.
 *
 * @see Snowflake documentation, external-functions-data-format and external-functions-implementation
 */
export const snowflakeRoutes: FastifyPluginAsync<RouteParts> = async (app, parts) => {
  const { settings, invoker, models, log } = parts
  await app.register(rawBodies)
  const maxBytes = settings.snowflakeBatchBytes
  const askModel = createAskModel(parts, maxBytes)
  const thread = new RowsThread(log)
  app.addHook('onClose', () => thread.close())
  const several = { askModel, thread, atOnce: settings.snowflakeModelsAtOnce, maxBytes }
  const batches = createBatchAnswering(parts)

  const expect = (model: string) => {
    try {
      invoker.expect(model)
    } catch (error) {
      throw later(error, model, models)
    }
  }

  app.post<Named>('/snowflake/:name', { ...predictions, ...described(askRows) }, (request, reply) => {
    const { name } = request.params
    batches.answer(request, reply, {
      path: pathOf(name),
      expect: () => expect(name),
      ask: (requestId, body, settle) => askModel(name, requestId, body, settle),
    })
  })

  app.post('/snowflake', { ...predictions, ...described(askRowsOfModels) }, (request, reply) => {
    batches.answer(request, reply, {
      path: '',
      expect() {},
      ask: (requestId, body, settle) => askModels(several, requestId, body, settle),
    })
  })

  if (!settings.snowflakeAsync) return
  app.get<Named>('/snowflake/:name', { ...polls, ...described(pollRows) }, (request, reply) =>
    batches.poll(request, reply, pathOf(request.params.name)),
  )
  app.get('/snowflake', { ...polls, ...described(pollRowsOfModels) }, (request, reply) =>
    batches.poll(request, reply, ''),
  )
}

interface Named {
  Params: { name: string }
}

/** No other path has this one's. */
const pathOf = (model: string) => `/${model}`

/** What was accepted before is answered while the host is going. A HEAD would fetch it unread. */
const polls = { config: { access: 'predictions', isLasting: true }, exposeHeadRoute: false } as const
