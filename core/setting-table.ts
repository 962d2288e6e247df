/** Every setting, once: what it takes, its default, flag, variables and words. */
import { guardRows } from './settings/guard.js'
import { hostRows, type LogLevel } from './settings/host.js'
import type { Default, Setting } from './settings/kinds.js'
import { snowflakeRows } from './settings/snowflake.js'
import { storeRows } from './settings/store.js'

export interface Settings {
  readonly host: string
  readonly port: number
  readonly lanes: number
  readonly memoryBudgetBytes: number
  /** Paths: those given, what lies in `pluginFolder`, and what the application's dependencies bring. */
  readonly plugins: readonly string[]
  /** An absolute path. */
  readonly pluginFolder: string | undefined
  readonly onlyGivenPlugins: boolean
  readonly queueLimit: number
  readonly predictTimeoutMs: number
  readonly loadTimeoutMs: number
  readonly maxBodyBytes: number
  readonly heldBodyBytes: number
  readonly laneHeapBytes: number
  readonly bodyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly drainDelayMs: number
  readonly logLevel: LogLevel
  readonly accessLog: boolean
  readonly defaultAccept: string | undefined
  readonly docs: boolean
  /** An absolute path, or `s3://bucket/prefix`. */
  readonly store: string | undefined
  /** An absolute path. */
  readonly single: string | undefined
  readonly preload: readonly string[]
  readonly pin: readonly string[]
  readonly loadWaitMs: number
  readonly loadsAtOnce: number
  readonly loadQueueLimit: number
  readonly idleTimeoutMs: number | undefined
  readonly fetchTimeoutMs: number
  readonly maxArchiveBytes: number
  readonly maxArchiveEntries: number
  readonly maxArchiveRatio: number
  readonly cacheFolder: string
  readonly cacheBudgetBytes: number
  readonly s3Region: string | undefined
  readonly s3Endpoint: string | undefined
  readonly s3PathStyle: boolean
  readonly s3ConnectTimeoutMs: number
  readonly s3RequestTimeoutMs: number
  readonly s3BodyTimeoutMs: number
  readonly snowflakeBatchBytes: number
  readonly snowflakeCacheBytes: number
  readonly snowflakeCacheMs: number
  readonly snowflakeModelsAtOnce: number
  readonly snowflakeDigest: boolean
  readonly snowflakeAsync: boolean
  readonly snowflakeAsyncAfterMs: number
  readonly snowflakeResultBytes: number
  readonly tokenFile: string | undefined
  readonly guardInvoke: boolean
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly corsOrigins: readonly string[]
  readonly mode: Mode
}

/**
 * Who says what is loaded: the platform by `POST /models`; in `standalone` mode requests, from a store; in `single` mode
 * nobody, there is one model.
 */
export type Mode = 'platform' | 'standalone' | 'single'

export type SettingName = Exclude<keyof Settings, 'mode'>

export const settingRows: Readonly<Record<SettingName, Setting>> = {
  ...hostRows,
  ...storeRows,
  ...snowflakeRows,
  ...guardRows,
}

/** @param before  the settings that stand above this one in the table */
export function computeDefault(
  name: SettingName,
  env: NodeJS.ProcessEnv,
  before: Readonly<Record<string, unknown>>,
): Default {
  return settingRows[name].default(env, before)
}

/** A setting as `--help` and docs/configuration.md show it. */
export interface SettingReference {
  readonly name: SettingName
  readonly flag: string
  /** What stands behind the flag; undefined for a switch. */
  readonly placeholder: string | undefined
  readonly isRepeatable: boolean
  /** In order of precedence. */
  readonly variables: readonly string[]
  readonly defaultText: string
  readonly wanted: string
  readonly description: string
}

export const settingsTable: readonly SettingReference[] = (Object.keys(settingRows) as SettingName[]).map(name => {
  const { flag, placeholder, isRepeatable = false, aliases = [], defaultText, wanted, description } = settingRows[name]
  const variables = [variableOf(flag), ...aliases.map(({ variable }) => variable)]
  return { name, flag, placeholder, isRepeatable, variables, defaultText, wanted, description }
})

/** The name of a flag in the environment. */
export function variableOf(flag: string): string {
  return `MODELHOST_${flag.replaceAll('-', '_').toUpperCase()}`
}
