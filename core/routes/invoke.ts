import type { FastifyReply, FastifyRequest } from 'fastify'
import { receiveBody } from '../body.js'
import type { PredictAnswer, PredictRequest } from '../lane-queue.js'
import { roundMs } from '../quantities.js'
import type { Semaphore } from '../semaphore.js'
import type { HostParts } from '../server.js'
import { Callers } from './callers.js'

/**
 * Asks a model for the prediction of a request, and answers.
 *
 * @param name  a model's name, or a target
 * @throws HostError as `Invoker.expect`; what fails later is sent
 */
export type Invoke = (name: string, request: FastifyRequest, reply: FastifyReply) => void

/** The one way of all routes that predict. It is the hot path: callbacks, no promise a request. */
export function createInvoke({ invoker, settings, open }: HostParts, held: Semaphore): Invoke {
  const limits = { maxBytes: settings.maxBodyBytes, held, open }
  const callers = new Callers()
  return (name, request, reply) => {
    const { socket } = request.raw
    invoker.expect(name)
    receiveBody(request.raw, limits, (error, body, release) => {
      if (error) return reply.send(error)
      try {
        const invocation = invoker.invoke(name, predictRequest(request, body), (failure, answer, loadMs) => {
          callers.delete(socket, invocation)
          release()
          if (answer) return sendAnswer(reply, answer, loadMs)
          if (loadMs !== undefined) reply.header(timingHeader, `load;dur=${roundMs(loadMs)}`)
          reply.send(failure)
        })
        callers.add(socket, invocation)
      } catch (refused) {
        release()
        reply.send(refused)
      }
    })
  }
}

export const attributesHeader = 'x-amzn-sagemaker-custom-attributes'
/** @see W3C, Server Timing: durations are milliseconds */
export const timingHeader = 'server-timing'
const asItIs = (payload: unknown) => payload as string
/** An answer of so many bytes goes out in one write with its head. */
export const oneWriteBytes = 8192

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

/** @returns the value of `timingHeader` */
export function serverTiming(predictMs: number, loadMs: number | undefined): string {
  const predict = `predict;dur=${roundMs(predictMs)}`
  return loadMs === undefined ? predict : `load;dur=${roundMs(loadMs)}, ${predict}`
}

function sendAnswer(reply: FastifyReply, answer: PredictAnswer, loadMs: number | undefined): void {
  const { type, customAttributes, body, predictMs } = answer
  reply.header(timingHeader, serverTiming(predictMs, loadMs))
  // Its own serializer, so that Fastify leaves the content type as the codec has it.
  reply.header('content-type', type).serializer(asItIs)
  if (customAttributes !== '') reply.header(attributesHeader, customAttributes)
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // A string goes out in one write with the head; answers are text, so nothing is lost.
  reply.send(bytes.length <= oneWriteBytes ? bytes.toString() : bytes)
}
