/** Every setting, once: what it takes, its default, flag, variables and words. */
import { availableParallelism, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { type TSchema, Type } from 'typebox'
import { coerce } from './coerce.js'
import { formatBytes, parseBytes } from './quantities.js'
import { describeSchema, fieldsOf } from './words.js'

export interface Settings {
  readonly host: string
  readonly port: number
  readonly lanes: number
  readonly memoryBudgetBytes: number
  /** Absolute paths. */
  readonly plugins: readonly string[]
  readonly queueLimit: number
  readonly predictTimeoutMs: number
  readonly loadTimeoutMs: number
  readonly maxBodyBytes: number
  readonly heldBodyBytes: number
  readonly laneHeapBytes: number
  readonly bodyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly logLevel: LogLevel
  readonly accessLog: boolean
  readonly defaultAccept: string | undefined
  readonly mode: 'platform'
}

export type LogLevel = (typeof logLevels)[number]
export type SettingName = Exclude<keyof Settings, 'mode'>

interface Default {
  readonly value: unknown
  /** Where the value comes from, for people. */
  readonly source: string
}

interface Setting {
  /** Of the command line; the file says it in camelCase, the environment as MODELHOST_ and upper case. */
  readonly flag: string
  /** What the flag's value is called in `--help`; undefined for a switch. */
  readonly placeholder: string | undefined
  readonly isRepeatable?: boolean
  readonly description: string
  /** Ends the sentence "must be ...". */
  readonly wanted: string
  /** @returns undefined for what it cannot be */
  read(value: unknown, folder: string): unknown
  /** In words, for people. */
  readonly defaultText: string
  default(env: NodeJS.ProcessEnv, before: Partial<Settings>): Default
  /** Variables of SageMaker's containers that mean the same, the first one wins. */
  readonly aliases?: readonly Alias[]
}

interface Alias {
  readonly variable: string
  /** @returns undefined for what it cannot be */
  readonly convert?: (text: string) => unknown
}

interface Words {
  readonly flag: string
  readonly placeholder?: string
  readonly aliases?: readonly Alias[]
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
/** What one buffer can hold, and so one body. */
const maxBytesAtOnce = 2 * GiB - 1
const maxTimeoutMs = 2 ** 31 - 1
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** A setting of a schema, which has its default and description. */
function plain(schema: TSchema, { flag, placeholder, aliases = [] }: Words): Setting {
  const fields = fieldsOf(schema)
  return {
    flag,
    placeholder,
    aliases,
    description: fields.description ?? '',
    wanted: describeSchema(fields),
    read: value => coerce(schema, value)?.value,
    defaultText: fields.default === undefined ? 'none' : String(fields.default),
    default: () => ({ value: fields.default, source: 'default' }),
  }
}

/** Takes 4096, 4KB, 4KiB, 1.5GB. */
function bytes(schema: TSchema, words: Words): Setting {
  const setting = plain(schema, { placeholder: 'SIZE', ...words })
  return {
    ...setting,
    wanted: `${setting.wanted}, or a size such as 64MB or 1GiB`,
    read: value => coerce(schema, typeof value === 'string' ? parseBytes(value) : value)?.value,
    defaultText: formatBytes(fieldsOf(schema).default as number),
  }
}

const milliseconds = (standard: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: maxTimeoutMs, default: standard, description })

const times = (factor: number) => (text: string) => {
  const number = Number(text)
  return text.trim() === '' || !Number.isFinite(number) || number < 0 ? undefined : Math.round(number * factor)
}

const memory = {
  budget: Type.Integer({
    minimum: 1,
    description: 'Bytes that models may take together: images, scratch and what plugins keep in each lane.',
  }),
}

export const settingRows: Readonly<Record<SettingName, Setting>> = {
  host: {
    ...plain(Type.String({ minLength: 1, description: 'Address to listen on.' }), {
      flag: 'host',
      placeholder: 'HOST',
    }),
    defaultText: '127.0.0.1; 0.0.0.0 under SageMaker and in the container',
    default: env => defaultHost(env),
  },
  port: plain(
    Type.Integer({ minimum: 0, maximum: 65_535, default: 8080, description: 'Port to listen on; 0 picks a free one.' }),
    { flag: 'port', placeholder: 'PORT', aliases: [{ variable: 'SAGEMAKER_BIND_TO_PORT' }] },
  ),
  lanes: {
    ...plain(Type.Integer({ minimum: 1, maximum: 256, description: 'Threads that run predictions.' }), {
      flag: 'lanes',
      placeholder: 'COUNT',
      aliases: [{ variable: 'SAGEMAKER_MODEL_SERVER_WORKERS' }, { variable: 'SAGEMAKER_NUM_MODEL_WORKERS' }],
    }),
    defaultText: 'one for each core',
    default: () => ({ value: Math.min(availableParallelism(), 256), source: 'one for each core' }),
  },
  memoryBudgetBytes: {
    ...bytes(memory.budget, { flag: 'memory-budget' }),
    wanted: 'a size such as 4GB, 512MiB or a number of bytes, or a share such as 70%',
    read: readBudget,
    defaultText: "70% of the machine's memory, or of the control group's limit where that is lower",
    default: () => shareOfMemory(70),
  },
  plugins: {
    flag: 'plugin',
    placeholder: 'PATH',
    isRepeatable: true,
    description: 'A folder with a package.json, or a .js file, that adds a model type.',
    wanted: 'a path, or a list of paths',
    read: readPaths,
    defaultText: 'none',
    default: () => ({ value: Object.freeze([]), source: 'default' }),
  },
  queueLimit: plain(
    Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 100,
      description: 'Requests that may wait for one model.',
    }),
    { flag: 'queue-limit', placeholder: 'COUNT', aliases: [{ variable: 'SAGEMAKER_MODEL_JOB_QUEUE_SIZE' }] },
  ),
  predictTimeoutMs: plain(milliseconds(60_000, 'Time for one prediction, once it runs.'), {
    flag: 'predict-timeout-ms',
    placeholder: 'MS',
    aliases: [{ variable: 'SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS', convert: times(1000) }],
  }),
  loadTimeoutMs: plain(
    milliseconds(120_000, 'Time to read the files of one load, for its plugin to load them, and to unload.'),
    { flag: 'load-timeout-ms', placeholder: 'MS' },
  ),
  maxBodyBytes: bytes(
    Type.Integer({ minimum: 1, maximum: maxBytesAtOnce, default: 6 * MiB, description: 'Size of one request body.' }),
    {
      flag: 'max-body-bytes',
      aliases: [
        { variable: 'SAGEMAKER_MAX_REQUEST_SIZE' },
        // As for a batch transform job, 0 is no limit.
        {
          variable: 'SAGEMAKER_MAX_PAYLOAD_IN_MB',
          convert: text => times(MiB)(text) || (Number(text) === 0 ? maxBytesAtOnce : undefined),
        },
      ],
    },
  ),
  heldBodyBytes: {
    ...bytes(
      Type.Integer({
        minimum: 1,
        default: 256 * MiB,
        description: 'Size of all request bodies in memory at once; further ones wait at their sockets.',
      }),
      { flag: 'held-body-bytes' },
    ),
    default: (_, { maxBodyBytes = 0 }) => ({ value: Math.max(256 * MiB, maxBodyBytes), source: 'default' }),
  },
  laneHeapBytes: bytes(
    Type.Integer({
      minimum: 16 * MiB,
      default: GiB,
      description: 'JavaScript heap of one lane; models lie outside of it.',
    }),
    { flag: 'lane-heap-bytes' },
  ),
  bodyTimeoutMs: plain(milliseconds(60_000, 'Time for one request to arrive.'), {
    flag: 'body-timeout-ms',
    placeholder: 'MS',
  }),
  drainTimeoutMs: plain(milliseconds(27_000, 'Time that SIGTERM leaves to accepted requests.'), {
    flag: 'drain-timeout-ms',
    placeholder: 'MS',
  }),
  logLevel: plain(Type.Enum([...logLevels], { default: 'info', description: 'The least that is logged.' }), {
    flag: 'log-level',
    placeholder: 'LEVEL',
    aliases: [{ variable: 'SAGEMAKER_CONTAINER_LOG_LEVEL', convert: fromPythonLevel }],
  }),
  accessLog: plain(Type.Boolean({ default: false, description: 'Log a line for each request.' }), {
    flag: 'access-log',
  }),
  defaultAccept: plain(Type.String({ minLength: 1, description: 'Type of the answer where a caller takes any.' }), {
    flag: 'default-accept',
    placeholder: 'TYPE',
    aliases: [{ variable: 'SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT' }],
  }),
}

