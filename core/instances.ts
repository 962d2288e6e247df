/** How a bare text and a CSV row become an instance of a request schema, and what stands in for what it leaves out. */
import type { TSchema } from 'typebox'
import { fits, validatorOf } from './check.js'
import { coerce } from './coerce.js'
import { type FieldKind, type RowReader, readerOfRows } from './row-forms.js'
import { meantMember } from './union.js'
import { fieldsOf, membersOf, mustBeGiven, type SchemaFields } from './words.js'

/** @returns a text as an instance: itself, or an object with it in a required string property */
export type FillText = (text: string) => unknown

/**
 * The property is the first that must be given and is a string, but no constant; of several objects, in the first for which a text alone
 * is enough, else in the first that has one.
 *
 * @returns undefined where the schema has no place for a bare text
 */
export function textFiller(schema: TSchema): FillText | undefined {
  const members = membersOf(fieldsOf(schema))
  const takesTexts = members.some(({ type }) => type === 'string')
  const names = members.map(textProperty)
  const enough = members.findIndex((member, i) => names[i] !== undefined && givenProperties(member).length === 1)
  const name = enough < 0 && !takesTexts ? names.find(name => name !== undefined) : names[enough]
  if (name === undefined) return takesTexts ? text => text : undefined
  if (members.every(({ properties }) => properties)) return text => ({ [name]: text })
  // What is an instance as it stands need not be put into one.
  const validator = validatorOf(schema)
  return text => (fits(validator, text) ? text : { [name]: text })
}

const givenProperties = (fields: SchemaFields): string[] =>
  Object.keys(fields.properties ?? {}).filter(name => mustBeGiven(fields, name))

const textProperty = (fields: SchemaFields): string | undefined =>
  givenProperties(fields).find(name => {
    const { [name]: property } = fields.properties ?? {}
    return property?.type === 'string' && !('const' in property)
  })

type FillDefaults = (instance: unknown) => unknown

/** @returns an instance with the defaults of the properties that it leaves out; undefined where the schema has none */
export function defaultsFiller(schema: TSchema): FillDefaults | undefined {
  const fields = fieldsOf(schema)
  return fields.anyOf ? unionDefaultsFiller(fields) : objectDefaultsFiller(fields)
}

function objectDefaultsFiller({ properties = {} }: SchemaFields): FillDefaults | undefined {
  const defaults = Object.entries(properties).filter(([, property]) => property.default !== undefined)
  if (defaults.length === 0) return undefined
  return instance => {
    if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) return instance
    const missing = defaults.filter(([name]) => !Object.hasOwn(instance, name))
    if (missing.length === 0) return instance
    return { ...instance, ...Object.fromEntries(missing.map(([name, property]) => [name, copy(property.default)])) }
  }
}

/** The defaults are those of the member that the instance is meant to be, or else of the first that it then fits. */
function unionDefaultsFiller(schema: SchemaFields): FillDefaults | undefined {
  const fillers = new Map(membersOf(schema).map(member => [member, objectDefaultsFiller(member)]))
  if (![...fillers.values()].some(fill => fill !== undefined)) return undefined
  const fill = (member: SchemaFields, instance: unknown) => fillers.get(member)?.(instance) ?? instance
  return instance => {
    if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) return instance
    const meant = meantMember(schema, instance)
    for (const member of meant ? [meant, ...fillers.keys()] : fillers.keys()) {
      const filled = fill(member, instance)
      if (fits(validatorOf(member as TSchema), filled)) return filled
    }
    // For the check, which will not say that a property with a default is missing.
    return meant ? fill(meant, instance) : instance
  }
}

/** So that no prediction changes the schema. */
const copy = (value: unknown) => (typeof value === 'object' ? structuredClone(value) : value)

const texts: FieldKind<string> = {
  noun: 'column',
  isLeftOut: field => field === '',
  coerce: (schema, field) => coerce(schema, field.trim()),
}

/** @returns undefined where a row of CSV cannot be an instance of the schema */
export const rowReader = (schema: TSchema): RowReader<string> | undefined => readerOfRows(schema, texts)
