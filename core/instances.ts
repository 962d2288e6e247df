/** How a bare text and a CSV row become an instance of a request schema. */
import type { TSchema } from 'typebox'
import { coerce } from './coerce.js'
import { describeShape, fieldsOf, mustBeGiven } from './words.js'

/** @returns a text as an instance: itself, or an object with it in the first required string property */
export type FillText = (text: string) => unknown

/** @returns undefined where the schema has no place for a bare text */
export function textFiller(schema: TSchema): FillText | undefined {
  const fields = fieldsOf(schema)
  const { type, properties = {} } = fields
  if (type === 'string') return text => text
  const name = Object.keys(properties).find(key => properties[key]!.type === 'string' && mustBeGiven(fields, key))
  return name === undefined ? undefined : text => ({ [name]: text })
}

/** @returns an instance with the defaults of the properties that it leaves out; undefined where the schema has none */
export function defaultsFiller(schema: TSchema): ((instance: unknown) => unknown) | undefined {
  const { properties = {} } = fieldsOf(schema)
  const defaults = Object.entries(properties).filter(([, property]) => property.default !== undefined)
  if (defaults.length === 0) return undefined
  return instance => {
    if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) return instance
    const missing = defaults.filter(([name]) => !Object.hasOwn(instance, name))
    if (missing.length === 0) return instance
    return { ...instance, ...Object.fromEntries(missing.map(([name, property]) => [name, copy(property.default)])) }
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

/** How the rows of a request schema are read: its properties in order, or one column for a schema of one scalar. */
export interface RowReader {
  /** `text1,text2` */
  readonly columns: string
  /** @returns the instance, unchecked, or what is wrong with the number of fields */
  read(row: readonly string[]): { readonly instance: unknown } | { readonly problem: string }
}

const scalars = ['string', 'number', 'integer', 'boolean']

/** @returns undefined where a row cannot be an instance of the schema */
export function rowReader(schema: TSchema): RowReader | undefined {
  const fields = fieldsOf(schema)
  const { type, properties } = fields
  const columns = Object.entries(properties ?? {}).map(([name, property]): Column => {
    return {
      name,
      isRequired: mustBeGiven(fields, name),
      isText: property.type === 'string',
      schema: property as TSchema,
    }
  })
  if (type !== undefined && scalars.includes(type)) {
    const column = { name: 'value', isRequired: true, isText: type === 'string', schema }
    return readerOf([column], `One value: ${describeShape(fieldsOf(schema))}.`, fields => fields.value)
  }
  if (columns.length === 0) return undefined
  return readerOf(columns, `Its columns are ${columns.map(({ name }) => name).join(',')}.`, fields => fields)
}

function readerOf(
  columns: readonly Column[],
  wanted: string,
  finish: (fields: Record<string, unknown>) => unknown,
): RowReader {
  const fewest = columns.findLastIndex(({ isRequired }) => isRequired) + 1
  function read(row: readonly string[]) {
    if (row.length < fewest || row.length > columns.length) {
      return { problem: `A row has ${row.length} ${row.length === 1 ? 'column' : 'columns'}. ${wanted}` }
    }
    const fields: Record<string, unknown> = {}
    for (let i = 0; i < row.length; i++) {
      const { name, isRequired, isText, schema } = columns[i]!
      const field = row[i]!
      // An empty field is how a row leaves out what it need not have.
      if (field === '' && !isRequired) continue
      fields[name] = isText ? field : readField(schema, field)
    }
    return { instance: finish(fields) }
  }
  return { columns: columns.map(({ name }) => name).join(','), read }
}

/** A field that cannot be read stays text: the check then says what it should have been. */
function readField(schema: TSchema, field: string): unknown {
  const read = coerce(schema, field.trim())
  return read ? read.value : field
}
