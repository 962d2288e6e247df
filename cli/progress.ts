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
 * Shows how far a training is: a bar with the time left on a terminal, else a log line every three seconds.
 *
 * @returns report  for each step of progress
 * @returns clear   takes the bar away, before other text is written
 */
export function createProgress(terminal: Terminal, log: Log, nowMs = () => performance.now()) {
  let stage: string | undefined
  let startMs = nowMs()
  let shownMs = Number.NEGATIVE_INFINITY

  const report = (progress: Progress) => {
    const now = nowMs()
    // The time left is that of this stage: the next one counts other things.
    if (progress.stage !== stage) [stage, startMs, shownMs] = [progress.stage, now, Number.NEGATIVE_INFINITY]
    const isLast = progress.done >= progress.total
    if (!isLast && now - shownMs < (terminal.isTTY ? redrawMs : lineMs)) return
    shownMs = now
    const line = describe(progress, (now - startMs) / 1000)
    if (!terminal.isTTY) log.info({}, line)
    else
      terminal.write(`${clearLine}${drawBar(progress)} ${line}`.slice(0, clearLine.length + (terminal.columns ?? 80)))
  }
  return { report, clear: () => void (terminal.isTTY && terminal.write(clearLine)) }
}

function drawBar({ done, total }: Progress): string {
  const filled = Math.round(barWidth * Math.min(1, total > 0 ? done / total : 1))
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
}

/** `train 12/100 epochs, loss 1.2, 8 s left` */
function describe({ done, total, unit, stage, figures }: Progress, seconds: number): string {
  const figureTexts = Object.entries(figures ?? {}).map(([name, value]) => `${name} ${formatFigure(value)}`)
  const left = done > 0 && done < total ? [`${formatSeconds((seconds / done) * (total - done))} left`] : []
  return [`${stage ? `${stage} ` : ''}${done}/${total} ${unit}`, ...figureTexts, ...left].join(', ')
}
