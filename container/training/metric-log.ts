import type { Progress } from '../../core/plugin.js'
import { metricLine } from './metrics.js'

/** CloudWatch keeps one value a minute for each metric; the log is for people, too. */
const leastMs = 5000

/**
 * Writes progress as metric lines: at most one every five seconds, but the last of each stage always.
 *
 * @returns report  for each step of progress
 * @returns flush   writes the last one, where it has not been written
 */
export function createMetricLog(write: (line: string) => void, nowMs = () => performance.now()) {
  let pending: Progress | undefined
  let stage: string | undefined
  let writtenMs = Number.NEGATIVE_INFINITY
  const flush = () => {
    if (pending) write(metricLine(pending))
    pending = undefined
  }
  const report = (progress: Progress) => {
    const isNewStage = progress.stage !== stage
    if (isNewStage) flush()
    stage = progress.stage
    pending = progress
    const now = nowMs()
    if (!isNewStage && progress.done < progress.total && now - writtenMs < leastMs) return
    writtenMs = now
    flush()
  }
  return { report, flush }
}
