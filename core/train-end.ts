/** How far a training came, by what its plugin says. */
import type { TrainEnd } from './plugin.js'
import type { EndReason } from './train-deadline.js'

/** What a plugin's `train` says of its end, which may be anything; undefined where it is no such thing. */
export function readTrainEnd(end: unknown): TrainEnd | undefined {
  if (typeof end !== 'object' || end === null) return undefined
  const { done, wanted, unit } = end as Partial<Record<keyof TrainEnd, unknown>>
  const isRead = Number.isFinite(done) && Number.isFinite(wanted) && typeof unit === 'string'
  // Of the rest, some may be what cannot be posted.
  return isRead ? { done: done as number, wanted: wanted as number, unit } : undefined
}

/**
 * @param end     what the plugin says; undefined where it says nothing
 * @param reason  why it should have ended by now
 * @returns why it ended early, as a sentence; undefined where it did not
 */
export function explainEnd(
  end: TrainEnd | undefined,
  reason: EndReason | undefined,
  maxSeconds: number | undefined,
): string | undefined {
  const isWhole = end !== undefined && end.done >= end.wanted
  // A plugin that ends for a reason of its own, with all the time there is, has learned what it wants to.
  if (isWhole || (reason === undefined && (end === undefined || maxSeconds === undefined))) return undefined
  const rounds = end === undefined ? 'with what it had learned' : `after ${end.done} of ${end.wanted} ${end.unit}`
  return reason === 'stop'
    ? `It was told to stop, and ended ${rounds}.`
    : `It had ${maxSeconds} s, and ended ${rounds}.`
}
