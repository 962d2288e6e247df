import type { HostError } from './errors.js'
import type { PredictAnswer, PredictRequest } from './lane-queue.js'

/** What routes ask predictions of: the table of models where a platform loads, or what loads on demand. */
export interface Invoker {
  /**
   * Says no before the body of a request is read, and begins a load where one is needed.
   *
   * @param name  a model's name, or a target
   * @throws HostError MODEL_NOT_LOADED, TARGET_INVALID, LOADS_FULL, or why its last load failed a moment ago
   */
  expect(name: string): void
  /**
   * Accepts a request; `settle` is called once, with its answer or error, and never before this returns.
   *
   * @throws HostError as `expect`, and QUEUE_FULL; MODEL_NOT_READY where as many wait for its load
   */
  invoke(name: string, request: PredictRequest, settle: SettleInvocation): Invocation
}

/** An accepted request. */
export interface Invocation {
  /** Its caller is gone. */
  cancel(): void
}

/** @param loadMs  time that this request waited for a load; undefined where it waited for none */
export type SettleInvocation = (
  error: HostError | undefined,
  answer: PredictAnswer | undefined,
  loadMs: number | undefined,
) => void
