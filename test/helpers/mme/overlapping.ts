import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Call, Handler } from './server.js'

/** Calls that came together stay together for so long, on a busy machine too. */
const togetherMs = 300

/**
 * A handler that takes long where several calls came at the same time, so that what goes wrong then surely does.
 *
 * @param others  answers all but the first of them instead
 */
export function overlapping(right: Handler, others?: (call: Call) => Answer) {
  let running = 0
  const handler: Handler = async call => {
    const place = ++running
    try {
      // All that are on their way arrive.
      await wait(10)
      const isAlone = running === 1 && place === 1
      const answer = place > 1 && others ? others(call) : await right(call)
      if (!isAlone) await wait(togetherMs)
      return answer
    } finally {
      running--
    }
  }
  return { handler, isRunning: () => running > 1 }
}
