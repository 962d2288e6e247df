import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply } from 'fastify'
import { describeError, fail, type HostError, isHostError } from './errors.js'

/** The only place where an error becomes HTTP. */
interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string }
}

export interface ErrorAnswer {
  readonly status: number
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const errorBody = ({ code, message }: HostError): ErrorBody => ({ error: { code, message } })

const retryAfterSeconds = '1'
const asItIs = (payload: unknown) => payload as string

/** Our JSON, of all paths but those whose clients expect another. */
export function plainAnswer(error: HostError): ErrorAnswer {
  const { status } = error
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(status === 503 || status === 429 ? { 'retry-after': retryAfterSeconds } : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify(errorBody(error)),
  }
}

export function sendError(reply: FastifyReply, { status, headers, body }: ErrorAnswer): FastifyReply {
  // Its own serializer, so that Fastify adds no charset: JSON has none.
  return reply.code(status).headers(headers).serializer(asItIs).send(body)
}

/** What was thrown while a request was handled, as one of ours. */
export function toHostError(error: unknown, limits: { maxBodyBytes: number }): HostError {
  if (isHostError(error)) return error
  const { code, statusCode, message } = (error ?? {}) as FastifyError
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

/**
 * Answers what Node's parser refused: there is no request, only a socket.
 *
 * @param answerOf  how the caller expects the error
 */
export function answerClientError(error: HostError, socket: Socket, answerOf: (error: HostError) => ErrorAnswer): void {
  const { status, headers, body } = answerOf(error)
  const fields = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`, ...lines, '', body].join('\r\n'))
}

/** What Node's parser refused, as one of ours. */
export function toClientError(error: NodeJS.ErrnoException, bodyTimeoutMs: number): HostError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return fail('REQUEST_TIMEOUT', { limitMs: bodyTimeoutMs }, error)
  if (error.code === 'HPE_HEADER_OVERFLOW') return fail('HEADERS_TOO_LARGE', {}, error)
  return fail('REQUEST_MALFORMED', { problem: `Node's HTTP parser says ${error.code ?? error.message}` }, error)
}
