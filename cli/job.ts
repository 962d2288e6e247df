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

/**
 * Runs what takes long: log lines and progress go to stderr, a signal stops it.
 *
 * @param level  of the log lines; `silent` shows no progress either
 */
export async function runJob<T>(level: string, work: (tools: JobTools) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => stop.abort(new Error(signal))
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
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
