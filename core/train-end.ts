import type { TrainEnd } from './plugin.js'

/** What a plugin's `train` says of its end, which may be anything; undefined where it is no such thing. */
export function readTrainEnd(end: unknown): TrainEnd | undefined {
  if (typeof end !== 'object' || end === null) return undefined
  const { done, wanted, unit } = end as Partial<Record<keyof TrainEnd, unknown>>
  const isRead = Number.isFinite(done) && Number.isFinite(wanted) && typeof unit === 'string'
  // Of the rest, some may be what cannot be posted.
  return isRead ? { done: done as number, wanted: wanted as number, unit } : undefined
}
