/** Settings: declared once in `setting-table.ts`; flags, environment and file give one frozen object. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { checkpointVariable } from './checkpoint-seconds.js'
import { fail } from './errors.js'
import { checkTogether, readMode } from './mode.js'
import { findPluginPlaces, type PluginPlace, pathsOf } from './plugin-places.js'
import { computeDefault, type SettingName, type Settings, settingRows, variableOf } from './setting-table.js'
import { cut, describeJsonError, describeValue, didYouMean } from './words.js'

export { type Settings, settingsTable } from './setting-table.js'

export interface SettingsOptions {
  /** By flag name in camelCase, as commander gives them, or by setting name; undefined is not set, unknown is ignored. */
  readonly flags?: Readonly<Record<string, unknown>>
  readonly env?: NodeJS.ProcessEnv
  /** Instead of the defaults of the table. */
  readonly defaults?: Partial<Settings>
  /** Are plugins that cannot be found left out, and told in `places` alone? Else they are an error. */
  readonly mayPluginsBeMissing?: boolean
}

export interface ReadSettings {
  readonly settings: Settings
  /** Where each value comes from, for people. */
  readonly sources: Readonly<Record<keyof Settings, string>>
  readonly warnings: readonly string[]
  /** Where each plugin comes from that is not built in. */
  readonly places: readonly PluginPlace[]
}

/** One place that sets one thing. */
interface Given {
  readonly value: unknown
  /** What people call the place: `--port`, `SAGEMAKER_BIND_TO_PORT`, `port in /etc/modelhost.json`. */
  readonly source: string
  /** Turns the value of a variable that counts in other units. */
  readonly convert?: (text: string) => unknown
  /** Relative paths in it start here. */
  readonly folder: string
}

/**
 * Reads all settings; flags go before environment, environment before the file, the file before defaults.
 *
 * @throws HostError CONFIG_INVALID, naming the place that is wrong; PLUGIN_INVALID where plugins cannot be found
 */
export async function readSettings(options: SettingsOptions = {}): Promise<ReadSettings> {
  const { flags = {}, env = process.env, defaults = {} } = options
  const file = await readConfigFile(flags.config ?? (env.MODELHOST_CONFIG || undefined))
  const settings: Record<string, unknown> = {}
  const sources: Record<string, string> = {}
  for (const name of Object.keys(settingRows) as SettingName[]) {
    const given = findGiven(name, flags, env, file)
    if (given) {
      settings[name] = readGiven(name, given)
      sources[name] = given.source
    } else {
      const computed = computeDefault(name, env, settings)
      settings[name] = name in defaults ? defaults[name] : computed.value
      sources[name] = name in defaults ? 'default' : computed.source
    }
  }
  const { mode, source } = readMode(settings as unknown as Settings, sources, env)
  settings.mode = mode
  sources.mode = source
  checkTogether(settings as unknown as Settings, sources)
  const places = await findPluginPlaces({
    given: settings.plugins as string[],
    folder: settings.pluginFolder as string | undefined,
    isApplicationRead: settings.onlyGivenPlugins === false,
  })
  settings.plugins = Object.freeze(pathsOf(options.mayPluginsBeMissing ? places.filter(({ error }) => !error) : places))
  return {
    settings: Object.freeze(settings) as unknown as Settings,
    sources: sources as Record<keyof Settings, string>,
    warnings: findWarnings(env),
    places,
  }
}

/**
 * One setting as the environment has it, else its default; for commands that take few of them.
 *
 * @throws HostError CONFIG_INVALID
 */
export function readSetting<K extends 'pluginFolder' | 'onlyGivenPlugins'>(
  name: K,
  env: NodeJS.ProcessEnv,
): Settings[K] {
  const given = findGiven(name, {}, env, undefined)
  return (given ? readGiven(name, given) : computeDefault(name, env, {}).value) as Settings[K]
}

interface ConfigFile {
  readonly path: string
  readonly values: Readonly<Record<string, unknown>>
}

async function readConfigFile(path: unknown): Promise<ConfigFile | undefined> {
  if (path === undefined) return undefined
  const invalid = (problem: string, cause?: unknown) =>
    fail('CONFIG_INVALID', { setting: `--config ${describeValue(path)}`, problem }, cause)
  if (typeof path !== 'string' || path === '') throw invalid('must be the path of a JSON file.')
  const text = await readFile(path, 'utf8').catch(error => {
    throw invalid(`cannot be read (${error.code}). Name a JSON file that exists.`, error)
  })
  let values: unknown
  try {
    values = JSON.parse(text)
  } catch (error) {
    throw invalid(`is not valid JSON: ${describeJsonError(error)}.`, error)
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid(`must hold a JSON object, but holds ${describeValue(values)}.`)
  }
  const known = Object.values(settingRows).map(({ flag }) => camelCase(flag))
  for (const key of Object.keys(values)) {
    if (known.includes(key) || Object.hasOwn(settingRows, key)) continue
    throw invalid(`has the unknown key "${cut(key)}".${didYouMean(key, known)} Known: ${known.join(', ')}.`)
  }
  return { path: resolve(path), values: values as Record<string, unknown> }
}

const camelCase = (flag: string) => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

function findGiven(
  name: SettingName,
  flags: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | undefined,
): Given | undefined {
  const { flag, aliases = [] } = settingRows[name]
  const keys = [camelCase(flag), name]
  const here = process.cwd()
  const flagKey = keys.find(key => Object.hasOwn(flags, key) && flags[key] !== undefined)
  if (flagKey) return { value: flags[flagKey], source: `--${flag}`, folder: here }
  for (const { variable, convert } of [{ variable: variableOf(flag), convert: undefined }, ...aliases]) {
    const value = env[variable]
    if (value) return { value, source: variable, folder: here, ...(convert ? { convert } : {}) }
  }
  const fileKey = file && keys.find(key => Object.hasOwn(file.values, key))
  if (!fileKey) return undefined
  return { value: file.values[fileKey], source: `"${fileKey}" in ${file.path}`, folder: dirname(file.path) }
}

function readGiven(name: SettingName, { value, source, convert, folder }: Given): unknown {
  const { read, wanted } = settingRows[name]
  const converted = convert && typeof value === 'string' ? convert(value) : value
  const result = converted === undefined ? undefined : read(converted, folder)
  if (result !== undefined) return Object.freeze(result)
  throw fail('CONFIG_INVALID', { setting: source, problem: `must be ${wanted}, but is ${describeValue(value)}.` })
}

/** Variables that are no settings but are read elsewhere. */
const otherVariables = ['MODELHOST_CONFIG', 'MODELHOST_CONTAINER', checkpointVariable]

function findWarnings(env: NodeJS.ProcessEnv): string[] {
  const warnings: string[] = []
  if (env.SAGEMAKER_MODEL_SERVER_TIMEOUT && !env.SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS) {
    warnings.push(
      'SAGEMAKER_MODEL_SERVER_TIMEOUT is not used: servers differ on whether it counts minutes or seconds. Set SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS.',
    )
  }
  const known = [...Object.values(settingRows).map(({ flag }) => variableOf(flag)), ...otherVariables]
  for (const name of Object.keys(env)) {
    if (!name.startsWith('MODELHOST_') || known.includes(name)) continue
    warnings.push(`${name} is not a setting and is not used.${didYouMean(name, known)}`)
  }
  return warnings
}
