import type { TSchema } from 'typebox'
import { coerce } from '../../core/coerce.js'
import { fieldsOf, firstFew, membersOf, mustBeGiven, type SchemaFields } from '../../core/words.js'
import { UsageError } from '../command.js'

/** Which column of the input fills which property of a request. */
export interface Filling {
  /** Undefined: the column is the request, a text that fills the first text property, or an instance. */
  readonly property: string | undefined
  readonly column: string
}

const named = /^([A-Za-z_][\w-]*)=(.+)$/s

/**
 * @param given   values of `--column`: `text`, or `text1=claim`
 * @param schema  of requests; undefined for a host elsewhere, whose models nobody knows here
 * @throws UsageError
 */
export function readFillings(given: readonly string[], schema: TSchema | undefined): Filling[] {
  const fillings = given.map((text): Filling => {
    const [, property, column = text] = named.exec(text) ?? []
    if (column === '') throw new UsageError('--column is empty. Name a column, or write --column property=column.')
    return { property, column }
  })
  const known = schema && propertiesOf(schema)
  const chosen = fillings.flatMap(({ property }) => property ?? [])
  for (const [i, property] of chosen.entries()) {
    if (known && known.length > 0 && !known.includes(property)) {
      throw new UsageError(`--column ${property}=: requests have no "${property}" (they have: ${known.join(', ')}).`)
    }
    if (chosen.indexOf(property) < i) throw new UsageError(`--column ${property}= is given twice.`)
  }
  if (fillings.length < 2 || chosen.length === fillings.length) return fillings
  if (!known) {
    const example = fillings.map(({ column }, i) => `--column text${i + 1}=${column}`).join(' ')
    throw new UsageError(`Say which property of a request each column fills, as in ${example}.`)
  }
  const free = known.filter(name => !chosen.includes(name))
  return fillings.map(({ property, column }) => {
    const next = property ?? free.shift()
    if (next === undefined)
      throw new UsageError(`Requests have no more than ${known.join(', ')}: --column ${column} is one too many.`)
    return { property: next, column }
  })
}

/** The names of an object's properties in their order; of several objects, one behind the other. */
function propertiesOf(schema: TSchema): string[] {
  return [...new Set(membersOf(fieldsOf(schema)).flatMap(({ properties = {} }) => Object.keys(properties)))]
}

/**
 * The columns of a table that requests take, by their names.
 *
 * @throws UsageError where there are too few
 */
export function matchHeader(file: string, header: readonly string[], schema: TSchema | undefined): Filling[] {
  if (header.length === 1) return [{ property: undefined, column: header[0]! }]
  const has = `${file} has: ${firstFew(header, 30).join(', ')}`
  if (!schema) throw new UsageError(`Name the columns that are sent, --column NAME (${has}).`)
  const members = membersOf(fieldsOf(schema)).filter(({ properties = {} }) => Object.keys(properties).length > 0)
  const missing = (member: SchemaFields) =>
    Object.keys(member.properties ?? {}).filter(name => mustBeGiven(member, name) && !header.includes(name))
  const fit = members.find(member => missing(member).length === 0)
  const columns = Object.keys(fit?.properties ?? {}).filter(name => header.includes(name))
  if (columns.length > 0) return columns.map(name => ({ property: name, column: name }))
  const wanted = members
    .map(member =>
      missing(member)
        .map(name => `"${name}"`)
        .join(' and '),
    )
    .filter(Boolean)
  const problem = wanted.length > 0 ? `There is no column ${wanted.join(', or ')}` : 'No column is named as in requests'
  throw new UsageError(`${problem} (${has}). Say which column to take: --column NAME, or --column property=NAME.`)
}

/** A cell -> its text as JSON, by what the property takes; undefined where an empty cell leaves it out. */
export function cellReader(property: string, schema: TSchema | undefined): (cell: string) => string | undefined {
  const members = schema ? membersOf(fieldsOf(schema)) : []
  const owner = members.find(({ properties = {} }) => Object.hasOwn(properties, property))
  const fields = owner?.properties?.[property]
  if (!owner || !fields) return cell => JSON.stringify(cell)
  const isRequired = mustBeGiven(owner, property)
  const isText = fields.type === 'string'
  return cell => {
    if (cell === '' && !isRequired) return undefined
    // What cannot be read stays text: the host then says what it should have been.
    const read = isText ? undefined : coerce(fields as TSchema, cell.trim())
    return JSON.stringify(read ? read.value : cell)
  }
}
