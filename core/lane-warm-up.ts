import { describeError } from './errors.js'
import { exampleHead } from './examples.js'
import type { Turn } from './lane-messages.js'
import { answerRequest, type Resident } from './lane-predict.js'
import type { Log } from './plugin.js'
import { roundMs } from './quantities.js'

/** Of one turn: as long as it lasts, requests wait, be they of other models in this lane. */
const maxMs = 100

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }
const utf8 = new TextEncoder()

/** @returns milliseconds that each load of a turn may spend on its examples */
export function warmUpLimitMs({ loads }: Turn): number {
  return maxMs / loads.length
}

/**
 * Answers the examples of a model once, as requests are answered, so that its first caller finds compiled code. The
 * answers are dropped; an example that fails is a line in the log and no more.
 *
 * @param limitMs  once it is over no further example is begun
 */
export async function warmUp(resident: Resident, examples: readonly string[], limitMs: number): Promise<void> {
  if (examples.length === 0) return
  const { log } = resident
  // What is wrong is said here, in a line of its own.
  const quiet = { ...resident, log: silent }
  const begunMs = performance.now()
  const spentMs = () => performance.now() - begunMs
  const signal = AbortSignal.timeout(Math.ceil(limitMs))
  let answered = 0
  let failed = 0
  for (const [i, example] of examples.entries()) {
    if (signal.aborted || spentMs() >= limitMs) break
    const context = { requestId: 'warm-up', customAttributes: '', log, signal }
    try {
      await answerRequest(quiet, utf8.encode(example), exampleHead, context)
      answered++
    } catch (error) {
      // A prediction that gave up because the time is over has not failed.
      if (signal.aborted) break
      failed++
      log.warn({ example: i, error: describeError((error as Error).cause ?? error) }, 'example failed')
    }
  }
  const leftOut = examples.length - answered - failed
  log.debug({ answered, failed, leftOut, ms: roundMs(spentMs()) }, 'examples answered')
}
