import type { Log, Progress } from '../core/plugin.js'
import { formatFigure, formatSeconds } from './text.js'

/** What a bar is drawn on: stderr, as a rule. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const barWidth = 24
const redrawMs = 100
const lineMs = 3000
const clearLine = '\r\x1b[K'

/**
 * Shows how far a training, an evaluation or a batch is: a bar with the time left on a terminal, else a log line every three seconds.
 *
 * @returns report  for each step of progress
 * @returns clear   takes the bar away, before other text is written
 */
export function createProgress(terminal: Terminal, log: Log, nowMs = () => performance.now()) {
  // The time left is that of this stage: the next one counts other things.
  let start: { stage: string | undefined; done: number; ms: number } | undefined
  let shownMs = Number.NEGATIVE_INFINITY

  const report = (progress: Progress) => {
    const now = nowMs()
    if (start?.stage !== progress.stage || start === undefined) {
      start = { stage: progress.stage, done: progress.done, ms: now }
      shownMs = Number.NEGATIVE_INFINITY
    }
    const isLast = progress.done >= progress.total
    if (!isLast && now - shownMs < (terminal.isTTY ? redrawMs : lineMs)) return
    shownMs = now
    const line = describe(progress, secondsLeft(progress, start.done, (now - start.ms) / 1000))
    if (!terminal.isTTY) log.info({}, line)
    else
      terminal.write(`${clearLine}${drawBar(progress)} ${line}`.slice(0, clearLine.length + (terminal.columns ?? 80)))
  }
  return { report, clear: () => void (terminal.isTTY && terminal.write(clearLine)) }
}

/** Where the total is not known, which infinity says, the bar stays empty. */
function drawBar({ done, total }: Progress): string {
  const filled = Math.round(barWidth * Math.min(1, total > 0 ? done / total : 1))
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
}

/** @returns undefined before the first step is done, and after the last */
function secondsLeft({ done, total }: Progress, doneAtStart: number, seconds: number): number | undefined {
  const isKnown = done > doneAtStart && done < total && Number.isFinite(total)
  return isKnown ? (seconds / (done - doneAtStart)) * (total - done) : undefined
}

/** `training 12/100 epochs, 8 s left, loss 1.2`: what matters most is not cut off */
function describe({ done, total, unit, stage, figures }: Progress, left: number | undefined): string {
  const figureTexts = Object.entries(figures ?? {}).map(([name, value]) => `${name} ${formatFigure(value)}`)
  const leftTexts = left === undefined ? [] : [`${formatSeconds(left)} left`]
  return [
    `${stage ? `${stage} ` : ''}${done}${Number.isFinite(total) ? `/${total}` : ''} ${unit}`,
    ...leftTexts,
    ...figureTexts,
  ].join(', ')
}
