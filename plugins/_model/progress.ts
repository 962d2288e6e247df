import type { Progress } from 'modelhost'

/** Often enough to watch, seldom enough to cost nothing. */
export const progressEveryMs = 250

/** Tells the last step, and of the others one every quarter of a second. */
export function throttle(progress: (progress: Progress) => void): (progress: Progress) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  return step => {
    const now = performance.now()
    if (step.done < step.total && now - toldAt < progressEveryMs) return
    toldAt = now
    progress(step)
  }
}
