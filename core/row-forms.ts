/** How the fields of a row become an instance of a request schema: the properties of an object in their order, or one scalar. */
import type { TSchema } from 'typebox'
import { fits, validatorOf } from './check.js'
import { describeShape, fieldsOf, membersOf, mustBeGiven, type SchemaFields } from './words.js'

/** How the rows of a request schema are read. */
export interface RowReader<Field> {
  /** `text1,text2`; of several objects, `text1,text2 or text`: each with as many as its rows may really have */
  readonly columns: string
  /** @returns the instance, unchecked, or what is wrong with the number of fields */
  read(row: readonly Field[]): { readonly instance: unknown } | { readonly problem: string }
}

/** What fields are: text, or values. */
export interface FieldKind<Field> {
  /** `column` */
  readonly noun: string
  /** Is this how a row leaves out what it need not have? */
  isLeftOut(field: Field): boolean
  /** @returns undefined where the field cannot be of the schema */
  coerce(schema: TSchema, field: Field): { readonly value: unknown } | undefined
}

interface Column {
  readonly name: string
  readonly isRequired: boolean
  readonly isConstant: boolean
  readonly isText: boolean
  readonly schema: TSchema
}

/** Rows of one kind. */
interface RowForm<Field> {
  readonly columns: readonly string[]
  readonly fewest: number
  readonly most: number
  /** The columns that have one value in every row of this kind. */
  readonly constants: readonly ConstantColumn<Field>[]
  read(row: readonly Field[]): unknown
}

interface ConstantColumn<Field> {
  readonly at: number
  takes(field: Field): boolean
}

/** @returns undefined where a row cannot be an instance of the schema */
export function readerOfRows<Field>(schema: TSchema, kind: FieldKind<Field>): RowReader<Field> | undefined {
  const forms = formsOf(schema, kind)
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
  const problem = `${isScalar ? 'One value:' : `Its ${kind.noun}s are`} ${wanted}.`
  return {
    columns: columns.join(' or '),
    read(row) {
      const readRow = readers[row.length]
      if (readRow) return { instance: readRow(row) }
      return { problem: `A row has ${row.length} ${kind.noun}${row.length === 1 ? '' : 's'}. ${problem}` }
    },
  }
}

/** The forms that a row of so many fields may be of: the first that has as many, unless a constant in it may differ. */
function formsOfRows<Field>(forms: readonly RowForm<Field>[], fields: number): readonly RowForm<Field>[] {
  const fitting = forms.filter(form => form.fewest <= fields && fields <= form.most)
  const last = fitting.findIndex(form => constantsWithin(form, fields).length === 0)
  return last < 0 ? fitting : fitting.slice(0, last + 1)
}

const constantsWithin = <Field>({ constants }: RowForm<Field>, fields: number) =>
  constants.filter(({ at }) => at < fields)

/** Reads the rows of one length; where only one form is possible, as they usually are, at no further cost. */
function readerOf<Field>(forms: readonly RowForm<Field>[], fields: number): RowForm<Field>['read'] | undefined {
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

function formsOf<Field>(schema: TSchema, kind: FieldKind<Field>): RowForm<Field>[] {
  const forms: RowForm<Field>[] = []
  let hasScalar = false
  for (const member of membersOf(fieldsOf(schema))) {
    if (Object.keys(member.properties ?? {}).length > 0) {
      forms.push(objectForm(member, kind))
    } else if (!hasScalar && scalars.includes(member.type ?? '')) {
      // One for all scalars: a field is read as whichever it fits.
      forms.push(scalarForm(schema, kind))
      hasScalar = true
    }
  }
  return forms
}

function scalarForm<Field>(schema: TSchema, kind: FieldKind<Field>): RowForm<Field> {
  const validator = validatorOf(schema)
  const isText = fieldsOf(schema).type === 'string'
  // Text that fits stays as it is: quotes around it are its own.
  const read = ([field]: readonly Field[]) =>
    isText || fits(validator, field) ? field : readField(schema, field!, kind)
  return { columns: ['value'], fewest: 1, most: 1, constants: [], read }
}

function objectForm<Field>(fields: SchemaFields, kind: FieldKind<Field>): RowForm<Field> {
  const columns = Object.entries(fields.properties ?? {}).map(([name, property]): Column => {
    return {
      name,
      isRequired: mustBeGiven(fields, name),
      isConstant: 'const' in property,
      isText: property.type === 'string',
      schema: property as TSchema,
    }
  })
  function read(row: readonly Field[]) {
    const instance: Record<string, unknown> = {}
    for (let i = 0; i < row.length; i++) {
      const { name, isRequired, isText, schema } = columns[i]!
      const field = row[i]!
      if (!isRequired && kind.isLeftOut(field)) continue
      instance[name] = isText ? field : readField(schema, field, kind)
    }
    return instance
  }
  const fewest = columns.findLastIndex(({ isRequired }) => isRequired) + 1
  const constants = columns.flatMap((column, at) =>
    column.isConstant ? [{ at, takes: constantTaker(column, kind) }] : [],
  )
  return { columns: columns.map(({ name }) => name), fewest, most: columns.length, constants, read }
}

/** Is a field the constant of its column, or left out where it may be? */
function constantTaker<Field>(
  { isRequired, isText, schema }: Column,
  kind: FieldKind<Field>,
): ConstantColumn<Field>['takes'] {
  const { const: value } = fieldsOf(schema)
  return field => {
    if (!isRequired && kind.isLeftOut(field)) return true
    return isText ? field === value : kind.coerce(schema, field) !== undefined
  }
}

/** A field that cannot be read stays as it is: the check then says what it should have been. */
function readField<Field>(schema: TSchema, field: Field, kind: FieldKind<Field>): unknown {
  const read = kind.coerce(schema, field)
  return read ? read.value : field
}
