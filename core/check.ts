/** Compiled schema checks, made once a schema, and their failures in words. */
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { meantMember } from './union.js'
import { describeSchema, describeValue, fieldsOf, membersOf, type SchemaFields } from './words.js'

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

/** Does a value fit? One that is nested so deeply that the stack ends does not. */
export function fits(validator: Validator, value: unknown): boolean {
  try {
    return validator.Check(value)
  } catch {
    return false
  }
}

/**
 * @param noun  what the value as a whole is called, such as "The request"
 * @returns the first thing that is wrong with the value, as a sentence; undefined when it fits
 */
export function findProblem(schema: TSchema, value: unknown, noun: string): string | undefined {
  try {
    return problemOf(fieldsOf(schema), value, [], noun)
  } catch (error) {
    // A recursive schema follows the value down; the stack ends before a hostile body does.
    if (error instanceof RangeError) return `${noun} is nested too deeply.`
    throw error
  }
}

/** @param place  where the value stands in the whole, as property names and indices */
function problemOf(schema: SchemaFields, value: unknown, place: readonly string[], noun: string): string | undefined {
  const validator = validatorOf(schema as TSchema)
  if (validator.Check(value)) return undefined
  return problemOfMember(schema, value, place, noun) ?? explain(schema, value, validator.Errors(value), place, noun)
}

/** What is wrong with the one of several that the value is meant to be, where that is clear. */
function problemOfMember(schema: SchemaFields, value: unknown, place: readonly string[], noun: string) {
  const member = meantMember(schema, value)
  return member && problemOf(member, value, place, noun)
}

type Failure = ReturnType<Validator['Errors']>[number]

function explain(
  schema: SchemaFields,
  value: unknown,
  failures: readonly Failure[],
  place: readonly string[],
  noun: string,
): string {
  const first = failures[0]
  if (!first) return `${noun} does not fit its schema.`
  const failure = outermostUnion(first, failures)
  const steps = failure.instancePath.split('/').slice(1).map(unescapePointer)
  const path = [...place, ...steps]
  const name = path.length > 0 ? pathName(path) : noun
  const prefix = path.length > 0 ? `${name}.` : ''
  if (failure.keyword === 'required') return `${prefix}${failure.params.requiredProperties[0]} is missing.`
  if (failure.schemaPath.endsWith('/additionalProperties')) return `${name} is not known.`
  if (failure.keyword === '~refine') return `${name} is refused: ${failure.message}.`
  const culprit = steps.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], value)
  const wanted = schemaAt(schema, failure.schemaPath)
  if (!wanted) return `${name} ${failure.message}, but is ${describeValue(culprit)}.`
  const problem = wanted === schema ? undefined : problemOfMember(wanted, culprit, path, noun)
  return problem ?? `${name} must be ${describeSchema(wanted)}, but is ${describeOther(culprit, wanted)}.`
}

/** Where one of several objects is asked for, that it is an object is not what is wrong with the value. */
function describeOther(value: unknown, wanted: SchemaFields): string {
  const found = describeValue(value)
  const isAsked = wanted.anyOf && membersOf(wanted).some(({ type }) => type === 'object')
  return found === 'an object' && isAsked ? 'another object' : found
}

/** Of a union, every choice fails by itself; what people want to read is what the union takes. */
function outermostUnion(first: Failure, failures: readonly Failure[]): Failure {
  const end = first.schemaPath.search(/\/(anyOf|oneOf)\//)
  if (end < 0) return first
  const unionPath = first.schemaPath.slice(0, end)
  // The validator gives up after some failures, perhaps before that of the union itself.
  if (unionPath === '#') return { keyword: 'anyOf', schemaPath: '#', instancePath: '', params: {}, message: '' }
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
