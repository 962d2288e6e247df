/** The errors of a route, by status, with the codes and messages of `core/errors.ts`. */
import { Type } from 'typebox'
import { type ErrorCode, errors, HostError } from '../errors.js'
import { type ErrorAnswer, errorBody, plainAnswer } from '../http-errors.js'
import { type Answer, named } from './route.js'
import { statusWords } from './status-words.js'

/** Codes that any request may be answered with, the health of a host apart. */
export const commonCodes: readonly ErrorCode[] = [
  'REQUEST_MALFORMED',
  'UNAUTHORIZED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
  'DRAINING',
]
/** Those of a route that asks for no token, and is answered while the host goes. */
const commonOfOpen: readonly ErrorCode[] = ['REQUEST_MALFORMED', 'HEADERS_TOO_LARGE', 'INTERNAL']

export const pagingCodes: readonly ErrorCode[] = ['QUERY_INVALID']
export const bodyCodes: readonly ErrorCode[] = ['BODY_MALFORMED', 'REQUEST_TIMEOUT']
export const storeCodes: readonly ErrorCode[] = ['STORE_UNAVAILABLE', 'STORE_DENIED']

/** What may be wrong with an artifact, or the room for it. */
export const loadCodes: readonly ErrorCode[] = [
  'ARTIFACT_NOT_FOUND',
  'TARGET_NOT_FOUND',
  'PARAMS_NOT_FOUND',
  'PARAMS_AMBIGUOUS',
  'PARAMS_INVALID',
  'PLUGIN_UNKNOWN',
  'ARTIFACT_FILE_MISSING',
  'ARTIFACT_FILE_UNREADABLE',
  'ARTIFACT_TOO_LARGE',
  'ARCHIVE_INVALID',
  'TENSOR_FILE_BROKEN',
  'ARTIFACT_INVALID',
  'LOAD_FAILED',
  'LOAD_TIMEOUT',
  'MEMORY_FULL',
  'MODEL_TOO_LARGE',
  'CACHE_FULL',
  'RESOURCES_SHORT',
  ...storeCodes,
]

/** What may be wrong with a prediction, and with the load that it waits for where there is a store. */
export const predictCodes: readonly ErrorCode[] = [
  ...bodyCodes,
  'REQUEST_INVALID',
  'TARGET_INVALID',
  'MODEL_NOT_LOADED',
  'NOT_ACCEPTABLE',
  'BODY_TOO_LARGE',
  'ANSWER_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'MODEL_NOT_READY',
  'PREDICT_FAILED',
  'PREDICT_TIMEOUT',
  'LANE_CRASHED',
  'QUEUE_FULL',
  'LOADS_FULL',
  ...loadCodes,
]

/** The error that docs/errors.md shows of each code. */
const exampleErrors = Object.fromEntries(
  Object.entries(errors).map(([code, { message, example }]) => [
    code,
    // Each example is of its own row's type.
    new HostError(code as ErrorCode, (message as (details: unknown) => string)(example)),
  ]),
) as Record<ErrorCode, HostError>

interface FailuresOptions {
  /** Does the route ask for no token, and answer while the host goes? */
  readonly isOpen?: boolean
  /** Another shape than ours: how an error is answered, and its schema for the codes of a status. */
  readonly shape?: {
    readonly answerOf: (error: HostError) => ErrorAnswer
    readonly schema: (status: number) => ReturnType<typeof Type.Object>
  }
}

/** The answers to what goes wrong, each with an example a code. */
export function failures(
  codes: readonly ErrorCode[],
  { isOpen = false, shape }: FailuresOptions = {},
): Record<number, Answer> {
  const all = [...new Set([...codes, ...(isOpen ? commonOfOpen : commonCodes)])].map(code => exampleErrors[code])
  const byStatus = groupBy(all, error => (shape ? shape.answerOf(error).status : error.status))
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, answerOf(status, group)]))

  function answerOf(status: number, group: readonly HostError[]): Answer {
    const known = group.map(({ code }) => code)
    const { headers } = (shape?.answerOf ?? plainAnswer)(group[0]!)
    const content = shape
      ? { schema: shape.schema(status), examples: shownIn(group, shape.answerOf) }
      : { schema: named('Error'), examples: Object.fromEntries(known.map(code => [code, exampleReference(code)])) }
    return {
      description: `${statusWords[status]} ${known.join(', ')}.`,
      ...headersOf(headers),
      content: { 'application/json': content },
    }
  }
}

const exampleReference = (code: ErrorCode) => ({ $ref: `#/components/examples/${code}` })

/** One of each status that an error has where it is answered in our shape. */
function shownIn(group: readonly HostError[], answerOf: (error: HostError) => ErrorAnswer) {
  const firsts = [...groupBy(group, ({ status }) => status).values()].map(([first]) => first!)
  return Object.fromEntries(firsts.map(error => [error.code, { value: JSON.parse(answerOf(error).body) }]))
}

/** Header of an error -> what it says. */
const headerWords: Readonly<Record<string, readonly [name: string, words: string]>> = {
  'retry-after': ['Retry-After', 'Seconds to wait before the next try.'],
  'www-authenticate': ['WWW-Authenticate', 'Bearer: send a token.'],
  'x-amzn-errortype': ['X-Amzn-ErrorType', 'Which exception the clients of AWS make of it.'],
}

function headersOf(headers: ErrorAnswer['headers']): Pick<Answer, 'headers'> {
  const known = Object.entries(headerWords).filter(([header]) => headers[header] !== undefined)
  if (known.length === 0) return {}
  return { headers: Object.fromEntries(known.map(([, [name, words]]) => [name, Type.String({ description: words })])) }
}

/**
 * The errors that a document names, each once.
 *
 * @param text  the document, as JSON
 */
export function errorExamples(text: string): Record<string, { readonly value: unknown }> {
  const codes = (Object.keys(errors) as ErrorCode[]).filter(code => text.includes(`"#/components/examples/${code}"`))
  return Object.fromEntries(codes.map(code => [code, { value: errorBody(exampleErrors[code]) }]))
}

/** As Map.groupBy, which Node 20 has not. */
function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}
