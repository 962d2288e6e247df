/** Is a module's default export a plugin? Every field of the door, checked before a model asks for it. */
import type { TSchema } from 'typebox'
import { findProblem } from './check.js'
import { describeError, fail } from './errors.js'
import { metricName } from './metric-name.js'
import { type AnyPlugin, hostParams, type Plugin } from './plugin.js'
import { describeValue, didYouMean, fieldsOf, membersOf } from './words.js'

interface Rule {
  /** Ends the sentence "its <field> must be ...". */
  readonly wanted: string
  readonly isRequired?: boolean
  fits(value: unknown): boolean
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isFunction = (value: unknown) => typeof value === 'function'
const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value)

const functionRule: Rule = { wanted: 'a function', fits: isFunction }
const schemaRule: Rule = { wanted: 'a schema, made with Type', isRequired: true, fits: isObject }
const perTypeRule: Rule = {
  wanted: 'an object of functions by content type, such as {"text/csv": body => [...]}',
  fits: value => isObject(value) && Object.entries(value).every(([type, f]) => isFunction(f) && isMediaType(type)),
}
const isMediaType = matches(/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/)
const isFileName = matches(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)

/** A training job may define 40 metrics, of which the host has some of its own. */
const maxMetrics = 30

/** One rule a field of the door; the compiler sees that none is left out. */
const rules: Readonly<Record<keyof Plugin, Rule>> = {
  name: {
    wanted: 'a name of letters, digits, ".", "_" and "-" that begins with a letter',
    isRequired: true,
    fits: matches(/^[A-Za-z][A-Za-z0-9._-]{0,99}$/),
  },
  summary: { wanted: 'a sentence', isRequired: true, fits: matches(/\S/) },
  version: { wanted: 'a version such as "1.0.0"', isRequired: true, fits: matches(/^\d+\.\d+\.\d+([-+].+)?$/) },
  params: {
    wanted: 'an object schema, made with Type.Object',
    isRequired: true,
    fits: value => isObject(value) && value.type === 'object' && isObject(value.properties),
  },
  request: schemaRule,
  response: schemaRule,
  load: { ...functionRule, isRequired: true },
  predict: { ...functionRule, isRequired: true },
  predictBatch: functionRule,
  unload: functionRule,
  train: functionRule,
  metrics: {
    wanted: `a list of at most ${maxMetrics} names, such as ["epoch", "dev F1"], that differ in their letters and digits`,
    fits: areMetrics,
  },
  evaluate: functionRule,
  files: { wanted: 'a list of {name, optional?}', fits: value => Array.isArray(value) && value.every(isPluginFile) },
  hasModelFile: { wanted: 'true or false', fits: value => typeof value === 'boolean' },
  assets: functionRule,
  estimateSize: functionRule,
  scratchBytes: {
    wanted: 'a number of bytes, or a function of params and files that gives it',
    fits: value => isFunction(value) || (Number.isSafeInteger(value) && (value as number) >= 0),
  },
  decode: perTypeRule,
  encode: perTypeRule,
  routes: functionRule,
}

function areMetrics(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > maxMetrics || value.some(name => typeof name !== 'string')) return false
  const names = value.map(metricName)
  return names.every(name => /[a-z]/.test(name) && name.length <= 100) && new Set(names).size === names.length
}

function isPluginFile(value: unknown): boolean {
  if (!isObject(value)) return false
  const { name, optional, ...rest } = value
  const isFlag = optional === undefined || typeof optional === 'boolean'
  // These two names are the artifact's own.
  return isFileName(name) && name !== 'model' && name !== 'params' && isFlag && Object.keys(rest).length === 0
}

/**
 * @param value  a module's default export
 * @param path   the module, for errors
 * @returns the value, now known to be a plugin
 * @throws HostError PLUGIN_INVALID
 */
export function checkPlugin(value: unknown, path: string): AnyPlugin {
  const invalid = (problem: string) => fail('PLUGIN_INVALID', { path, problem })
  if (!isObject(value)) {
    const found = value === undefined ? 'it has no default export' : `its default export is ${describeValue(value)}`
    throw invalid(`${found}. Write: export default definePlugin({ ... }).`)
  }
  for (const field of Object.keys(value)) {
    if (!Object.hasOwn(rules, field)) {
      throw invalid(`its field "${field}" is not one of a plugin's.${didYouMean(field, Object.keys(rules))}`)
    }
  }
  for (const [field, { wanted, isRequired = false, fits }] of Object.entries(rules)) {
    const found = value[field]
    if (found === undefined && isRequired) throw invalid(`its ${field} is missing. It must be ${wanted}.`)
    if (found !== undefined && !fits(found))
      throw invalid(`its ${field} must be ${wanted}, not ${describeValue(found)}.`)
  }
  const plugin = value as unknown as AnyPlugin
  const taken = hostParams.find(name => Object.hasOwn(plugin.params.properties, name))
  if (taken) throw invalid(`its params have "${taken}", a key of the params file that is the host's own. Rename it.`)
  for (const part of ['params', 'request', 'response'] as const) {
    const problem = findSchemaProblem(plugin[part])
    if (problem) throw invalid(`its ${part} schema is wrong: ${problem}`)
  }
  return plugin
}

/** Programs read it: `modelhost plugins --json`, the description of the API. */
function isJson(schema: TSchema): boolean {
  try {
    return JSON.stringify(schema) !== undefined
  } catch {
    return false
  }
}

function findSchemaProblem(schema: TSchema): string | undefined {
  try {
    findProblem(schema, undefined, 'The value')
  } catch (error) {
    return `${describeError(error)}.`
  }
  if (!isJson(schema)) return 'it is no JSON: it holds itself, or a value such as 1n. Write it with Type.'
  const properties = membersOf(fieldsOf(schema)).flatMap(member => Object.entries(member.properties ?? {}))
  for (const [name, property] of properties) {
    if (property.default === undefined) continue
    const problem = findProblem(property as TSchema, property.default, `the default of ${name}`)
    if (problem) return problem
  }
  return undefined
}
