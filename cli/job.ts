import type { Log, Progress } from '../core/plugin.js'
import { createLog } from './log.js'
import { createProgress } from './progress.js'

/** What a command gives to work that takes long. */
interface JobTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** `timeout` and npx send a signal twice: to the process, and to its group. What is begun is put away all the same. */
const repeatMs = 1000

/**
 * Runs what takes long: log lines and progress go to stderr, a signal stops it, and a later one ends the process at once.
 *
 * @param level  of the log lines; `silent` shows no progress either
 */
export async function runJob<T>(level: string, work: (tools: JobTools) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  let stoppedMs: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (stoppedMs !== undefined && performance.now() - stoppedMs > repeatMs) {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      process.kill(process.pid, signal)
    }
    stoppedMs ??= performance.now()
    stop.abort(new Error(signal))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  let clear = () => {}
  const log = createLog(level, line => {
    clear()
    process.stderr.write(line)
  })
  const bar = createProgress(process.stderr, log)
  clear = bar.clear
  try {
    return await work({ log, progress: level === 'silent' ? () => {} : bar.report, signal: stop.signal })
  } finally {
    bar.clear()
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}
