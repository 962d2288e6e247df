/** One call of InvokeEndpoint, and what its errors mean: whether another try may help, and what people are told. */
import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime'
import { makeQuietly, silentSdkLog } from '../../core/aws-sdk.js'
import { CommandError } from '../command.js'

export interface EndpointOptions {
  readonly name: string
  /** Both as the AWS SDK finds them where they are not said. */
  readonly region?: string
  readonly url?: string
  /** Connections at once. */
  readonly atOnce: number
}

export interface EndpointRequest {
  /** Absent where the endpoint has one model. */
  readonly target?: string
  readonly body: Uint8Array
  readonly contentType: string
  readonly accept?: string
  /** In which there must be an answer; the service's own limit where none is said, or a longer one. */
  readonly limitMs?: number
}

export interface EndpointFailure {
  /** Of the exception: `ModelNotReadyException`. */
  readonly name: string
  /** The service's; of an answer of the container that is an error, the container's. */
  readonly status: number | undefined
  readonly message: string
  /**
   * `wait`: the model, or the service, will be ready later; `again`: it may be a mishap, and is none if it stays; `no`: another
   * try is answered the same.
   */
  readonly retry: 'wait' | 'again' | 'no'
}

export type EndpointAnswer = { readonly body: Uint8Array } | { readonly failure: EndpointFailure }

export interface Endpoint {
  invoke(request: EndpointRequest, signal: AbortSignal): Promise<EndpointAnswer>
  close(): void
}

/** The service answers within 60 s; who waits longer waits for nobody. @see SageMaker Runtime API, InvokeEndpoint */
const longestMs = 70_000

export async function openEndpoint({ name, region, url, atOnce }: EndpointOptions): Promise<Endpoint> {
  const { InvokeEndpointCommand, SageMakerRuntimeClient } = await import('@aws-sdk/client-sagemaker-runtime')
  const connections = { keepAlive: true, maxSockets: atOnce }
  const client = makeQuietly(
    () =>
      new SageMakerRuntimeClient({
        ...(region === undefined ? {} : { region }),
        ...(url === undefined ? {} : { endpoint: url }),
        logger: silentSdkLog,
        // Tries are counted by who asks.
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 5000, httpAgent: connections, httpsAgent: connections },
      }),
  )
  const invoke: Endpoint['invoke'] = async (
    { target, body, contentType, accept, limitMs: givenMs = longestMs },
    signal,
  ) => {
    const input: InvokeEndpointCommandInput = {
      EndpointName: name,
      TargetModel: target,
      Body: body,
      ContentType: contentType,
      Accept: accept,
    }
    const limitMs = Math.ceil(Math.min(givenMs, longestMs))
    const late = AbortSignal.timeout(limitMs)
    try {
      const answer = await client.send(new InvokeEndpointCommand(input), {
        abortSignal: AbortSignal.any([signal, late]),
      })
      if (/^text\/html\b/.test(answer.ContentType ?? '')) {
        const message = 'it answers with a web page, as no model does. Check the URL'
        return { failure: { name: 'NotAnEndpoint', status: answer.$metadata.httpStatusCode, message, retry: 'no' } }
      }
      // An empty body is none at all to the SDK, whatever its types say.
      return { body: (answer.Body as Uint8Array | undefined) ?? new Uint8Array(0) }
    } catch (error) {
      signal.throwIfAborted()
      if (late.aborted) {
        const message = `no answer within ${limitMs / 1000} s`
        return { failure: { name: 'TimeoutError', status: undefined, message, retry: 'again' } }
      }
      return { failure: readFailure(error as ServiceError) }
    }
  }
  return { invoke, close: () => client.destroy() }
}

interface ServiceError extends Error {
  readonly code?: string
  readonly OriginalStatusCode?: number
  readonly OriginalMessage?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** @throws CommandError where the AWS SDK lacks what it needs to ask at all */
function readFailure(error: ServiceError): EndpointFailure {
  const status = error.$metadata?.httpStatusCode
  if (error.name === 'ModelError') return readModelError(error)
  if (error.message === 'Region is missing') {
    throw new CommandError('No region is known. Say it with --region, or AWS_REGION.')
  }
  if (/CredentialsProviderError|TokenProviderError/.test(error.name)) {
    throw new CommandError(`AWS credentials are needed: ${error.message}`)
  }
  if (status === undefined) {
    const { name, code = name } = error
    return { name: code, status, message: `cannot be reached (${error.message || code})`, retry: 'again' }
  }
  // The SDK finds no error of the service in the body.
  if (error.name === 'SyntaxError') {
    const message = `something in between answers ${status}, and not as SageMaker does`
    return { name: 'NoServiceAnswer', status, message, retry: status >= 500 || status === 429 ? 'wait' : 'no' }
  }
  const isThrottled = status === 429 || /Throttling|TooManyRequests/.test(error.name)
  const isBusy = status === 500 || status === 503 || status === 504 || status === 502
  return { name: error.name, status, message: error.message, retry: isThrottled || isBusy ? 'wait' : 'no' }
}

/**
 * What the container has answered. No room, a full queue, a host that starts or goes: that passes. An exception of the plugin
 * (500) is worth another try, for it may have come from a lane that was lost.
 */
function readModelError(error: ServiceError): EndpointFailure {
  const { OriginalStatusCode: status, OriginalMessage = '', message } = error
  const retry = [429, 502, 503, 504, 507].includes(status ?? 0) ? 'wait' : (status ?? 500) >= 500 ? 'again' : 'no'
  return { name: error.name, status, message: messageOf(OriginalMessage) ?? message, retry }
}

/** Of a host's `{"error": {"code", "message"}}`. */
function messageOf(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: unknown } }
    return typeof error?.message === 'string' ? error.message : undefined
  } catch {
    return undefined
  }
}
