import type { Log } from 'modelhost'

export type LogLine = Readonly<Record<string, unknown>>

/** A log that keeps its lines. */
export function linesLog(): { log: Log; lines(message: string): LogLine[] } {
  const all: LogLine[] = []
  const at = (level: string) => (fields: object, message: string) => void all.push({ level, ...fields, message })
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { log, lines: message => all.filter(line => line.message === message) }
}
