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
  readonly isConstant: boolean
  readonly isText: boolean
  readonly schema: TSchema
}

/** How the rows of a request schema are read. */
export interface RowReader {
  /** `text1,text2`; of several objects, `text1,text2 or text`: each with as many as its rows may really have */
  readonly columns: string
  /** @returns the instance, unchecked, or what is wrong with the number of fields */
  read(row: readonly string[]): { readonly instance: unknown } | { readonly problem: string }
}

/** Rows of one kind: the properties of an object in their order, or one scalar. */
interface RowForm {
  readonly columns: readonly string[]
  readonly fewest: number
  readonly most: number
  /** The columns that have one value in every row of this kind. */
  readonly constants: readonly ConstantColumn[]
  read(row: readonly string[]): unknown
}

interface ConstantColumn {
  readonly at: number
  takes(field: string): boolean
}

/** @returns undefined where a row cannot be an instance of the schema */
export function rowReader(schema: TSchema): RowReader | undefined {
  const forms = formsOf(schema)
  if (forms.length === 0) return undefined
  const most = Math.max(...forms.map(form => form.most))
  const formsOfLength = Array.from({ length: most + 1 }, (_, n) => formsOfRows(forms, n))
  const readers = formsOfLength.map(readerOf)
  const columns = forms.flatMap(form => {
    const longest = formsOfLength.findLastIndex(forms => forms.includes(form))
    return longest < 0 ? [] : [form.columns.slice(0, longest).join(',')]
  })
  const isScalar = membersOf(fieldsOf(schema)).every(({ properties }) => !properties)
  const wanted = isScalar ? describeShape(fieldsOf(schema)) : columns.join(' or ')
  const problem = `${isScalar ? 'One value:' : 'Its columns are'} ${wanted}.`
  return {
    columns: columns.join(' or '),
    read(row) {
      const readRow = readers[row.length]
      if (readRow) return { instance: readRow(row) }
      return { problem: `A row has ${row.length} ${row.length === 1 ? 'column' : 'columns'}. ${problem}` }
    },
  }
}

/** The forms that a row of so many fields may be of: the first that has as many, unless a constant in it may differ. */
function formsOfRows(forms: readonly RowForm[], fields: number): readonly RowForm[] {
  const fitting = forms.filter(form => form.fewest <= fields && fields <= form.most)
  const last = fitting.findIndex(form => constantsWithin(form, fields).length === 0)
  return last < 0 ? fitting : fitting.slice(0, last + 1)
}

const constantsWithin = ({ constants }: RowForm, fields: number) => constants.filter(({ at }) => at < fields)

/** Reads the rows of one length; where only one form is possible, as they usually are, at no further cost. */
function readerOf(forms: readonly RowForm[], fields: number): RowForm['read'] | undefined {
  const [first] = forms
  if (!first || forms.length === 1) return first?.read
  const choices = forms.map(form => ({ form, constants: constantsWithin(form, fields) }))
  return row => {
    const choice = choices.find(({ constants }) => constants.every(({ at, takes }) => takes(row[at]!)))
    // Where no constant is right, the check says so.
    return (choice?.form ?? first).read(row)
  }
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
  return { columns: ['value'], fewest: 1, most: 1, constants: [], read }
}

function objectForm(fields: SchemaFields): RowForm {
  const columns = Object.entries(fields.properties ?? {}).map(([name, property]): Column => {
    return {
      name,
      isRequired: mustBeGiven(fields, name),
      isConstant: 'const' in property,
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
  const constants = columns.flatMap((column, at) => (column.isConstant ? [{ at, takes: constantTaker(column) }] : []))
  return { columns: columns.map(({ name }) => name), fewest, most: columns.length, constants, read }
}

/** Is a field the constant of its column, or left out where it may be? */
function constantTaker({ isRequired, isText, schema }: Column): ConstantColumn['takes'] {
  const { const: value } = fieldsOf(schema)
  return field => {
    if (field === '' && !isRequired) return true
    return isText ? field === value : coerce(schema, field.trim()) !== undefined
  }
}

/** A field that cannot be read stays text: the check then says what it should have been. */
function readField(schema: TSchema, field: string): unknown {
  const read = coerce(schema, field.trim())
  return read ? read.value : field
}
