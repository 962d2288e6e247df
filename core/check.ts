/** Compiled schema checks, made once a schema, and their failures in words. */
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { describeSchema, describeValue, fieldsOf, type SchemaFields } from './words.js'

const compiled = new WeakMap<TSchema, Validator>()

/** The check of a schema; compiled on its first use, which costs milliseconds. */
export function validatorOf(schema: TSchema): Validator {
  let validator = compiled.get(schema)
  if (!validator) {
    validator = Compile(schema) as unknown as Validator
    compiled.set(schema, validator)
  }
  return validator
}

/**
 * @param noun  what the value as a whole is called, such as "The request"
 * @returns the first thing that is wrong with the value, as a sentence; undefined when it fits
 */
export function findProblem(schema: TSchema, value: unknown, noun: string): string | undefined {
  const validator = validatorOf(schema)
  try {
    if (validator.Check(value)) return undefined
    return explain(fieldsOf(schema), value, validator.Errors(value), noun)
  } catch (error) {
    // A recursive schema follows the value down; the stack ends before a hostile body does.
    if (error instanceof RangeError) return `${noun} is nested too deeply.`
    throw error
  }
}

type Failure = ReturnType<Validator['Errors']>[number]

function explain(schema: SchemaFields, value: unknown, failures: readonly Failure[], noun: string): string {
  const first = failures[0]
  if (!first) return `${noun} does not fit its schema.`
  const failure = outermostUnion(first, failures)
  const path = failure.instancePath.split('/').slice(1).map(unescapePointer)
  const name = path.length > 0 ? pathName(path) : noun
  const prefix = path.length > 0 ? `${name}.` : ''
  if (failure.keyword === 'required') return `${prefix}${failure.params.requiredProperties[0]} is missing.`
  if (failure.schemaPath.endsWith('/additionalProperties')) return `${name} is not known.`
  if (failure.keyword === '~refine') return `${name} is refused: ${failure.message}.`
  const found = describeValue(path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], value))
  const wanted = schemaAt(schema, failure.schemaPath)
  return wanted
    ? `${name} must be ${describeSchema(wanted)}, but is ${found}.`
    : `${name} ${failure.message}, but is ${found}.`
}

/** Of a union, every choice fails by itself; what people want to read is what the union takes. */
function outermostUnion(first: Failure, failures: readonly Failure[]): Failure {
  const end = first.schemaPath.search(/\/(anyOf|oneOf)\//)
  if (end < 0) return first
  const unionPath = first.schemaPath.slice(0, end)
  return failures.find(failure => failure.schemaPath === unionPath && /Of$/.test(failure.keyword)) ?? first
}

const unescapePointer = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~')

/** `labels[2].start` */
function pathName(path: readonly string[]): string {
  return path.map((key, i) => (/^\d+$/.test(key) ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
}

function schemaAt(schema: SchemaFields, pointer: string): SchemaFields | undefined {
  let at: unknown = schema
  for (const key of pointer.split('/').slice(1).map(unescapePointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return typeof at === 'object' && at !== null ? (at as SchemaFields) : undefined
}
