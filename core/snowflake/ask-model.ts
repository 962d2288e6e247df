import { fail, type HostError, isHostError } from '../errors.js'
import type { Invocation } from '../invoker.js'
import { typeOfKind } from '../media-type.js'
import type { HostParts } from '../server.js'

export interface BatchAnswer {
  readonly body: Uint8Array
  /** What it took in its lane, and how long it waited for its model; where it is fresh and of one model. */
  readonly predictMs?: number
  readonly loadMs?: number | undefined
}

/** Called once. */
export type SettleBatch = (error: HostError | undefined, answer?: BatchAnswer) => void

/**
 * Asks one model for the answers of rows; `settle` is never called before this returns.
 *
 * @throws HostError as `Invoker.invoke`
 */
export type AskModel = (model: string, requestId: string, body: Uint8Array, settle: SettleBatch) => Invocation

export function createAskModel({ invoker, models }: HostParts, maxAnswerBytes: number): AskModel {
  const head = {
    contentType: `${typeOfKind.rows}; max-answer-bytes=${maxAnswerBytes}`,
    contentEncoding: undefined,
    accept: undefined,
    customAttributes: '',
  }
  return (model, requestId, body, settle) => {
    try {
      return invoker.invoke(model, { requestId, head, body }, (error, answer, loadMs) => {
        settle(error, answer && { body: answer.body, predictMs: answer.predictMs, loadMs })
      })
    } catch (error) {
      throw later(error, model, models)
    }
  }
}

/** A model that is on its way is asked again: what says "not there" would fail the whole query. */
export function later(error: unknown, model: string, models: Pick<HostParts['models'], 'stateOf'>): unknown {
  const isLoading = isHostError(error) && error.code === 'MODEL_NOT_LOADED' && models.stateOf(model) === 'loading'
  return isLoading ? fail('MODEL_NOT_READY', { model }, error) : error
}
