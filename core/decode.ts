/** A request body -> instances. */
import { decompress, readText } from './body-text.js'
import { validatorOf } from './check.js'
import { splitCsv } from './csv.js'
import { describeError, fail, isHostError } from './errors.js'
import { type FillText, rowReader, textFiller } from './instances.js'
import { type BodyKind, kindOf, parseMediaType, SmallCache, typeOfKind } from './media-type.js'
import type { AnyPlugin } from './plugin.js'
import { type ArgumentsReader, argumentsReader } from './row-arguments.js'
import type { RowReader } from './row-forms.js'
import { findRows, parseRow } from './rows.js'
import { describeJsonError, describeShape, describeValue, fieldsOf, membersOf } from './words.js'

/** A body cut into instances, unchecked. */
export interface Decoded {
  readonly instances: readonly unknown[]
  /** Is the answer a list, with an error in the place of a bad instance? */
  readonly isList: boolean
  /** Of the request: `text/plain`, `text/csv`, `application/json`, `application/jsonlines`, or a plugin's own. */
  readonly type: string
  /** Is the answer `{"predictions": [...]}`? */
  readonly wrap: boolean
  /** What is wrong with instances that could not be read, by their index. */
  readonly failures?: ReadonlyMap<number, string>
  /** Of rows as Snowflake sends them. */
  readonly rows?: DecodedRows
}

export interface DecodedRows {
  /** The number of each row, as it was written. */
  readonly numbers: readonly string[]
  /** Rows whose answer is null, as what the model needs of them is. */
  readonly nulls: ReadonlySet<number>
  /** Bytes that the answer may have. */
  readonly maxAnswerBytes: number | undefined
}

const knownTypes: readonly string[] = Object.values(typeOfKind)

export type Decode = (body: Uint8Array, contentType: string | undefined, contentEncoding: string | undefined) => Decoded

/** What bodies of one plugin are read with. */
interface Door {
  readonly plugin: AnyPlugin
  /** An example of an instance, for people. */
  readonly shape: string
  readonly fillText: FillText | undefined
  readonly rows: RowReader<string> | undefined
  readonly arguments: ArgumentsReader
  /** Has an instance a property of the name that a list of them has in JSON? */
  readonly hasInstances: boolean
  /** Content types that can be read. */
  readonly supported: readonly string[]
}

/** How the bodies of one Content-Type are read. */
interface MediaReader {
  readonly type: string
  /** Undefined for a plugin's own type. */
  readonly kind: BodyKind | undefined
  readonly charset: string
  /** RFC 4180's `header=present`: the first row is none. */
  readonly hasHeader: boolean
  /** `max-answer-bytes` of rows. */
  readonly maxAnswerBytes: number | undefined
}

/**
 * @param maxBodyBytes  bound on a body after decompression
 * @returns a function that throws HostError MEDIA_TYPE_UNSUPPORTED, BODY_MALFORMED, BODY_TOO_LARGE, and PREDICT_FAILED
 *   where a plugin's own decoder returns no list
 */
export function createDecode(plugin: AnyPlugin, maxBodyBytes: number): Decode {
  const fillText = textFiller(plugin.request)
  const rows = rowReader(plugin.request)
  const fields = fieldsOf(plugin.request)
  const shape = describeShape(fields)
  const hasInstances = membersOf(fields).some(({ properties = {} }) => Object.hasOwn(properties, 'instances'))
  const supported = listSupported(plugin, fillText, rows)
  const door: Door = {
    plugin,
    shape,
    fillText,
    rows,
    arguments: argumentsReader(plugin.request),
    hasInstances,
    supported,
  }
  const readers = new SmallCache<MediaReader>()
  const makeReader = (contentType: string) => readContentType(contentType, door.supported)
  return (body, contentType, contentEncoding) => {
    const reader = readers.get(contentType || typeOfKind.text, makeReader)
    const bytes = decompress(body, contentEncoding, maxBodyBytes)
    if (reader.kind === 'rows') return readNumberedRows(door, readText(bytes, reader.charset), reader)
    const own = plugin.decode && Object.hasOwn(plugin.decode, reader.type) ? plugin.decode[reader.type] : undefined
    return own ? decodeByPlugin(door, own, bytes, reader) : decodeByHost(door, bytes, reader)
  }
}

function listSupported(
  plugin: AnyPlugin,
  fillText: FillText | undefined,
  rows: RowReader<string> | undefined,
): string[] {
  const types = new Set<string>()
  if (fillText) types.add(typeOfKind.text)
  if (rows) types.add(typeOfKind.csv)
  types.add(typeOfKind.json).add(typeOfKind.jsonlines)
  for (const type of Object.keys(plugin.decode ?? {})) types.add(type)
  return [...types]
}

function readContentType(contentType: string, supported: readonly string[]): MediaReader {
  const media = parseMediaType(contentType)
  const unsupported = () => fail('MEDIA_TYPE_UNSUPPORTED', { type: contentType.slice(0, 100), supported })
  if (!media) throw unsupported()
  // A type that a plugin decodes itself is not read as one that the host knows by another name.
  const isOwn = supported.includes(media.essence)
  const kind = isOwn && !knownTypes.includes(media.essence) ? undefined : kindOf(media.essence)
  const type = kind ? typeOfKind[kind] : media.essence
  // Programs send rows; people who read what is supported do not.
  if (kind !== 'rows' && !supported.includes(type)) throw unsupported()
  const maxAnswer = media.parameters.get('max-answer-bytes')
  if (maxAnswer !== undefined && !/^[1-9]\d{0,14}$/.test(maxAnswer)) throw unsupported()
  try {
    const charset = new TextDecoder(media.parameters.get('charset') ?? 'utf-8').encoding
    const hasHeader = media.parameters.get('header')?.toLowerCase() === 'present'
    return { type, kind, charset, hasHeader, maxAnswerBytes: maxAnswer === undefined ? undefined : Number(maxAnswer) }
  } catch {
    throw unsupported()
  }
}

