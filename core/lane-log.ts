import { parentPort } from 'node:worker_threads'
import { describeError } from './errors.js'
import type { LaneLogLine } from './lane-messages.js'
import type { Log } from './plugin.js'

/** A log whose lines are written by the main thread. `bound` stands in each of them. */
export function createLaneLog(bound: object): Log {
  const send = (level: LaneLogLine['log']['level']) => (fields: object, message: string) => {
    const line: LaneLogLine = { log: { level, fields: { ...bound, ...fields }, message } }
    try {
      parentPort?.postMessage(line)
    } catch {
      // A field that cannot be cloned must not fail a prediction.
      parentPort?.postMessage({ log: { level, fields: bound, message } })
    }
  }
  return { debug: send('debug'), info: send('info'), warn: send('warn'), error: send('error') }
}

/** An error as log fields. */
export function errorFields(error: unknown): { error: string; stack?: string } {
  const stack = error instanceof Error ? error.stack : undefined
  return stack === undefined ? { error: describeError(error) } : { error: describeError(error), stack }
}
