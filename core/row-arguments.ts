/** The arguments of a row, values of JSON as SQL has them -> an instance. */
import type { TSchema } from 'typebox'
import { fits, validatorOf } from './check.js'
import { coerce } from './coerce.js'
import { type FieldKind, readerOfRows } from './row-forms.js'
import { meantMember } from './union.js'
import { describeShape, fieldsOf, membersOf, mustBeGiven, type SchemaFields } from './words.js'

/**
 * Arguments fill the properties of a request in their order; those at the end may be left out, and null leaves out what need
 * not be given. One argument that is an object is the instance itself.
 *
 * @returns the instance, unchecked; or that the answer is null, as what must be given is; or what is wrong
 */
export type ArgumentsReader = (
  row: readonly unknown[],
) => { readonly instance: unknown } | { readonly isNull: true } | { readonly problem: string }

const values: FieldKind<unknown> = {
  noun: 'argument',
  isLeftOut: value => value === null,
  // Numbers that are larger than SQL's come as text.
  coerce: (schema, value) => coerce(schema, typeof value === 'string' ? value.trim() : value),
}

export function argumentsReader(schema: TSchema): ArgumentsReader {
  const fields = fieldsOf(schema)
  const rows = readerOfRows(schema, values)
  const takesNull = fits(validatorOf(schema), null)
  const placesOf = new Map(membersOf(fields).map(member => [member, placesForNull(member)]))
  const wanted = `One argument: ${describeShape(fields)}.`

  function withoutNulls(instance: unknown): ReturnType<ArgumentsReader> {
    if (instance === null && !takesNull) return { isNull: true }
    if (!isObject(instance)) return { instance }
    const member = fields.anyOf ? meantMember(fields, instance) : fields
    const { needed, spare } = (member && placesOf.get(member)) ?? nowhere
    if (needed.some(name => instance[name] === null)) return { isNull: true }
    const left = spare.filter(name => instance[name] === null)
    if (left.length === 0) return { instance }
    return { instance: Object.fromEntries(Object.entries(instance).filter(([name]) => !left.includes(name))) }
  }

  return row => {
    const [only] = row
    if (row.length === 1 && (isObject(only) || only === null)) return withoutNulls(only)
    if (rows) {
      const read = rows.read(row)
      return 'instance' in read ? withoutNulls(read.instance) : read
    }
    if (row.length !== 1) return { problem: `A row has ${row.length} arguments. ${wanted}` }
    return { instance: values.coerce(schema, only)?.value ?? only }
  }
}

interface NullPlaces {
  /** Properties that must be given. */
  readonly needed: readonly string[]
  /** Properties that may be left out. */
  readonly spare: readonly string[]
}

const nowhere: NullPlaces = { needed: [], spare: [] }

/** Where null is no value of its own. */
function placesForNull(member: SchemaFields): NullPlaces {
  const names = Object.entries(member.properties ?? {})
    .filter(([, property]) => !fits(validatorOf(property as TSchema), null))
    .map(([name]) => name)
  return {
    needed: names.filter(name => mustBeGiven(member, name)),
    spare: names.filter(name => !mustBeGiven(member, name)),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
