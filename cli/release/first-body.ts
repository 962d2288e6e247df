import { exampleHead, findExampleProblem } from '../../core/examples.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { fieldsOf, membersOf, mustBeGiven, type SchemaFields } from '../../core/words.js'
import type { PlannedExample } from '../workspace/plan/plan-type.js'

/**
 * A request that a plugin takes, made of its schema alone: what must be given, and of it the least.
 *
 * @returns undefined where the schema asks for what cannot be guessed, a pattern for one
 */
export function firstBody(plugin: AnyPlugin): PlannedExample | undefined {
  const body = JSON.stringify(leastOf(fieldsOf(plugin.request)))
  if (findExampleProblem(plugin, [body])) return undefined
  return { body, contentType: exampleHead.contentType! }
}

function leastOf(schema: SchemaFields): unknown {
  if (schema.default !== undefined) return schema.default
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return leastOf(membersOf(schema)[0]!)
  switch (schema.type) {
    case 'string':
      return leastText(schema)
    case 'integer':
      return Math.ceil(leastNumber(schema))
    case 'number':
      return leastNumber(schema)
    case 'boolean':
      return false
    case 'array':
      return leastList(schema)
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => mustBeGiven(schema, name))
          .map(([name, property]) => [name, leastOf(property)]),
      )
    default:
      return null
  }
}

const words = 'a text '

function leastText({ minLength = 1, maxLength }: SchemaFields): string {
  const long = words.repeat(Math.ceil(Math.max(minLength, words.length) / words.length))
  const text = minLength > words.length ? long.slice(0, minLength) : long.trim()
  return text.slice(0, maxLength)
}

function leastNumber({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf = 1 }: SchemaFields): number {
  if (minimum !== undefined) return Math.ceil(minimum / multipleOf) * multipleOf
  if (exclusiveMinimum !== undefined) return (Math.floor(exclusiveMinimum / multipleOf) + 1) * multipleOf
  if (maximum !== undefined) return Math.floor(maximum / multipleOf) * multipleOf
  return exclusiveMaximum === undefined ? 0 : (Math.ceil(exclusiveMaximum / multipleOf) - 1) * multipleOf
}

function leastList({ items, minItems = 0 }: SchemaFields): unknown[] {
  if (Array.isArray(items)) return (items as readonly SchemaFields[]).map(leastOf)
  const item = items as SchemaFields | undefined
  return Array.from({ length: Math.min(minItems, 1000) }, () => (item ? leastOf(item) : null))
}
