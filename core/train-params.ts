/** What a training is given as params: the plugin's own, and those of the host. */
import { Type } from 'typebox'
import { maxParamsBytes } from './artifact-folder.js'
import { coerce } from './coerce.js'
import { fail } from './errors.js'
import { findExampleProblem, readExamples } from './examples.js'
import { coerceParams } from './params.js'
import type { AnyPlugin } from './plugin.js'
import { describeSchema, describeValue, fieldsOf } from './words.js'

export interface TrainParams {
  /** As the plugin's schema has them: coerced, defaults filled in. */
  readonly params: Record<string, unknown>
  /** The params file with them, and the examples. */
  readonly content: string
  /** Seconds that the training may take, where the params say so. */
  readonly maxSeconds: number | undefined
}

const maxSecondsSchema = Type.Number({ exclusiveMinimum: 0 })

/**
 * @param file  where they come from, for errors
 * @throws HostError PARAMS_INVALID
 */
export function readTrainParams(
  plugin: AnyPlugin,
  given: Readonly<Record<string, unknown>>,
  file = `The params for ${plugin.name}`,
): TrainParams {
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  const name = given['model_name'] ?? plugin.name
  // Hyperparameters come JSON-encoded once more.
  if (name !== plugin.name && name !== JSON.stringify(plugin.name)) {
    throw invalid(`their model_name is ${JSON.stringify(name)}. Train that plugin with them.`)
  }
  const params = coerceParams(plugin.params, given, file)
  const maxSeconds = readMaxSeconds(given, invalid)
  const examples = readExamples(given, file)
  const problem = findExampleProblem(plugin, examples)
  if (problem) throw invalid(problem)
  const shown = examples.length > 0 ? { examples: examples.map(example => JSON.parse(example)) } : {}
  const content = `${JSON.stringify({ model_name: plugin.name, ...params, ...shown }, null, 2)}\n`
  const bytes = Buffer.byteLength(content)
  if (bytes > maxParamsBytes)
    throw invalid(`as a file they have ${bytes} bytes; a host reads ${maxParamsBytes} at most. Shorten them.`)
  return { params, content, maxSeconds }
}

function readMaxSeconds(given: Readonly<Record<string, unknown>>, invalid: (problem: string) => Error) {
  const value = Object.hasOwn(given, 'max_seconds') ? given['max_seconds'] : undefined
  if (value === undefined) return undefined
  const read = coerce(maxSecondsSchema, value)
  if (read) return read.value as number
  throw invalid(`max_seconds must be ${describeSchema(fieldsOf(maxSecondsSchema))}, but is ${describeValue(value)}.`)
}
