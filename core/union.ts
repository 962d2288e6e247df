/** Of a schema that is one of several: which of them a value is meant to be. */
import { membersOf, mustBeGiven, type SchemaFields } from './words.js'

/** How much of an object's schema a value has, in properties. */
interface Fit {
  readonly required: number
  readonly others: number
  readonly missing: number
}

/**
 * Whoever sends `{"text1": "a"}` means the pair of texts, and wants to know what is wrong with that. A member that has
 * another constant where the value has one, such as another `kind`, is not meant.
 *
 * @returns the only member for an object, or for a list; else the member whose properties, required ones first, the
 *   value has most of; undefined where nothing tells them apart, and for a schema that is no union
 */
export function meantMember(schema: SchemaFields, value: unknown): SchemaFields | undefined {
  if (!schema.anyOf || typeof value !== 'object' || value === null) return undefined
  const type = Array.isArray(value) ? 'array' : 'object'
  const possible = membersOf(schema).filter(member => member.type === undefined || member.type === type)
  if (possible.length === 1 && possible[0]!.type === type) return possible[0]
  if (type === 'array') return undefined
  let best: SchemaFields | undefined
  let bestFit: Fit = { required: 0, others: 0, missing: 0 }
  for (const member of possible) {
    const fit = fitOf(member, value as Record<string, unknown>)
    if (fit && isBetter(fit, bestFit)) [best, bestFit] = [member, fit]
  }
  return best
}

/** @returns undefined where a constant differs */
function fitOf(member: SchemaFields, value: Readonly<Record<string, unknown>>): Fit | undefined {
  const fit = { required: 0, others: 0, missing: 0 }
  for (const [name, property] of Object.entries(member.properties ?? {})) {
    const isRequired = mustBeGiven(member, name)
    if (Object.hasOwn(value, name)) {
      if ('const' in property && property.const !== value[name]) return undefined
      if (isRequired) fit.required++
      else fit.others++
    } else if (isRequired) {
      fit.missing++
    }
  }
  return fit
}

function isBetter(a: Fit, b: Fit): boolean {
  if (a.required !== b.required) return a.required > b.required
  if (a.others !== b.others) return a.others > b.others
  return a.required + a.others > 0 && a.missing < b.missing
}
