/** The schemas of a plugin as OpenAPI 3.1 has them: JSON Schema 2020-12, plain data. */
import type { TSchema } from 'typebox'

export type JsonSchema = Readonly<Record<string, unknown>>

interface Form {
  /** Within the document. */
  readonly name: string
  /** Does a caller send it? What has a default need not be there then. */
  readonly isSent: boolean
  /** Goes before the schema's own. */
  readonly description: string
}

export function pluginSchema(schema: TSchema, { name, isSent, description }: Form): JsonSchema {
  const plain = convert(JSON.parse(JSON.stringify(schema)), isSent)
  // What it refers to by a name of its own stays within it.
  const base = JSON.stringify(plain).includes('"$ref":') ? { $id: `modelhost:/schemas/${name}/` } : {}
  return { ...base, ...plain, description: [description, plain.description].filter(Boolean).join(' ') }
}

/** Keywords whose values are schemas. */
const ofOne = ['items', 'contains', 'not', 'additionalProperties', 'propertyNames', 'if', 'then', 'else']
const ofList = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const byName = ['properties', 'patternProperties', '$defs', 'definitions']

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function convert(schema: JsonSchema, isSent: boolean): JsonSchema {
  const inside = (value: unknown) => (isObject(value) ? convert(value, isSent) : value)
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (byName.includes(key) && isObject(value))
      return [[key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inside(one)]))]]
    if (ofList.includes(key) && Array.isArray(value)) return [[key, value.map(inside)]]
    // TypeBox says a tuple as the drafts before did.
    if (key === 'items' && Array.isArray(value)) return [['prefixItems', value.map(inside)]]
    if (key === 'additionalItems') return value === false && Array.isArray(schema.items) ? [['items', false]] : []
    if (key === 'required' && isSent && Array.isArray(value)) {
      const required = value.filter(name => !hasDefault(schema, name as string))
      return required.length > 0 ? [[key, required]] : []
    }
    return [[key, ofOne.includes(key) ? inside(value) : value]]
  })
  return Object.fromEntries(entries)
}

function hasDefault({ properties }: JsonSchema, name: string): boolean {
  const property = isObject(properties) ? properties[name] : undefined
  return isObject(property) && property.default !== undefined
}
