/** Faults in schemas that no value brings to light: bounds that cross, defaults that do not fit, names without a word about them. */
import type { TSchema } from 'typebox'
import { findProblem } from '../check.js'
import { describeError } from '../errors.js'
import type { AnyPlugin } from '../plugin.js'
import { fieldsOf, membersOf, type SchemaFields } from '../words.js'

const pairs = [
  ['minimum', 'maximum'],
  ['exclusiveMinimum', 'exclusiveMaximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
] as const

const parts = ['params', 'request', 'response'] as const

/** @returns the first thing that is wrong with a plugin's schemas, as a sentence */
export function findSchemaFault(plugin: AnyPlugin): string | undefined {
  for (const part of parts) {
    for (const [path, schema] of walk(fieldsOf(plugin[part]), part)) {
      const fault = faultOf(schema)
      if (fault !== undefined) return `${path} ${fault}`
    }
  }
  return undefined
}

function faultOf(schema: SchemaFields): string | undefined {
  const numbers = schema as Readonly<Record<string, unknown>>
  for (const [least, most] of pairs) {
    const [from, to] = [numbers[least], numbers[most]]
    if (typeof from === 'number' && typeof to === 'number' && from > to) {
      return `has ${least} ${from} and ${most} ${to}, between which there is nothing`
    }
  }
  if (schema.enum?.length === 0 || schema.anyOf?.length === 0) return 'is one of nothing'
  try {
    if (schema.pattern !== undefined) new RegExp(schema.pattern, 'u')
  } catch (error) {
    return `has a pattern that does not compile: ${describeError(error)}`
  }
  if (schema.default === undefined) return undefined
  const problem = findProblem(schema as TSchema, schema.default, 'it')
  return problem && `has a default that does not fit: ${problem}`
}

/** @returns what people who read the reference will miss, as sentences */
export function missingDescriptions(plugin: AnyPlugin): string[] {
  return parts.flatMap(part =>
    membersOf(fieldsOf(plugin[part])).flatMap(member =>
      Object.entries(member.properties ?? {})
        .filter(([, property]) => !('const' in property) && !property.description)
        .map(([name]) => `${part}.${name} has no description: Type.String({ description: '...' }).`),
    ),
  )
}

/** A schema and all that stand in it, each once; a recursive one refers to itself by name. */
function* walk(schema: SchemaFields, path: string): Generator<readonly [string, SchemaFields]> {
  yield [path, schema]
  for (const [i, member] of (schema.anyOf ?? []).entries()) yield* walk(member, `${path}, choice ${i + 1},`)
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* walk(property, `${path}.${name}`)
  if (Array.isArray(schema.items)) {
    for (const [i, item] of schema.items.entries()) yield* walk(item as SchemaFields, `${path}[${i}]`)
  } else if (schema.items) {
    yield* walk(schema.items as SchemaFields, `${path}[]`)
  }
  if (typeof schema.additionalProperties === 'object') yield* walk(schema.additionalProperties, `${path}.*`)
}
