import type { Log } from '../core/plugin.js'

/** Log lines for people, on stderr: `12:03:01 info  message key=value`. */

const levels = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof levels)[number]

/** @param level  what is below it is left out; `silent` leaves out all */
export function createLog(level: string, write = (line: string): unknown => process.stderr.write(line)): Log {
  const least = levels.indexOf(level as Level)
  const from = least === -1 ? levels.length : least
  const logAt = (name: Level) => (fields: object, message: string) => {
    if (levels.indexOf(name) < from) return
    write(`${new Date().toISOString().slice(11, 19)} ${name.padEnd(5)} ${formatLine(fields, message)}\n`)
  }
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') }
}

/** `message key=value` */
export const formatLine = (fields: object, message: string): string =>
  message +
  Object.entries(fields)
    .map(([key, value]) => ` ${key}=${format(value)}`)
    .join('')

const format = (value: unknown) => (typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value))
