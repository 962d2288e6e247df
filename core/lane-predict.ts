import type { createCodec } from './codec.js'
import type { ErrorAnswer } from './encode.js'
import { describeError, type ErrorCode, fail, isHostError } from './errors.js'
import { errorFields } from './lane-log.js'
import type { RequestHead } from './lane-messages.js'
import type { AnyPlugin, Log, PredictContext } from './plugin.js'
import { checkRoom } from './row-answers.js'

/** A model in this lane. */
export interface Resident {
  readonly modelName: string
  readonly plugin: AnyPlugin
  readonly codec: ReturnType<typeof createCodec>
  readonly model: unknown
  readonly log: Log
}

const errorAnswer = (code: ErrorCode, message: string): ErrorAnswer => ({ error: { code, message } })

/**
 * Bytes -> instances -> checked -> predicted -> bytes.
 *
 * @returns the answer's bytes and content type
 * @throws HostError where the body as a whole, or its only instance, cannot be answered
 */
export async function answerRequest(
  resident: Resident,
  body: Uint8Array,
  { contentType, contentEncoding, accept }: RequestHead,
  context: PredictContext,
) {
  const { codec } = resident
  const decoded = codec.decode(body, contentType, contentEncoding)
  codec.acceptable(accept, decoded)
  const answers: unknown[] = new Array(decoded.instances.length)
  const valid: number[] = []
  let invalid = 0
  for (let i = 0; i < decoded.instances.length; i++) {
    if (decoded.rows?.nulls.has(i)) {
      answers[i] = null
      continue
    }
    const problem = decoded.failures?.get(i) ?? codec.check(decoded.instances[i])
    if (problem === undefined) {
      valid.push(i)
      continue
    }
    if (!decoded.isList) throw fail('REQUEST_INVALID', { problem })
    answers[i] = errorAnswer('REQUEST_INVALID', problem)
    checkRoom(++invalid, decoded.rows?.maxAnswerBytes)
  }
  if (resident.plugin.predictBatch && valid.length > 0) {
    await predictTogether(resident, decoded.instances, valid, answers, context, decoded.isList)
  } else {
    for (const i of valid) {
      try {
        const prediction = resident.plugin.predict(resident.model, decoded.instances[i], context)
        answers[i] = isPromise(prediction) ? await prediction : prediction
      } catch (error) {
        answers[i] = failedAnswer(resident, error, context, decoded.isList)
      }
    }
  }
  return codec.encode(answers, decoded, accept)
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function'

async function predictTogether(
  resident: Resident,
  instances: readonly unknown[],
  valid: readonly number[],
  answers: unknown[],
  context: PredictContext,
  isList: boolean,
): Promise<void> {
  try {
    const batch = valid.length === instances.length ? instances : valid.map(i => instances[i])
    const predictions = await predictBatch(resident, batch as unknown[], context)
    for (const [k, i] of valid.entries()) answers[i] = predictions[k]
  } catch (error) {
    const answer = failedAnswer(resident, error, context, isList)
    for (const i of valid) answers[i] = answer
  }
}

/**
 * Asks a plugin's `predictBatch`.
 *
 * @returns one answer an instance, in order
 * @throws TypeError where it returns anything else, and whatever it throws
 */
export async function predictBatch(
  { plugin, model }: Pick<Resident, 'plugin' | 'model'>,
  instances: unknown[],
  context: PredictContext,
): Promise<unknown[]> {
  const answers: unknown = await plugin.predictBatch!(model, instances, context)
  if (Array.isArray(answers) && answers.length === instances.length) return answers
  const got = Array.isArray(answers) ? `${answers.length} answers` : 'no list'
  throw new TypeError(`predictBatch got ${instances.length} instances and returned ${got}`)
}

/** What a plugin threw, as the answer in a list; thrown on where the request is one instance. */
function failedAnswer(resident: Resident, error: unknown, context: PredictContext, isList: boolean): ErrorAnswer {
  const failure = isHostError(error)
    ? error
    : fail('PREDICT_FAILED', { plugin: resident.plugin.name, problem: describeError(error) }, error)
  if (!isHostError(error)) {
    resident.log.error({ requestId: context.requestId, ...errorFields(error) }, 'prediction failed')
  }
  if (!isList) throw failure
  return errorAnswer(failure.code, failure.message)
}
