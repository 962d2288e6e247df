import type { IncomingHttpHeaders } from 'node:http'
import { fail } from '../errors.js'
import { cut } from '../words.js'

const maxNameLength = 63
const namePattern = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/
const printable = /^[\x20-\x7e]*$/
const onlyVariant = 'AllTraffic'

/** Header -> the name that the service's messages have for it, and the characters that it may have. */
const fields: readonly (readonly [header: string, field: string, maxLength: number])[] = [
  ['accept', 'accept', 1024],
  ['x-amzn-sagemaker-custom-attributes', 'customAttributes', 1024],
  ['x-amzn-sagemaker-target-variant', 'targetVariant', maxNameLength],
  ['x-amzn-sagemaker-target-container-hostname', 'targetContainerHostname', maxNameLength],
  ['x-amzn-sagemaker-inference-id', 'inferenceId', 64],
  ['x-amzn-sagemaker-enable-explanations', 'enableExplanations', 64],
  ['x-amzn-sagemaker-inference-component', 'inferenceComponentName', maxNameLength],
  ['x-amzn-sagemaker-session-id', 'sessionId', 256],
]

/** What the service can do and this host cannot: its header -> why not. */
const unsupported: readonly (readonly [header: string, problem: string])[] = [
  ['x-amzn-sagemaker-target-container-hostname', 'This endpoint has one container; leave out TargetContainerHostname.'],
  [
    'x-amzn-sagemaker-inference-component',
    'This endpoint has no inference components; leave out InferenceComponentName.',
  ],
  ['x-amzn-sagemaker-session-id', 'This endpoint keeps no sessions; leave out SessionId.'],
]

/**
 * Checks what the service checks of InvokeEndpoint before a container sees it.
 *
 * @param contentType  as it was sent
 * @throws HostError RUNTIME_REQUEST_INVALID, in the service's words
 * @see SageMaker Runtime API, InvokeEndpoint
 */
export function checkRuntimeRequest(
  endpoint: string,
  headers: IncomingHttpHeaders,
  contentType: string | undefined,
): void {
  if (endpoint.length > maxNameLength) throw tooLong(endpoint, 'endpointName', maxNameLength)
  if (!namePattern.test(endpoint)) {
    throw constraint(endpoint, 'endpointName', `satisfy regular expression pattern: ${namePattern.source.slice(0, -1)}`)
  }
  if (contentType !== undefined) checkField(contentType, 'contentType', 1024)
  for (const [header, field, maxLength] of fields) {
    const value = headers[header]
    if (value !== undefined) checkField(value as string, field, maxLength)
  }
  for (const [header, problem] of unsupported) if (headers[header] !== undefined) throw invalid(problem)
  const variant = headers['x-amzn-sagemaker-target-variant']
  if (variant !== undefined && variant !== onlyVariant)
    throw invalid(`Could not find variant "${variant}" of endpoint "${endpoint}". Its only one is ${onlyVariant}.`)
}

function checkField(value: string, field: string, maxLength: number): void {
  if (value.length > maxLength) throw tooLong(value, field, maxLength)
  if (!printable.test(value)) throw constraint(value, field, 'satisfy regular expression pattern: \\p{Print}*')
}

const invalid = (problem: string) => fail('RUNTIME_REQUEST_INVALID', { problem })

const tooLong = (value: string, field: string, maxLength: number) =>
  constraint(value, field, `have length less than or equal to ${maxLength}`)

const constraint = (value: string, field: string, must: string) =>
  invalid(
    `1 validation error detected: Value '${cut(value, 200)}' at '${field}' failed to satisfy constraint: Member must ${must}.`,
  )
