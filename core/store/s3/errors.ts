/** What goes wrong between this host and S3, and what that means: whether another try may help, and what people are told. */
import { describeError, fail, type HostError, isHostError } from '../../errors.js'
import { cut } from '../../words.js'

/** Trouble that another try may not meet. */
export class PassingError extends Error {
  override readonly name = 'PassingError'
}

/** An error as the AWS SDK throws it; all of it may be missing. */
interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly errors?: readonly SdkError[]
  readonly $fault?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> }
  readonly Region?: string
  readonly Endpoint?: string
}

export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as SdkError
  return $metadata?.httpStatusCode ?? $response?.statusCode
}

/** Names that S3 gives, with other statuses than 5xx, to what passes. */
const passingNames = new Set([
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeTooSkewed', // The SDK corrects its clock by the answer.
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'OperationAborted',
])

const passingCodes = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
])

/** May another try help? */
export function isPassing(error: unknown): boolean {
  if (error instanceof PassingError) return true
  if (isHostError(error)) return false
  const { name = '', code = '' } = error as SdkError
  if (passingNames.has(name) || passingCodes.has(code)) return true
  const status = statusOf(error)
  if (status === undefined) return code.startsWith('HPE_')
  return status >= 500 || status === 408 || status === 429 || isGarbled(error)
}

/** An answer with a good status that the SDK could not read. */
function isGarbled(error: unknown): boolean {
  const status = statusOf(error) ?? 0
  return status >= 200 && status < 300
}

const deniedNames = new Set([
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IllegalLocationConstraintException',
  'InvalidAccessKeyId',
  'InvalidBucketName',
  'InvalidToken',
  'NoSuchBucket',
  'TokenProviderError',
  'TokenRefreshRequired',
])

function isDenied(error: unknown): boolean {
  const { name = '' } = error as SdkError
  const status = statusOf(error) ?? 0
  if (deniedNames.has(name) || isWithoutRegion(error)) return true
  return status === 401 || status === 403 || (status >= 300 && status < 400)
}

const isWithoutRegion = (error: unknown) => (error as SdkError).message === 'Region is missing'

/**
 * What a caller is told.
 *
 * @param tries  how often it was asked
 * @returns STORE_DENIED where an operator has to change something, else STORE_UNAVAILABLE
 */
export function toStoreError(store: string, error: unknown, tries: number): HostError {
  if (isHostError(error)) return error
  const code = isDenied(error) ? 'STORE_DENIED' : 'STORE_UNAVAILABLE'
  const inTries = tries > 1 ? `, in ${tries} tries` : ''
  return fail(code, { store, problem: `${describeProblem(error)}${inTries}` }, error)
}

function describeProblem(error: unknown): string {
  if (error instanceof PassingError) return error.message
  const { name = '', message = '', code, errors } = error as SdkError
  if (isWithoutRegion(error)) return 'no region is known; say it with --s3-region, or AWS_REGION'
  // The SDK calls each broken connection so.
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the connection was reset'
  if (name === 'TimeoutError' && !code) return 'no connection in time'
  const status = statusOf(error)
  if (status === undefined) {
    // Node tries the addresses of a name one by one; each has an error of its own, all together have no message.
    const said = message || errors?.map(each => each.message).join('; ') || code || describeError(error)
    return oneLine(/Error$/.test(name) && name !== 'Error' && !code ? `${name}: ${said}` : said)
  }
  if (isGarbled(error)) return `S3 answers ${status}, but not as S3 does (${oneLine(message.split('\n')[0] ?? '')})`
  // The SDK's own words for an answer without a body.
  const isNamed = name !== '' && !/^(Error|Unknown|UnknownError|\d+)$/.test(name)
  const words = [isNamed ? name : '', message === 'UnknownError' || message === name ? '' : message].filter(Boolean)
  return `S3 answers ${status}${words.length > 0 ? ` ${oneLine(words.join(': '))}` : ''}${describeRegion(error)}`
}

function describeRegion(error: unknown): string {
  const { $response, Region, Endpoint } = error as SdkError
  const region = Region ?? $response?.headers?.['x-amz-bucket-region']
  if (region !== undefined && /^[a-z0-9-]{1,40}$/.test(region)) {
    const isElsewhere = [301, 307, 400].includes(statusOf(error) ?? 0)
    if (isElsewhere) return ` (the bucket is in the region ${region}: --s3-region ${region})`
  }
  return Endpoint ? ` (its endpoint is ${oneLine(Endpoint)})` : ''
}

/** One line, of no more than a few hundred characters, without a full stop at its end. */
function oneLine(text: string): string {
  const line = text
    .slice(0, 1000)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
  return cut(line.trim(), 300).replace(/\.$/, '')
}
