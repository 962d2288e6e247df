import { readSetting } from '../core/config.js'
import { findPluginPlaces, pathsOf } from '../core/plugin-places.js'
import { type OptionDefinition, UsageError } from './command.js'

/** Options that several commands have, and how their values are read. */

export const pluginOption = {
  value: 'PATH',
  repeat: true,
  description:
    'Folder with a package.json, .js file, or installed package, of a further plugin. May be repeated. (environment: MODELHOST_PLUGIN_FOLDER, a folder of such; MODELHOST_ONLY_GIVEN_PLUGINS=true leaves out the dependencies of the application)',
  all: async given =>
    pathsOf(
      await findPluginPlaces({
        given,
        folder: readSetting('pluginFolder', process.env),
        isApplicationRead: !readSetting('onlyGivenPlugins', process.env),
      }),
    ),
} as const satisfies OptionDefinition

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
