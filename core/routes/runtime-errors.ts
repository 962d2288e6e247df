/** Errors as the SageMaker Runtime service says them, so that AWS SDKs make exceptions of them. */
import type { ErrorCode, HostError } from '../errors.js'
import { type ErrorAnswer, plainAnswer } from '../http-errors.js'

type RuntimeError = keyof typeof statuses

/**
 * @see SageMaker Runtime API, InvokeEndpoint, Errors; AWS API, Common Errors
 */
const statuses = {
  ValidationError: 400,
  AccessDeniedException: 403,
  UnknownOperationException: 404,
  ModelError: 424,
  ModelNotReadyException: 429,
  InternalFailure: 500,
  ServiceUnavailable: 503,
} as const

/** What is not here comes from the model or its artifact: the service's ModelError. */
const names: Partial<Record<ErrorCode, RuntimeError>> = {
  TARGET_INVALID: 'ValidationError',
  TARGET_MISSING: 'ValidationError',
  TARGET_UNEXPECTED: 'ValidationError',
  TARGET_NOT_FOUND: 'ValidationError',
  MODEL_NOT_LOADED: 'ValidationError',
  RUNTIME_REQUEST_INVALID: 'ValidationError',
  REQUEST_MALFORMED: 'ValidationError',
  REQUEST_TIMEOUT: 'ValidationError',
  HEADERS_TOO_LARGE: 'ValidationError',
  BODY_TOO_LARGE: 'ValidationError',
  CALLER_GONE: 'ValidationError',
  UNAUTHORIZED: 'AccessDeniedException',
  ROUTE_UNKNOWN: 'UnknownOperationException',
  METHOD_NOT_ALLOWED: 'UnknownOperationException',
  MODEL_NOT_READY: 'ModelNotReadyException',
  QUEUE_FULL: 'ServiceUnavailable',
  LOADS_FULL: 'ServiceUnavailable',
  DRAINING: 'ServiceUnavailable',
  STORE_UNAVAILABLE: 'InternalFailure',
  STORE_DENIED: 'InternalFailure',
  INTERNAL: 'InternalFailure',
}

/** Do callers of this path expect the service's errors? */
export const isRuntimePath = (path: string): boolean => path.startsWith('/endpoints/')

/**
 * @param path       as it was asked for; its endpoint names the log
 * @param requestId  none where the request could not be read
 */
export function runtimeAnswer(error: HostError, path: string, requestId: string | undefined): ErrorAnswer {
  const name = names[error.code] ?? 'ModelError'
  const plain = plainAnswer(error)
  const body = name === 'ModelError' ? modelError(plain, path) : { Message: error.message }
  return {
    status: error.code === 'METHOD_NOT_ALLOWED' ? error.status : statuses[name],
    headers: {
      'content-type': 'application/json',
      // Clients go by this header; a code in the body would be the name of their exception, were it there.
      'x-amzn-errortype': name,
      ...(requestId === undefined ? {} : { 'x-amzn-requestid': requestId }),
      ...(plain.headers['retry-after'] === undefined ? {} : { 'retry-after': plain.headers['retry-after'] }),
    },
    body: JSON.stringify(body),
  }
}

/** What the service says of an answer of the container that is an error. */
function modelError({ status, body }: ErrorAnswer, path: string) {
  const isClients = status < 500
  const endpoint = path.split('/')[2] ?? ''
  const kind = isClients ? 'client' : 'server'
  return {
    ErrorCode: isClients ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL',
    // There is no such log; programs that read the name of the endpoint from it find it.
    LogStreamArn: `arn:aws:logs:local:000000000000:log-group:/aws/sagemaker/Endpoints/${endpoint}`,
    Message: `Received ${kind} error (${status}) from primary with message "${body}". See the log of this host for more information.`,
    OriginalMessage: body,
    OriginalStatusCode: status,
  }
}
