/** Schemas, values and names as people read them in a message. */
import type { TSchema } from 'typebox'

/** The JSON Schema keywords that messages speak of. */
export interface SchemaFields {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaFields[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly items?: SchemaFields | readonly SchemaFields[]
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, SchemaFields>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | SchemaFields
  readonly default?: unknown
  readonly description?: string
}

/** A schema as what it says in JSON; TypeBox types it as a set of TypeScript types instead. */
export const fieldsOf = (schema: TSchema): SchemaFields => schema as SchemaFields

/** The schemas that a value may be one of: those of a union, and of the unions in it; of any other schema, itself. */
export function membersOf(schema: SchemaFields): readonly SchemaFields[] {
  return schema.anyOf ? schema.anyOf.flatMap(membersOf) : [schema]
}

/** What a value must be: `an integer from 1 to 256`, `one of "a", "b"`, `a list of strings`. */
export function describeSchema(schema: SchemaFields): string {
  if (schema.anyOf) return describeUnion(membersOf(schema))
  if (schema.enum) return `one of ${schema.enum.map(describeValue).join(', ')}`
  if ('const' in schema) return describeValue(schema.const)
  switch (schema.type) {
    case 'integer':
      return `an integer${describeBounds(schema)}`
    case 'number':
      return `a number${describeBounds(schema)}`
    case 'string':
      return `a string${describeStringLimits(schema)}`
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'array':
      return `a list${describeItems(schema.items)}${describeLength(schema.minItems, schema.maxItems, 'entry', 'entries')}`
    case 'object':
      return schema.properties ? `an object ${describeShape(schema)}` : 'an object'
    default:
      return schema.description ?? 'another value'
  }
}

/** What `describeSchema` says behind the type: `from 1 to 256`, `of at most 80 characters`; empty where there is nothing. */
export function describeLimits(schema: SchemaFields): string {
  switch (schema.type) {
    case 'integer':
    case 'number':
      return describeBounds(schema).trim()
    case 'string':
      return describeStringLimits(schema).trim()
    case 'array':
      return describeLength(schema.minItems, schema.maxItems, 'entry', 'entries').trim()
    default:
      return ''
  }
}

const describeStringLimits = ({ minLength, maxLength, pattern }: SchemaFields) =>
  `${describeLength(minLength, maxLength, 'character')}${pattern ? ` matching ${pattern}` : ''}`

function describeUnion(choices: readonly SchemaFields[]): string {
  if (choices.every(choice => 'const' in choice)) {
    return `one of ${choices.map(choice => describeValue(choice.const)).join(', ')}`
  }
  const areObjects = choices.every(choice => choice.type === 'object' && choice.properties)
  return areObjects ? `an object ${choices.map(describeShape).join(' or ')}` : choices.map(describeSchema).join(' or ')
}

function describeBounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: SchemaFields): string {
  const parts: string[] = []
  if (minimum !== undefined && maximum !== undefined) parts.push(`from ${minimum} to ${maximum}`)
  else if (minimum !== undefined) parts.push(`of at least ${minimum}`)
  else if (maximum !== undefined) parts.push(`of at most ${maximum}`)
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`)
  if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`)
  if (multipleOf !== undefined) parts.push(`divisible by ${multipleOf}`)
  return parts.length > 0 ? ` ${parts.join(' and ')}` : ''
}

function describeLength(min: number | undefined, max: number | undefined, one: string, many = `${one}s`): string {
  if (min !== undefined && max !== undefined) {
    return min === max ? ` of ${min} ${min === 1 ? one : many}` : ` of ${min} to ${max} ${many}`
  }
  if (min !== undefined) return min > 0 ? ` of at least ${min} ${min === 1 ? one : many}` : ''
  return max === undefined ? '' : ` of at most ${max} ${max === 1 ? one : many}`
}

function describeItems(items: SchemaFields['items']): string {
  if (items === undefined) return ''
  if (Array.isArray(items)) return ` [${items.map(item => shortType(item)).join(', ')}]`
  return ` of ${shortType(items as SchemaFields)}s`
}

function shortType(schema: SchemaFields): string {
  if (schema.anyOf) return schema.anyOf.map(shortType).join(' | ')
  if (schema.enum) return schema.enum.map(describeValue).join(' | ')
  if ('const' in schema) return describeValue(schema.const)
  if (schema.type === 'array' && schema.items && !Array.isArray(schema.items)) {
    return `[${shortType(schema.items as SchemaFields)}, ...]`
  }
  return schema.type ?? 'any'
}

/** An example of an object's form: `{"text1": string, "top"?: integer}`; of a union, one behind the other. */
export function describeShape(schema: SchemaFields): string {
  if (schema.anyOf) return schema.anyOf.map(describeShape).join(' or ')
  if (!schema.properties) return shortType(schema)
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    return `"${name}"${mustBeGiven(schema, name) ? '' : '?'}: ${shortType(property)}`
  })
  return `{${properties.join(', ')}}`
}

/** Must an object of this schema bring the property? Not where a default stands in. */
export function mustBeGiven({ properties = {}, required = [] }: SchemaFields, name: string): boolean {
  return required.includes(name) && properties[name]?.default === undefined
}

const maxShown = 60

/** A value in a few characters, however large or deep it is. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return cut(String(value))
}

/** @returns the text, its end replaced by an ellipsis where it is longer than `max` */
export function cut(text: string, max = maxShown): string {
  return text.length > max ? `${text.slice(0, max)}…` : text
}

/** The first names of a list, so that a message stays short. */
export function firstFew(names: readonly string[], max = 10): string[] {
  const shown = names.slice(0, max).map(name => cut(name))
  return names.length > max ? [...shown, `and ${names.length - max} more`] : shown
}

/** ` Did you mean "port"?`, or nothing where no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`
}

function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > 100) return undefined
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one name into the other. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      row[j] = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (isSame ? 0 : 1))
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) row[j] = Math.min(row[j]!, beforePrevious[j - 2]! + 1)
    }
    beforePrevious = previous
    previous = row
  }
  return previous[b.length]!
}

/** What JSON.parse complained of, without the piece of the text that it quotes. */
export function describeJsonError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  // It would be shown as nothing.
  if (message.includes("token '\uFEFF'")) return 'it has a byte order mark (U+FEFF); save it as UTF-8 without one'
  const quoteAt = message.search(/, (\.\.\.)?"/)
  return quoteAt < 0 ? message : message.slice(0, quoteAt)
}
