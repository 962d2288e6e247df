/** Predictions -> the bytes of an answer, in the type that the caller accepts. */
import { joinCsvRow } from './csv.js'
import type { Decoded } from './decode.js'
import { describeError, fail, type HostError, isHostError } from './errors.js'
import { negotiate, SmallCache, typeOfKind } from './media-type.js'
import type { AnyPlugin } from './plugin.js'
import { writeRowAnswers } from './row-answers.js'

export interface Encoded {
  readonly body: Uint8Array<ArrayBuffer>
  readonly type: string
}

export interface Encoder {
  /**
   * @returns the content type that the answer will have
   * @throws HostError NOT_ACCEPTABLE
   */
  acceptable(accept: string | undefined, decoded: Decoded): string
  /**
   * @param answers  one an instance, in order: a prediction, or `{error: {code, message}}`
   * @throws HostError NOT_ACCEPTABLE; PREDICT_FAILED where the only prediction cannot be written; ANSWER_TOO_LARGE
   */
  encode(answers: readonly unknown[], decoded: Decoded, accept: string | undefined): Encoded
}

/** Instead of a prediction. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string }
}

const { csv: csvType, json: jsonType, jsonlines: linesType, rows: rowsType } = typeOfKind
const utf8 = new TextEncoder()

/** @param defaultAccept  the answer's type where a caller takes any, as far as the request can be answered so */
export function createEncoder(plugin: AnyPlugin, defaultAccept: string | undefined): Encoder {
  const caches = new Map<string, SmallCache<string>>()

  function acceptable(accept: string | undefined, { type }: Decoded): string {
    let cache = caches.get(type)
    if (!cache) {
      cache = new SmallCache()
      caches.set(type, cache)
    }
    return cache.get(accept ?? '', header => chooseType(header, offeredFor(type, defaultAccept)))
  }

  function encode(answers: readonly unknown[], decoded: Decoded, accept: string | undefined): Encoded {
    const type = acceptable(accept, decoded)
    const own = plugin.encode && Object.hasOwn(plugin.encode, decoded.type) ? plugin.encode[decoded.type] : undefined
    const values = own ? answers.map(answer => encodeByPlugin(plugin, own, answer, decoded)) : answers
    return { body: utf8.encode(write(plugin, values, decoded, type)) as Uint8Array<ArrayBuffer>, type }
  }

  return { acceptable, encode }
}

/** The types that a request can be answered with, the best first. */
function offeredFor(type: string, defaultAccept: string | undefined): readonly string[] {
  const byRequest: Record<string, readonly string[]> = {
    [csvType]: [jsonType, csvType, linesType],
    [linesType]: [linesType, jsonType],
    // Under either name it is what was sent.
    [rowsType]: [rowsType, jsonType],
  }
  const offered = byRequest[type] ?? [jsonType, linesType]
  const preferred = defaultAccept ? negotiate(defaultAccept, offered) : undefined
  return preferred === undefined ? offered : [preferred, ...offered.filter(other => other !== preferred)]
}

function chooseType(accept: string, offered: readonly string[]): string {
  const type = accept.trim() === '' ? offered[0] : negotiate(accept, offered)
  if (type === undefined) throw fail('NOT_ACCEPTABLE', { accept: accept.slice(0, 100), supported: offered })
  return type
}

function encodeByPlugin(plugin: AnyPlugin, encode: (p: unknown) => unknown, answer: unknown, decoded: Decoded) {
  if (isErrorAnswer(answer)) return answer
  try {
    return encode(answer)
  } catch (error) {
    const failure = isHostError(error)
      ? error
      : predictFailed(plugin, `its encode threw ${describeError(error)}`, error)
    if (!decoded.isList) throw failure
    return errorAnswer(failure)
  }
}

const predictFailed = (plugin: AnyPlugin, problem: string, cause: unknown) =>
  fail('PREDICT_FAILED', { plugin: plugin.name, problem }, cause)

const errorAnswer = ({ code, message }: HostError) => ({ error: { code, message } })

export function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return false
  const { error } = answer as { error?: { code?: unknown; message?: unknown } }
  return typeof error?.code === 'string' && typeof error.message === 'string' && Object.keys(answer).length === 1
}

function write(plugin: AnyPlugin, values: readonly unknown[], { isList, wrap, rows }: Decoded, type: string): string {
  if (rows) {
    const { numbers, maxAnswerBytes } = rows
    const answers = values.map((value, i) => ({ number: numbers[i]!, value: toJson(plugin, value, true) }))
    return writeRowAnswers(answers, maxAnswerBytes)
  }
  if (type === csvType) return values.map(value => `${toCsvRow(plugin, value)}\n`).join('')
  if (type === linesType) return values.map(value => `${toJson(plugin, value, isList)}\n`).join('')
  if (!isList) return toJson(plugin, values[0], isList)
  const json = toJsonList(plugin, values)
  return wrap ? `{"predictions":${json}}` : json
}

/** What JSON has no word for is null. */
function toJson(plugin: AnyPlugin, value: unknown, isList: boolean): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (error) {
    const failure = predictFailed(plugin, `its prediction has no JSON (${describeError(error)})`, error)
    if (!isList) throw failure
    return JSON.stringify(errorAnswer(failure))
  }
}

function toJsonList(plugin: AnyPlugin, values: readonly unknown[]): string {
  try {
    return JSON.stringify(values)
  } catch {
    // One at a time, so that only the bad ones are lost.
    return `[${values.map(value => toJson(plugin, value, true)).join(',')}]`
  }
}

/**
 * A list of scalars is a row of fields, a scalar a row of one; anything else is one field of JSON, also an empty list: a
 * row without fields would be a blank line, which readers of CSV leave out.
 */
function toCsvRow(plugin: AnyPlugin, value: unknown): string {
  const fields = Array.isArray(value) && value.length > 0 && value.every(isScalar) ? value : [value]
  return joinCsvRow(fields.map(field => toCsvField(plugin, field)))
}

const isScalar = (value: unknown) => typeof value !== 'object' || value === null

function toCsvField(plugin: AnyPlugin, value: unknown): string {
  if (typeof value === 'string') return value
  const json = toJson(plugin, value, true)
  return json === 'null' ? '' : json
}
