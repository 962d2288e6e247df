import { setImmediate } from 'node:timers/promises'
import type { Log } from 'modelhost'

export type LogLine = Readonly<Record<string, unknown>>

/** A log that keeps its lines. */
export interface LinesLog {
  readonly log: Log
  readonly all: readonly LogLine[]
  /** Those with this message. */
  lines(message: string): LogLine[]
  /** Resolves with them once there are as many. */
  found(message: string, count: number): Promise<LogLine[]>
}

export function linesLog(): LinesLog {
  const all: LogLine[] = []
  const at = (level: string) => (fields: object, message: string) => void all.push({ level, ...fields, message })
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const lines = (message: string) => all.filter(line => line.message === message)
  const found = async (message: string, count: number) => {
    while (lines(message).length < count) await setImmediate()
    return lines(message)
  }
  return { log, all, lines, found }
}