function decodeByPlugin(
  { plugin }: Door,
  decode: (body: Uint8Array) => unknown[],
  bytes: Uint8Array,
  { type, kind, charset }: MediaReader,
): Decoded {
  // A plugin reads UTF-8 and need not know of charsets.
  const body = charset === 'utf-8' ? bytes : new TextEncoder().encode(readText(bytes, charset))
  let instances: unknown
  try {
    instances = decode(body)
  } catch (error) {
    if (isHostError(error)) throw error
    const problem = `Plugin ${plugin.name} cannot read this body (${describeError(error)}).`
    throw fail('BODY_MALFORMED', { problem, expected: `${type} as the plugin's page describes it` }, error)
  }
  if (!Array.isArray(instances)) {
    const problem = `its decode["${type}"] returned ${describeValue(instances)} instead of a list of instances`
    throw fail('PREDICT_FAILED', { plugin: plugin.name, problem })
  }
  const isList = kind === 'csv' || kind === 'jsonlines' || instances.length !== 1
  return { instances, isList, type, wrap: false }
}

function decodeByHost(door: Door, bytes: Uint8Array, { type, kind, charset, hasHeader }: MediaReader): Decoded {
  const text = readText(bytes, charset)
  switch (kind) {
    case 'text':
      return single(readWhole(door, text), type)
    case 'csv':
      return readRows(door.rows!, text, hasHeader, type)
    case 'jsonlines':
      return readLines(door, text, type)
    default:
      return readJson(door, text, type)
  }
}

const single = (instance: unknown, type: string): Decoded => ({
  instances: [instance],
  isList: false,
  type,
  wrap: false,
})

function list(instances: unknown[], failures: ReadonlyMap<number, string>, type: string): Decoded {
  const decoded = { instances, isList: true, type, wrap: false }
  return failures.size > 0 ? { ...decoded, failures } : decoded
}

function readWhole({ plugin, fillText }: Door, text: string): unknown {
  const instance = fillText!(text)
  if (text === '' && !validatorOf(plugin.request).Check(instance)) {
    throw fail('BODY_MALFORMED', { problem: 'The body is empty.', expected: 'a text' })
  }
  return instance
}

/** A bare string fills an instance; anything else is one already. */
function toInstance(value: unknown, { fillText }: Door): unknown {
  return typeof value === 'string' && fillText ? fillText(value) : value
}

function readJson(door: Door, text: string, type: string): Decoded {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const problem = isBlank(text) ? 'The body is empty.' : `The body is not valid JSON: ${describeJsonError(error)}.`
    throw fail('BODY_MALFORMED', { problem, expected: `${door.shape} or {"instances": [...]}` }, error)
  }
  const isWrapped = typeof value === 'object' && value !== null && Object.hasOwn(value, 'instances')
  // A plugin whose requests have a property of this name means that one.
  if (!isWrapped || door.hasInstances) return single(toInstance(value, door), type)
  const { instances } = value as { instances: unknown }
  if (!Array.isArray(instances)) {
    const problem = `"instances" must be a list, but is ${describeValue(instances)}.`
    throw fail('BODY_MALFORMED', { problem, expected: `{"instances": [${door.shape}, ...]}` })
  }
  return { instances: instances.map(instance => toInstance(instance, door)), isList: true, type, wrap: true }
}

function readLines(door: Door, text: string, type: string): Decoded {
  const instances: unknown[] = []
  const failures = new Map<number, string>()
  for (const line of text.split('\n')) {
    if (isBlank(line)) continue
    try {
      instances.push(toInstance(JSON.parse(line), door))
    } catch (error) {
      failures.set(
        instances.length,
        `A line is not valid JSON: ${describeJsonError(error)}. Each line is ${door.shape}.`,
      )
      instances.push(undefined)
    }
  }
  if (instances.length > 0) return list(instances, failures, type)
  throw fail('BODY_MALFORMED', { problem: 'The body has no lines.', expected: `lines, each ${door.shape}` })
}

function readRows(reader: RowReader<string>, text: string, hasHeader: boolean, type: string): Decoded {
  const rows = splitCsv(text)
  if (hasHeader) rows.shift()
  if (rows.length === 0) {
    throw fail('BODY_MALFORMED', { problem: 'The body has no rows.', expected: `rows of ${reader.columns}` })
  }
  const failures = new Map<number, string>()
  const instances = rows.map((row, i) => {
    const result = reader.read(row)
    if ('instance' in result) return result.instance
    failures.set(i, result.problem)
    return undefined
  })
  return list(instances, failures, type)
}

/** @see Snowflake documentation, external-functions-data-format */
function readNumberedRows(door: Door, text: string, { type, maxAnswerBytes }: MediaReader): Decoded {
  const instances: unknown[] = []
  const numbers: string[] = []
  const nulls = new Set<number>()
  const failures = new Map<number, string>()
  findRows(text, (start, numberStart, numberEnd, end) => {
    const i = instances.length
    numbers.push(text.slice(numberStart, numberEnd))
    const read = door.arguments(parseRow(text.slice(start, end), i + 1))
    if ('problem' in read) failures.set(i, read.problem)
    else if ('isNull' in read) nulls.add(i)
    instances.push('instance' in read ? read.instance : undefined)
  })
  return { ...list(instances, failures, type), rows: { numbers, nulls, maxAnswerBytes } }
}

const isBlank = (text: string) => text.trim() === ''
