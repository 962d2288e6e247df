/** Requests to begin with, made of a plugin's schema. */
import type { TSchema } from 'typebox'
import { fieldsOf, membersOf, mustBeGiven, type SchemaFields } from '../words.js'

/** Characters and entries: what asks for more is shown with too few. */
const longest = 1000
const most = 10

/** @returns one instance of each form that a request may have, with what must be given and no more */
export function sampleRequests(request: TSchema): readonly unknown[] {
  return membersOf(fieldsOf(request)).map(sampleOf)
}

function sampleOf(schema: SchemaFields & { readonly examples?: readonly unknown[] }): unknown {
  const [example] = schema.examples ?? []
  if (example !== undefined) return example
  if (schema.default !== undefined) return schema.default
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return sampleOf(membersOf(schema)[0]!)
  switch (schema.type) {
    case 'integer':
    case 'number':
      return schema.minimum ?? Math.min(1, schema.maximum ?? 1)
    case 'string':
      return 'A text.'.padEnd(Math.min(schema.minLength ?? 0, longest), '.').slice(0, schema.maxLength)
    case 'boolean':
      return true
    case 'array':
      return entriesOf(schema).map(sampleOf)
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => mustBeGiven(schema, name))
          .map(([name, property]) => [name, sampleOf(property)]),
      )
    default:
      return null
  }
}

function entriesOf({ items, minItems = 1 }: SchemaFields): readonly SchemaFields[] {
  if (items === undefined) return []
  return Array.isArray(items)
    ? items
    : Array<SchemaFields>(Math.min(Math.max(1, minItems), most)).fill(items as SchemaFields)
}
