/** The requests that a params file brings along: they are shown with their answers, and a model warms up with them. */
import { Type } from 'typebox'
import { type Codec, createCodec } from './codec.js'
import { coerce } from './coerce.js'
import { describeError, fail } from './errors.js'
import type { RequestHead } from './lane-messages.js'
import type { AnyPlugin } from './plugin.js'
import { describeValue } from './words.js'

const maxExamples = 100
/** Of all of a model together, as JSON: the main thread keeps them as long as the model. */
const maxExamplesBytes = 64 << 10
const examplesSchema = Type.Array(Type.Unknown(), { maxItems: maxExamples })

/** What an example is sent with. */
export const exampleHead: RequestHead = {
  contentType: 'application/json',
  contentEncoding: undefined,
  accept: 'application/json',
  customAttributes: '',
}

/**
 * Reads the key `examples` of params; whether a model can answer them is not asked here.
 *
 * @param raw   all that the file or the training job says
 * @param file  where it comes from, for errors
 * @returns each example as JSON, the body of its request
 * @throws HostError PARAMS_INVALID where they are no list, too many, or too long
 */
export function readExamples(raw: Readonly<Record<string, unknown>>, file: string): string[] {
  const given = Object.hasOwn(raw, 'examples') ? raw.examples : undefined
  if (given === undefined) return []
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  const read = coerce(examplesSchema, given)
  if (!read) throw invalid(`examples must be a list of at most ${maxExamples} requests, but is ${describe(given)}.`)
  const examples = (read.value as unknown[]).map((example, i) => {
    try {
      return JSON.stringify(example) ?? 'null'
    } catch (error) {
      // JSON.parse reads deeper than anything writes.
      throw invalid(`examples[${i}] cannot be written as JSON (${describeError(error)}). Leave it out.`)
    }
  })
  const bytes = examples.reduce((sum, example) => sum + Buffer.byteLength(example), 0)
  if (bytes <= maxExamplesBytes) return examples
  throw invalid(`examples have ${bytes} bytes as JSON, more than ${maxExamplesBytes}. Keep fewer, or shorter ones.`)
}

/** Of a text that holds a list, the list is what people want to read about. */
function describe(given: unknown): string {
  const list = coerce(Type.Array(Type.Unknown()), given)
  return describeValue(list ? list.value : given)
}

/**
 * @param examples  as `readExamples` has them
 * @returns what is wrong with the first one that is no request of the plugin, as sentences that name it
 */
export function findExampleProblem(plugin: AnyPlugin, examples: readonly string[]): string | undefined {
  const codec = createCodec(plugin, { maxBodyBytes: Number.POSITIVE_INFINITY })
  for (const [i, example] of examples.entries()) {
    const problem = findProblemOf(example, codec)
    if (problem !== undefined) return `examples[${i}]: ${problem}`
  }
  return undefined
}

function findProblemOf(example: string, codec: Codec): string | undefined {
  try {
    const { contentType, contentEncoding } = exampleHead
    const { instances, isList } = codec.decode(Buffer.from(example), contentType, contentEncoding)
    return isList ? 'It holds a list of instances. Write each of them as an example.' : codec.check(instances[0])
  } catch (error) {
    return describeError(error)
  }
}
