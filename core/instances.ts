/** How a bare text and a CSV row become an instance of a request schema. */
import type { TSchema } from 'typebox'
import { fits, validatorOf } from './check.js'
import { coerce } from './coerce.js'
import { meantMember } from './union.js'
import { describeShape, fieldsOf, membersOf, mustBeGiven, type SchemaFields } from './words.js'

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

interface Column {
  readonly name: string
  readonly isRequired: boolean
  readonly isText: boolean
  readonly schema: TSchema
}

/** How the rows of a request schema are read. */
export interface RowReader {
  /** `text1,text2`; of several objects, `text1,text2 or text,top` */
  readonly columns: string
  /** @returns the instance, unchecked, or what is wrong with the number of fields */
  read(row: readonly string[]): { readonly instance: unknown } | { readonly problem: string }
}

/** Rows of one kind: the properties of an object in their order, or one scalar. */
interface RowForm {
  readonly columns: string
  readonly fewest: number
  readonly most: number
  read(row: readonly string[]): unknown
}

/** @returns undefined where a row cannot be an instance of the schema */
export function rowReader(schema: TSchema): RowReader | undefined {
  const forms = formsOf(schema)
  if (forms.length === 0) return undefined
  const most = Math.max(...forms.map(form => form.most))
  // By the number of fields, so that the form of a row is found in one step.
  const formOf = Array.from({ length: most + 1 }, (_, n) => forms.find(form => form.fewest <= n && n <= form.most))
  const columns = forms.map(form => form.columns).join(' or ')
  const isScalar = membersOf(fieldsOf(schema)).every(({ properties }) => !properties)
  const wanted = isScalar ? `One value: ${describeShape(fieldsOf(schema))}.` : `Its columns are ${columns}.`
  function read(row: readonly string[]) {
    const form = row.length <= most ? formOf[row.length] : undefined
    if (form) return { instance: form.read(row) }
    return { problem: `A row has ${row.length} ${row.length === 1 ? 'column' : 'columns'}. ${wanted}` }
  }
  return { columns, read }
}

const scalars = ['string', 'number', 'integer', 'boolean']

function formsOf(schema: TSchema): RowForm[] {
  const forms: RowForm[] = []
  let hasScalar = false
  for (const member of membersOf(fieldsOf(schema))) {
    if (Object.keys(member.properties ?? {}).length > 0) {
      forms.push(objectForm(member))
    } else if (!hasScalar && scalars.includes(member.type ?? '')) {
      // One for all scalars: a field is read as whichever it fits.
      forms.push(scalarForm(schema))
      hasScalar = true
    }
  }
  return forms
}

function scalarForm(schema: TSchema): RowForm {
  const validator = validatorOf(schema)
  const isText = fieldsOf(schema).type === 'string'
  // Text that fits stays as it is: quotes around it are its own.
  const read = ([field]: readonly string[]) => (isText || fits(validator, field) ? field : readField(schema, field!))
  return { columns: 'value', fewest: 1, most: 1, read }
}

function objectForm(fields: SchemaFields): RowForm {
  const columns = Object.entries(fields.properties ?? {}).map(([name, property]): Column => {
    return {
      name,
      isRequired: mustBeGiven(fields, name),
      isText: property.type === 'string',
      schema: property as TSchema,
    }
  })
  function read(row: readonly string[]) {
    const instance: Record<string, unknown> = {}
    for (let i = 0; i < row.length; i++) {
      const { name, isRequired, isText, schema } = columns[i]!
      const field = row[i]!
      // An empty field is how a row leaves out what it need not have.
      if (field === '' && !isRequired) continue
      instance[name] = isText ? field : readField(schema, field)
    }
    return instance
  }
  const fewest = columns.findLastIndex(({ isRequired }) => isRequired) + 1
  return { columns: columns.map(({ name }) => name).join(','), fewest, most: columns.length, read }
}

/** A field that cannot be read stays text: the check then says what it should have been. */
function readField(schema: TSchema, field: string): unknown {
  const read = coerce(schema, field.trim())
  return read ? read.value : field
}
