/** Text that stands for a typed value: a hyperparameter, a flag, a variable, a CSV field. */
import type { TSchema } from 'typebox'
import { validatorOf } from './check.js'
import { fieldsOf } from './words.js'

// As in JSON: Python and JavaScript print numbers so; 0x10, 1_000 or 007 are nobody's output.
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/**
 * Reads a value as what its schema takes.
 *
 * Text that fits as it is stays text; else it is read as null, a boolean, a number or JSON, whichever fits. Text that
 * is a JSON string in itself (as hyperparameters are, encoded once more) is unwrapped once first.
 *
 * @returns the value that fits; undefined when no reading does
 */
export function coerce(schema: TSchema, value: unknown): { value: unknown } | undefined {
  const validator = validatorOf(schema)
  const takesFractions = fieldsOf(schema).type === 'number'
  const fits = (candidate: unknown) => isExact(candidate, takesFractions) && validator.Check(candidate)
  if (typeof value !== 'string') return fits(value) ? { value } : undefined
  const inner = unwrapJsonString(value)
  for (const text of inner === undefined ? [value] : [inner, value]) {
    for (const reading of readingsOf(text)) if (fits(reading)) return { value: reading }
  }
  return undefined
}

/** @returns what a JSON string stands for; undefined where the text is none */
export function unwrapJsonString(text: string): string | undefined {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return undefined
  const value = parseJson(text)
  return typeof value === 'string' ? value : undefined
}

function* readingsOf(text: string): Generator<unknown> {
  yield text
  if (text === 'None' || text === 'null') yield null
  if (text === 'true' || text === 'True') yield true
  if (text === 'false' || text === 'False') yield false
  if (jsonNumber.test(text)) yield Number(text)
  if (text.startsWith('[') || text.startsWith('{')) yield parseJson(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An integer beyond 2^53 has already lost digits; infinity is what 1e400 becomes. */
function isExact(value: unknown, takesFractions: boolean): boolean {
  if (typeof value !== 'number') return true
  return Number.isFinite(value) && (takesFractions || !Number.isInteger(value) || Number.isSafeInteger(value))
}
