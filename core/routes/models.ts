import type { FastifyPluginAsync } from 'fastify'
import { getModel, invokeModel, listModels, loadModel, unloadModel } from '../api/models.js'
import { described } from '../api/route.js'
import type { HostParts, RouteParts } from '../server.js'
import { predictions } from './access.js'
import { maxLoadBodyBytes, readLoadRequest } from './load-request.js'
import { readPageQuery, writeToken } from './paging.js'
import { rawBodies } from './raw-bodies.js'

/**
 * The SageMaker multi-model contract: load, list, get, unload, invoke. The path alone names the model. Where there is one
 * model only, it is neither loaded nor unloaded by these.
 *
 * @see SageMaker developer guide, mms-container-apis
 */
export const modelRoutes: FastifyPluginAsync<RouteParts> = async (app, parts) => {
  const { models, management, invoke, settings, held, open } = parts
  await app.register(rawBodies)

  app.get('/models', described(listModels), async request => {
    const { after = 0, limit } = readPageQuery(request.query, sequenceOf)
    const page = models.list(after, limit)
    return { models: page.models, ...(page.next === undefined ? {} : { nextPageToken: writeToken(String(page.next)) }) }
  })

  app.get<Named>('/models/:name', described(getModel), async request => models.get(request.params.name))

  app.post<Named>('/models/:name/invoke', { ...predictions, ...described(invokeModel) }, (request, reply) =>
    invoke(request.params.name, request, reply),
  )

  if (!management) return
  const limits = { maxBytes: maxLoadBodyBytes, held, open }

  app.post('/models', described(loadModel), async request => {
    const { name, url } = await readLoadRequest(request.raw, limits, settings.mode)
    return untilGivenUp(open, management.load(name, url))
  })

  app.delete<Named>('/models/:name', described(unloadModel), async request => {
    await untilGivenUp(open, management.unload(request.params.name))
    return { modelName: request.params.name }
  })
}

interface Named {
  Params: { name: string }
}

/** Work that goes on unheard when the time to drain is over. */
function untilGivenUp<T>(open: HostParts['open'], work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    open.add(reject)
    work.then(resolve, reject).finally(() => open.delete(reject))
  })
}

const sequenceOf = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)
