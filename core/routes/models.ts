import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { receiveBody } from '../body.js'
import { fail } from '../errors.js'
import type { PredictRequest } from '../lane-queue.js'
import { checkUrl } from '../params.js'
import { Semaphore } from '../semaphore.js'
import { type HostParts, maxNameBytes } from '../server.js'
import { rawBodies } from './raw-bodies.js'

/**
 * The SageMaker multi-model contract: load, list, get, unload, invoke. The path alone names the model.
 *
 * @see SageMaker developer guide, mms-container-apis
 */
export const modelRoutes: FastifyPluginAsync<HostParts> = async (app, { models, settings }) => {
  await app.register(rawBodies)
  const heldBodies = new Semaphore(settings.heldBodyBytes)

  app.post('/models', async (request, reply) => {
    const { bytes, release } = await receiveBody(request.raw, maxLoadBodyBytes, heldBodies)
    release()
    const { name, url } = readLoadRequest(bytes)
    return reply.send(await models.load(name, url))
  })

  app.get('/models', async request => {
    const { after, limit } = readListQuery(request.query as Record<string, unknown>)
    const page = models.list(after, limit)
    return { models: page.models, ...(page.next === undefined ? {} : { nextPageToken: tokenOf(page.next) }) }
  })

  app.get<Named>('/models/:name', async request => models.get(request.params.name))

  app.delete<Named>('/models/:name', async request => {
    await models.unload(request.params.name)
    return { modelName: request.params.name }
  })

  app.post<Named>('/models/:name/invoke', async (request, reply) => {
    const { name } = request.params
    models.mustBeReady(name)
    const { bytes, release } = await receiveBody(request.raw, settings.maxBodyBytes, heldBodies)
    try {
      const pending = models.predict(name, predictRequest(request, bytes))
      // Also emitted after the answer was written; then there is nothing to cancel.
      reply.raw.once('close', () => {
        if (!reply.raw.writableEnded) models.cancel(pending)
      })
      const { type, customAttributes, body } = await pending.answer
      reply.header('content-type', type)
      if (customAttributes !== '') reply.header(attributesHeader, customAttributes)
      return send(reply, body)
    } finally {
      release()
    }
  })
}

interface Named {
  Params: { name: string }
}

const attributesHeader = 'x-amzn-sagemaker-custom-attributes'
const maxLoadBodyBytes = 65_536
const loadRequestShape = '{"model_name": "...", "url": "/path/of/the/artifact"}'
const defaultLimit = 100
const maxLimit = 1000

function predictRequest({ id, raw, sentContentType }: FastifyRequest, body: Uint8Array): PredictRequest {
  const { headers } = raw
  return {
    body,
    requestId: id,
    contentType: sentContentType,
    contentEncoding: headers['content-encoding'],
    accept: headers.accept,
    customAttributes: (headers[attributesHeader] as string | undefined) ?? '',
  }
}

function send(reply: FastifyReply, body: Uint8Array): FastifyReply {
  return reply.send(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
}

function readLoadRequest(bytes: Uint8Array): { name: string; url: string } {
  const malformed = (problem: string) => fail('BODY_MALFORMED', { problem, expected: loadRequestShape })
  if (bytes.length === 0) throw malformed('The body is empty.')
  let request: unknown
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw malformed('The body is not valid JSON.')
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw malformed('The body is not a JSON object.')
  }
  const { model_name: name, url } = request as Record<string, unknown>
  if (typeof name !== 'string' || name === '') throw malformed('model_name is missing or not a non-empty string.')
  if (!name.isWellFormed() || encodeURIComponent(name).length > maxNameBytes) {
    throw malformed(`model_name is not valid Unicode, or longer than ${maxNameBytes} bytes in a URL.`)
  }
  if (typeof url !== 'string') throw malformed('url is missing or not a string.')
  return { name, url: checkUrl(url) }
}

function readListQuery(query: Record<string, unknown>): { after: number; limit: number } {
  const { next_page_token: token, limit } = query
  const after = token === undefined || token === '' ? 0 : sequenceOf(token)
  if (after === undefined) {
    throw fail('QUERY_INVALID', {
      parameter: 'next_page_token',
      problem: 'is not a token of this list. Send nextPageToken as it was received.',
    })
  }
  const count = limit === undefined ? defaultLimit : Number(limit)
  if (typeof limit === 'object' || !Number.isInteger(count) || count < 1 || count > maxLimit) {
    throw fail('QUERY_INVALID', { parameter: 'limit', problem: `must be an integer from 1 to ${maxLimit}.` })
  }
  return { after, limit: count }
}

const tokenOf = (sequence: number): string => Buffer.from(`after ${sequence}`).toString('base64url')

function sequenceOf(token: unknown): number | undefined {
  const text = typeof token === 'string' ? Buffer.from(token, 'base64url').toString('latin1') : ''
  const sequence = Number(/^after (\d{1,15})$/.exec(text)?.[1])
  return Number.isInteger(sequence) ? sequence : undefined
}
