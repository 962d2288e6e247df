import { findPlugins } from '../core/plugin-folder.js'
import { UsageError } from './command.js'

/** Options that several commands have, and how their values are read. */

export const pluginOption = {
  value: 'PATH',
  repeat: true,
  description:
    'Folder with a package.json, or .js file, of a further plugin. May be repeated. (environment: MODELHOST_PLUGIN_FOLDER, a folder of such)',
  more: () => findPlugins(process.env['MODELHOST_PLUGIN_FOLDER'] || undefined),
} as const

export const logLevelOption = {
  value: 'LEVEL',
  description: 'debug, info, warn, error or silent (environment: MODELHOST_LOG_LEVEL). debug also shows stack traces.',
} as const

/** The level to log at: the flag, else the environment, else `fallback`. */
export function logLevel(flag: string | undefined, fallback: string): string {
  const level = flag ?? process.env['MODELHOST_LOG_LEVEL'] ?? fallback
  if (!['debug', 'info', 'warn', 'error', 'silent'].includes(level)) {
    throw new UsageError(`--log-level is "${level}". Use debug, info, warn, error or silent.`)
  }
  return level
}

/** @throws UsageError when `text` is no integer of at least 1 */
export function positiveInteger(flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new UsageError(`${flag} is "${text}". Use a whole number from 1 on.`)
  return value
}
