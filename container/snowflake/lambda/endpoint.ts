/** One call of InvokeEndpoint, and what its errors mean for a batch. */
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import type { Settings } from './settings.js'

/**
 * The rows of Snowflake as they are, in and out: modelhost reads them, and leaves the largest values of an answer out
 * that the gateway could not return.
 */
const rowsType = (maxAnswerBytes: number) => `application/vnd.modelhost.rows+json; max-answer-bytes=${maxAnswerBytes}`

export interface Failure {
  /** Of the gateway's answer, if this ends the batch. */
  readonly status: number
  readonly code: string
  readonly message: string
  /** Does it concern this one model, while others may well answer? */
  readonly isOfModel: boolean
  /** Were there too many bytes in one call, one way or the other? */
  readonly isTooLarge: boolean
}

export type Endpoint = (
  model: string | undefined,
  body: string,
  signal: AbortSignal,
) => Promise<{ text: string } | { failure: Failure }>

/** Region, credentials and, in tests, the URL (AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME) come from the environment. */
export function openEndpoint({ endpoint, invokesAtOnce, answerBytes }: Settings): Endpoint {
  const connections = { maxSockets: invokesAtOnce }
  const client = new SageMakerRuntimeClient({
    // One repetition mends a lost connection; what lasts longer is for Snowflake to repeat, which has more time.
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: 3000,
      httpAgent: connections,
      httpsAgent: connections,
    },
  })
  const ContentType = rowsType(answerBytes)
  return async (TargetModel, Body, abortSignal) => {
    const question = { EndpointName: endpoint, TargetModel, ContentType, Body }
    try {
      const answer = await client.send(new InvokeEndpointCommand(question), { abortSignal })
      // An empty body is none at all to the SDK, whatever its types say.
      return { text: (answer.Body as typeof answer.Body | null)?.transformToString() ?? '' }
    } catch (error) {
      return { failure: readFailure(error as ServiceError) }
    }
  }
}

type ServiceError = Error & {
  readonly code?: string
  readonly OriginalStatusCode?: number
  readonly OriginalMessage?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** By the name of the exception: the status that makes Snowflake do the right thing. */
const statuses: Readonly<Record<string, number>> = {
  ModelNotReadyException: 429,
  ThrottlingException: 429,
  TooManyRequestsException: 429,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  InternalFailure: 500,
  InternalDependencyException: 503,
  ValidationError: 400,
  ValidationException: 400,
}

/** @see SageMaker Runtime API, InvokeEndpoint, Errors */
export function readFailure(error: ServiceError): Failure {
  if (error.name === 'ModelError') return readModelError(error)
  const sent = error.$metadata?.httpStatusCode
  const status = statuses[error.name] ?? (sent !== undefined && sent >= 400 ? sent : 503)
  const isRefusal = status === 400
  return {
    status,
    code: error.name,
    message: `The SageMaker endpoint could not be asked: ${error.message}`,
    // No object of this name, say; but not "Endpoint x of account y not found."
    isOfModel: isRefusal && !error.message.startsWith('Endpoint '),
    isTooLarge: status === 413 || (isRefusal && saysTooLarge(error.message)) || isCutOff(error),
  }
}

function readModelError({ OriginalStatusCode: original = 500, OriginalMessage, message }: ServiceError): Failure {
  const isBusy = original === 429 || original === 503
  return {
    // What is the caller's to mend ends the query; 5xx is worth another try.
    status: original < 500 ? original : isBusy || original > 500 ? 503 : 500,
    code: codeOf(OriginalMessage) ?? 'ModelError',
    message: `The model answered ${original}: ${messageOf(OriginalMessage) ?? message}`,
    isOfModel: !isBusy,
    isTooLarge: original === 413,
  }
}

/** Phrases of the service, of its serverless kind, and of modelhost. */
const saysTooLarge = (message: string): boolean =>
  message.includes('body') &&
  ['larger than', 'oversize', 'less than or equal to', 'exceed'].some(phrase => message.includes(phrase))

/** A connection that breaks off may be an answer that the service does not let through. */
const isCutOff = ({ code }: ServiceError): boolean => code === 'ECONNRESET' || code === 'EPIPE'

const codeOf = (body: string | undefined) => errorOf(body)?.code
const messageOf = (body: string | undefined) => errorOf(body)?.message

/** A host's `{"error": {"code", "message"}}`. */
function errorOf(body = ''): { code?: string; message?: string } | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: { code?: unknown; message?: unknown } }
    return typeof error?.code === 'string' && typeof error.message === 'string'
      ? { code: error.code, message: error.message }
      : undefined
  } catch {
    return undefined
  }
}