/** A container is reached from outside, a program on somebody's machine should not be. */
function defaultHost(env: NodeJS.ProcessEnv): Default {
  const reason = ['SAGEMAKER_MULTI_MODEL', 'SAGEMAKER_BIND_TO_PORT'].find(name => env[name])
  if (reason) return { value: '0.0.0.0', source: `default, as ${reason} is set` }
  if (env.MODELHOST_CONTAINER === 'true') return { value: '0.0.0.0', source: 'default of the container' }
  return { value: '127.0.0.1', source: 'default' }
}

/** The memory that this process may use, and what says so. */
function memoryLimit(): { bytes: number; owner: string } {
  const machine = totalmem()
  // Without a control group this is 0, undefined or nearly 2^64, by the version of Node.
  const group = process.constrainedMemory() || Number.POSITIVE_INFINITY
  return group < machine
    ? { bytes: group, owner: `the control group's limit of ${formatBytes(group)}` }
    : { bytes: machine, owner: `the ${formatBytes(machine)} this machine has` }
}

function shareOfMemory(percent: number): Default {
  const { bytes, owner } = memoryLimit()
  return { value: Math.floor((bytes * percent) / 100), source: `${percent}% of ${owner}` }
}

function readBudget(value: unknown): unknown {
  const share = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?%$/.exec(value.trim()) : null
  if (!share) return coerce(memory.budget, typeof value === 'string' ? parseBytes(value) : value)?.value
  const percent = Number(share[1])
  return percent > 0 && percent <= 100 ? shareOfMemory(percent).value : undefined
}

/** A list, or one text with the paths as PATH has them. */
function readPaths(value: unknown, folder: string): unknown {
  const paths = typeof value === 'string' ? value.split(process.platform === 'win32' ? ';' : ':') : value
  if (!Array.isArray(paths) || !paths.every(path => typeof path === 'string' && path !== '')) return undefined
  return paths.map(path => resolve(folder, path))
}

/** The numbers of Python's logging: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
function fromPythonLevel(text: string): unknown {
  const names: Record<string, LogLevel> = { warning: 'warn', critical: 'fatal' }
  if (!/^\d+$/.test(text)) return names[text.toLowerCase()] ?? text.toLowerCase()
  const number = Number(text)
  if (number > 50) return undefined
  return (['debug', 'debug', 'info', 'warn', 'error', 'fatal'] as const)[Math.ceil(number / 10)]
}

/** @param before  the settings that stand above this one in the table */
export function computeDefault(name: SettingName, env: NodeJS.ProcessEnv, before: Partial<Settings>): Default {
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
