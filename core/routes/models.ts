import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { type BodyLimits, receiveBody } from '../body.js'
import { fail } from '../errors.js'
import type { PredictAnswer, PredictRequest } from '../lane-queue.js'
import { checkUrl } from '../params.js'
import { Semaphore } from '../semaphore.js'
import { type HostParts, maxNameBytes } from '../server.js'
import { Callers } from './callers.js'
import { rawBodies } from './raw-bodies.js'

/**
 * The SageMaker multi-model contract: load, list, get, unload, invoke. The path alone names the model.
 *
 * @see SageMaker developer guide, mms-container-apis
 */
export const modelRoutes: FastifyPluginAsync<HostParts> = async (app, { models, invoker, settings, open }) => {
  await app.register(rawBodies)
  const held = new Semaphore(settings.heldBodyBytes)
  const invokeLimits = { maxBytes: settings.maxBodyBytes, held, open }
  const loadLimits = { maxBytes: maxLoadBodyBytes, held, open }
  const callers = new Callers()

  app.post('/models', async (request, reply) => {
    const { name, url } = readLoadRequest(await loadBody(request.raw, loadLimits))
    return reply.send(await untilGivenUp(open, models.load(name, { folder: url })))
  })

  app.get('/models', async request => {
    const { after, limit } = readListQuery(request.query as Record<string, unknown>)
    const page = models.list(after, limit)
    return { models: page.models, ...(page.next === undefined ? {} : { nextPageToken: tokenOf(page.next) }) }
  })

  app.get<Named>('/models/:name', async request => models.get(request.params.name))

  app.delete<Named>('/models/:name', async request => {
    await untilGivenUp(open, models.unload(request.params.name))
    return { modelName: request.params.name }
  })

  // The hot path: callbacks all the way, no promise a request.
  app.post<Named>('/models/:name/invoke', (request, reply) => {
    const { name } = request.params
    const { socket } = request.raw
    invoker.expect(name)
    receiveBody(request.raw, invokeLimits, (error, body, release) => {
      if (error) return reply.send(error)
      try {
        const invocation = invoker.invoke(name, predictRequest(request, body), (failure, answer) => {
          callers.delete(socket, invocation)
          release()
          if (answer) sendAnswer(reply, answer)
          else reply.send(failure)
        })
        callers.add(socket, invocation)
      } catch (refused) {
        release()
        reply.send(refused)
      }
    })
  })
}

interface Named {
  Params: { name: string }
}

const attributesHeader = 'x-amzn-sagemaker-custom-attributes'
const maxLoadBodyBytes = 65_536
const loadRequestShape = '{"model_name": "...", "url": "/path/of/the/artifact"}'
const asItIs = (payload: unknown) => payload as string
const oneWriteBytes = 8192
const defaultLimit = 100
const maxLimit = 1000

function predictRequest({ id, raw, sentContentType }: FastifyRequest, body: Uint8Array): PredictRequest {
  const { headers } = raw
  const head = {
    contentType: sentContentType,
    contentEncoding: headers['content-encoding'],
    accept: headers.accept,
    customAttributes: (headers[attributesHeader] as string | undefined) ?? '',
  }
  return { requestId: id, head, body }
}

function sendAnswer(reply: FastifyReply, { type, customAttributes, body }: PredictAnswer): void {
  // Its own serializer, so that Fastify leaves the content type as the codec has it.
  reply.header('content-type', type).serializer(asItIs)
  if (customAttributes !== '') reply.header(attributesHeader, customAttributes)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // A string goes out in one write with the head; answers are text, so nothing is lost.
  reply.send(bytes.length <= oneWriteBytes ? bytes.toString() : bytes)
}

function loadBody(request: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    receiveBody(request, limits, (error, bytes, release) => {
      release()
      if (!error) resolve(bytes)
      else if (error.code === 'BODY_TOO_LARGE')
        reject(malformedLoad(`The body is larger than ${maxLoadBodyBytes} bytes.`))
      else reject(error)
    })
  })
}

/** Work that goes on unheard when the time to drain is over. */
function untilGivenUp<T>(open: HostParts['open'], work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    open.add(reject)
    work.then(resolve, reject).finally(() => open.delete(reject))
  })
}

const malformedLoad = (problem: string) => fail('BODY_MALFORMED', { problem, expected: loadRequestShape })

function readLoadRequest(bytes: Uint8Array): { name: string; url: string } {
  if (bytes.length === 0) throw malformedLoad('The body is empty.')
  let request: unknown
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw malformedLoad('The body is not valid JSON.')
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw malformedLoad('The body is not a JSON object.')
  }
  const { model_name: name, url } = request as Record<string, unknown>
  if (typeof name !== 'string' || name === '') throw malformedLoad('model_name is missing or not a non-empty string.')
  if (!name.isWellFormed() || encodeURIComponent(name).length > maxNameBytes) {
    throw malformedLoad(`model_name is not valid Unicode, or longer than ${maxNameBytes} bytes in a URL.`)
  }
  if (typeof url !== 'string') throw malformedLoad('url is missing or not a string.')
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
