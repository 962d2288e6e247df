/** How fast a plugin is: here in this thread, and through a host. */
import type { Resident } from '../lane-predict.js'
import type { LaneHost } from './lane-host.js'
import type { Asked } from './local-checks.js'
import { sendHere } from './local-lanes.js'

export interface PredictTimes {
  /** `examples[0]` */
  readonly name: string
  readonly medianMs: number
  readonly p95Ms: number
}

const mostRounds = 1000
const together = 8

/**
 * Times each example in this thread: decoded, checked, predicted, encoded.
 *
 * @param limitMs  for all of them together; each is asked three times at least
 */
export async function timePredictions(
  resident: Resident,
  asked: readonly Asked[],
  limitMs: number,
): Promise<PredictTimes[]> {
  const times: PredictTimes[] = []
  for (const { name, request } of asked) {
    const body = JSON.stringify(request)
    const took: number[] = []
    const endMs = performance.now() + limitMs / asked.length
    while (took.length < 3 || (took.length < mostRounds && performance.now() < endMs)) {
      const startMs = performance.now()
      await sendHere(resident, body, 'application/json')
      took.push(performance.now() - startMs)
    }
    times.push({ name, medianMs: quantile(took, 0.5), p95Ms: quantile(took, 0.95) })
  }
  return times
}

/** @returns the value below which this part of the values lies, by the nearest rank; 0 of none */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
}

/** Answers a second to some callers at once; they share their thread with the host's server. */
export async function requestsPerSecond(
  host: LaneHost,
  modelName: string,
  asked: readonly Asked[],
  limitMs: number,
): Promise<number> {
  if (asked.length === 0) return 0
  const startMs = performance.now()
  let next = 0
  let answered = 0
  const caller = async () => {
    while (performance.now() - startMs < limitMs) {
      await host.ask(modelName, Buffer.from(JSON.stringify(asked[next++ % asked.length]!.request)))
      answered++
    }
  }
  await Promise.all(Array.from({ length: together }, caller))
  return (answered * 1000) / (performance.now() - startMs)
}
