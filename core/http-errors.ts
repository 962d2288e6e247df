import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply } from 'fastify'
import { describeError, errors, fail, type HostError, isHostError } from './errors.js'

/** The only place where an error becomes HTTP. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string }
}

export const errorBody = ({ code, message }: HostError): ErrorBody => ({ error: { code, message } })

const retryAfterSeconds = 1

export function sendError(reply: FastifyReply, error: HostError): FastifyReply {
  if (error.status === 503) reply.header('retry-after', retryAfterSeconds)
  return reply
    .code(error.status)
    .type('application/json')
    .send(JSON.stringify(errorBody(error)))
}

/** What was thrown while a request was handled, as one of ours. */
export function toHostError(error: unknown, limits: { maxBodyBytes: number }): HostError {
  if (isHostError(error)) return error
  const { code, statusCode, message } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return fail('BODY_TOO_LARGE', { limitBytes: limits.maxBodyBytes }, error)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return fail('MEDIA_TYPE_UNSUPPORTED', { type: '', supported: ['application/json'] }, error)
  }
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return fail('REQUEST_MALFORMED', { problem: 'its path is no valid percent-encoded UTF-8, or too long' }, error)
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return fail('REQUEST_MALFORMED', { problem: message }, error)
  }
  return fail('INTERNAL', { problem: describeError(error) }, error)
}

const reasons: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
}

/** Answers what Node's parser refused: there is no request, only a socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, bodyTimeoutMs: number): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) {
    socket.destroy()
    return
  }
  const answer = clientError(error, bodyTimeoutMs)
  const body = JSON.stringify(errorBody(answer))
  const { status } = errors[answer.code]
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function clientError(error: NodeJS.ErrnoException, bodyTimeoutMs: number): HostError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return fail('REQUEST_TIMEOUT', { limitMs: bodyTimeoutMs }, error)
  if (error.code === 'HPE_HEADER_OVERFLOW') return fail('HEADERS_TOO_LARGE', {}, error)
  return fail('REQUEST_MALFORMED', { problem: `Node's HTTP parser says ${error.code ?? error.message}` }, error)
}
