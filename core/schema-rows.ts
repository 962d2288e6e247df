/** A schema as the rows of a table: for `modelhost plugins`, and for the pages that are made of the plugins. */
import type { TSchema } from 'typebox'
import { describeLimits, describeValue, fieldsOf, membersOf, mustBeGiven, type SchemaFields } from './words.js'

export interface SchemaRow {
  /** The way to it: `text`, `options.top`, `[].score` in each entry of a list, `.*` for keys of any name; empty for the value itself. */
  readonly name: string
  /** In words: `integer`, `list of strings`, `one of "de", "en"`, `[string, number]`. */
  readonly type: string
  /** In words: `from 1 to 256`, `of at least 1 character`; empty where there are none. */
  readonly bounds: string
  /** As JSON; undefined where there is none. */
  readonly default: string | undefined
  /** Must it be given? Not where a default stands in. */
  readonly isRequired: boolean
  readonly description: string
}

/**
 * The rows of each form that a value may have: one list, or as many as a union has members.
 *
 * @returns in each list at least one row, but none for an object without properties
 */
export function schemaForms(schema: TSchema): readonly (readonly SchemaRow[])[] {
  const fields = fieldsOf(schema)
  const forms = isChoice(fields) ? [fields] : membersOf(fields)
  return forms.map(form => (isShaped(form) ? insideOf(form, '') : [rowOf(form, '', true), ...insideOf(form, '')]))
}

/** One of a few values, and no form of its own each. */
const isChoice = ({ anyOf = [] }: SchemaFields) => anyOf.length > 0 && anyOf.every(each => 'const' in each)
const isShaped = ({ type, properties }: SchemaFields) => type === 'object' && properties !== undefined

function rowOf(fields: SchemaFields, name: string, isRequired: boolean): SchemaRow {
  const bounds = membersOf(fields).map(describeLimits)
  return {
    name,
    type: typeOf(fields),
    bounds: [...new Set(bounds)].filter(each => each !== '').join(' or '),
    default: fields.default === undefined ? undefined : JSON.stringify(fields.default),
    isRequired,
    description: fields.description ?? '',
  }
}

/** What stands below a value: properties, and those of the entries of a list. */
function insideOf(fields: SchemaFields, name: string): SchemaRow[] {
  return membersOf(fields).flatMap(member => {
    const { items, properties = {}, additionalProperties: others } = member
    if (items !== undefined && !Array.isArray(items)) return insideOf(items as SchemaFields, `${name}[]`)
    const rows = Object.entries(properties).flatMap(([key, property]) => {
      const path = name === '' ? key : `${name}.${key}`
      return [rowOf(property, path, mustBeGiven(member, key)), ...insideOf(property, path)]
    })
    if (typeof others === 'object') rows.push(rowOf(others, `${name}.*`, false), ...insideOf(others, `${name}.*`))
    return rows
  })
}

function typeOf(fields: SchemaFields): string {
  const { anyOf, enum: values, type, items } = fields
  if (anyOf) {
    if (isChoice(fields)) return oneOf(anyOf.map(each => each.const))
    return [...new Set(membersOf(fields).map(typeOf))].join(' or ')
  }
  if (values) return oneOf(values)
  if ('const' in fields) return describeValue(fields.const)
  if (type !== 'array') return type ?? 'any value'
  if (items === undefined) return 'list'
  return Array.isArray(items) ? `[${items.map(typeOf).join(', ')}]` : `list of ${pluralOf(items as SchemaFields)}`
}

const oneOf = (values: readonly unknown[]) => `one of ${values.map(describeValue).join(', ')}`

function pluralOf(fields: SchemaFields): string {
  const one = typeOf(fields)
  if (one.startsWith('list')) return one.replace('list', 'lists')
  return /^[a-z]+$/.test(one) ? `${one}s` : one
}
