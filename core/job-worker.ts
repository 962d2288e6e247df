import { parentPort } from 'node:worker_threads'
import { describeError, type ErrorCode, isHostError } from './errors.js'
import type { LaneLogLine } from './lane-messages.js'
import type { Progress } from './plugin.js'

/** The thread's side of a job: does it, and tells how it goes. */

export type JobMessage =
  | LaneLogLine
  | { readonly progress: Progress }
  | { readonly note: unknown }
  | { readonly result: unknown }
  // An Error posted between threads loses its `code`, so it travels as plain data.
  | { readonly failure: { readonly code?: ErrorCode; readonly message: string; readonly stack?: string } }

const say = (message: JobMessage) => parentPort!.postMessage(message)

export const sayProgress = (progress: Progress): void => say({ progress })

/** Tells something before the result: plain data that the starter of this kind of job knows. */
export const sayNote = (note: unknown): void => say({ note })

/** @param work  what the thread is there for; its result must be plain data */
export async function doJob(work: () => Promise<unknown>): Promise<void> {
  try {
    say({ result: await work() })
  } catch (error) {
    const origin = isHostError(error) ? (error.cause ?? error) : error
    const stack = origin instanceof Error ? origin.stack : undefined
    const code = isHostError(error) ? { code: error.code } : {}
    say({ failure: { message: describeError(error), ...code, ...(stack ? { stack } : {}) } })
  }
}
