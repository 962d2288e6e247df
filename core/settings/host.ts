/** Settings of every host: its address, threads, memory, limits and log. */
import { availableParallelism, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { Type } from 'typebox'
import { coerce } from '../coerce.js'
import { isNameOfPackage } from '../plugin-places.js'
import { formatBytes, parseBytes } from '../quantities.js'
import { bytes, type Default, GiB, MiB, milliseconds, path, paths, plain, readList, type Setting } from './kinds.js'

/** What one buffer can hold, and so one body. */
const maxBytesAtOnce = 2 * GiB - 1
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

export type LogLevel = (typeof logLevels)[number]

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

export const hostRows = {
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
    ...paths(
      'A folder with a package.json, a .js file, or the name of a package that npm installed here; it adds a model type.',
      { flag: 'plugin' },
    ),
    wanted: 'a path or the name of a package, or a list of such',
    // The name of a package stays as it is: it is looked for from the working folder upwards.
    read: (value, folder) =>
      readList(value)?.map(each => {
        const path = resolve(folder, each)
        return isNameOfPackage(each, path) ? each : path
      }),
  },
  pluginFolder: path(
    'Folder of such folders and files, and of packages that npm installed there; all of them are plugins.',
    { flag: 'plugin-folder', placeholder: 'DIR' },
  ),
  onlyGivenPlugins: {
    ...plain(
      Type.Boolean({
        description:
          'Take no plugins but those of --plugin and --plugin-folder: none of those that the dependencies of the application bring, which is the nearest package.json from the working folder upwards.',
      }),
      { flag: 'only-given-plugins' },
    ),
    defaultText: 'false; true in the container',
    default: env =>
      env.MODELHOST_CONTAINER === 'true'
        ? { value: true, source: 'default of the container' }
        : { value: false, source: 'default' },
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
    default: (_, { maxBodyBytes }) => ({ value: Math.max(256 * MiB, maxBodyBytes as number), source: 'default' }),
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
  drainTimeoutMs: plain(milliseconds(27_000, 'Time from SIGTERM until accepted requests must be answered.'), {
    flag: 'drain-timeout-ms',
    placeholder: 'MS',
  }),
  drainDelayMs: {
    ...plain(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description:
          'Time after SIGTERM in which new requests are still taken, so that a load balancer sees in /health/ready that the host is going.',
      }),
      { flag: 'drain-delay-ms', placeholder: 'MS' },
    ),
    defaultText: '1500, or half of --drain-timeout-ms where that is less',
    default: (_, { drainTimeoutMs }) => ({
      value: Math.min(1500, Math.floor((drainTimeoutMs as number) / 2)),
      source: 'default',
    }),
  },
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
  docs: plain(
    Type.Boolean({
      default: false,
      description: 'A page at /docs that describes the API and tries it out; /docs/json is the description (OpenAPI).',
    }),
    { flag: 'docs' },
  ),
} as const satisfies Record<string, Setting>

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

/** The numbers of Python's logging: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
function fromPythonLevel(text: string): unknown {
  const names: Record<string, LogLevel> = { warning: 'warn', critical: 'fatal' }
  if (!/^\d+$/.test(text)) return names[text.toLowerCase()] ?? text.toLowerCase()
  const number = Number(text)
  if (number > 50) return undefined
  return (['debug', 'debug', 'info', 'warn', 'error', 'fatal'] as const)[Math.ceil(number / 10)]
}
