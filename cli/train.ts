import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { checkpointVariable, defaultCheckpointSeconds, readCheckpointSeconds } from '../core/checkpoint-seconds.js'
import { fail } from '../core/errors.js'
import type { AnyPlugin } from '../core/plugin.js'
import { formatBytes } from '../core/quantities.js'
import { describeSchema, fieldsOf } from '../core/words.js'
import { artifactFolder } from './artifact-target.js'
import { defineCommand, type HelpSection, UsageError } from './command.js'
import { parsePairs, parseSettings, readParams } from './given-params.js'
import { runJob } from './job.js'
import { createLog } from './log.js'
import { logLevel, logLevelOption, pluginOption, positiveInteger } from './options.js'
import { formatSeconds } from './text.js'
import { refuseAllFlags, runTrainAll, trainAllOptions } from './workspace/train-all-command.js'

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'train a model and write its artifact',
  description: [
    'Trains one model of a plugin and writes its artifact, a folder that "modelhost invoke" and a host can load.',
    'An artifact of the same plugin in DIR is replaced when the training is done, and only then.',
    'Where the artifact went is said on stdout, progress and log lines go to stderr.',
    'Without any argument it does the training job that SageMaker has described in /opt/ml/input/config (environment: SAGEMAKER_BASE_DIR instead of /opt/ml).',
  ].join('\n'),
  arguments: {
    PluginName: {
      optional: true,
      description:
        'The model type, "DocSim" for one; "modelhost train DocSim --help" shows its params. With --all the workspace.',
    },
  },
  options: {
    train: { value: 'FILE|DIR', description: 'What to learn from; the plugin says in which form.' },
    dev: { value: 'FILE', description: 'What to measure on while training, for plugins that do.' },
    channel: {
      value: 'name=PATH',
      repeat: true,
      description: 'A further file or folder to learn from, for plugins that take one. May be repeated.',
    },
    params: {
      value: 'FILE',
      description: 'Params as a JSON object, "examples" among them; the params file of an artifact will do.',
    },
    set: { value: 'key=value', repeat: true, description: 'One param; wins over --params. May be repeated.' },
    output: { value: 'DIR', description: 'Folder for the artifact; made when it does not exist.' },
    'max-seconds': {
      value: 'S',
      description:
        'Seconds that the training may take; the model is what is learned by then (default: max_seconds of the params).',
    },
    checkpoints: {
      value: 'DIR',
      description: 'Folder where an interrupted training leaves how far it is; run again, it goes on from there.',
    },
    'checkpoint-every': {
      value: 'S',
      description: `Seconds from one checkpoint to the next (default: ${defaultCheckpointSeconds}; environment: ${checkpointVariable}).`,
    },
    threads: { value: 'N', description: 'Threads that the training may use (default: one a core).' },
    ...trainAllOptions,
    plugin: pluginOption,
    json: { description: 'Print the result as JSON.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost train DocSim --train claims.csv --set epochs=50 --output out/claims':
      'learns from the column "claim_text" of a CSV file and writes out/claims',
    'modelhost train DocSim --train claims.csv --params out/claims/DocSim-params.json --output out/again':
      'trains with the params of an earlier artifact, and keeps its examples',
    'modelhost train DocSim --train claims.csv --max-seconds 3000 --checkpoints tmp/claims --output out/claims':
      'takes at most 50 minutes, and goes on where it was when it is interrupted and run again',
    'modelhost train --all my-models': 'trains all marked models of a workspace, in parallel, into my-models/build',
  },
  async moreHelp({ PluginName, plugin = [] }) {
    if (!PluginName) return undefined
    const { readCatalog } = await import('../core/host.js')
    const catalog = await readCatalog(plugin)
    const entry = catalog.get(PluginName)
    if (!entry) {
      throw fail('PLUGIN_UNKNOWN', { file: 'The training', name: PluginName, known: [...catalog.keys()] })
    }
    return describeParams(entry.plugin)
  },
  async run(given) {
    if (isNothing(given)) return trainInContainer()
    if (given.all) return runTrainAll(given)
    refuseAllFlags(given)
    const { PluginName, train: trainFile, output } = given
    if (PluginName === undefined) throw new UsageError(`No plugin is named. ${ways}`)
    if (trainFile === undefined) throw new UsageError('--train <FILE|DIR> is missing: what is to be learned from.')
    if (output === undefined) throw new UsageError('--output <DIR> is missing: the folder for the artifact.')
    const maxSeconds = given['max-seconds'] === undefined ? {} : { maxSeconds: seconds(given['max-seconds']) }
    const every = checkpointEvery(given['checkpoint-every'])
    const { train } = await import('../core/host.js')
    const params = { ...(await readParams(given.params)), ...parseSettings(given.set) }
    const result = await runJob(logLevel(given['log-level'], 'info'), tools =>
      train({
        plugin: PluginName,
        plugins: given.plugin,
        channels: { train: trainFile, ...(given.dev ? { dev: given.dev } : {}), ...parseChannels(given.channel) },
        params,
        output,
        threads: given.threads ? positiveInteger('--threads', given.threads) : availableParallelism(),
        ...maxSeconds,
        ...(given.checkpoints === undefined ? {} : { checkpoints: given.checkpoints }),
        ...(every === undefined ? {} : { checkpointEverySeconds: every }),
        ...tools,
      }),
    )
    if (given.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`)
    } else {
      const files = result.files.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`)
      const time = result.seconds < 10 ? `${result.seconds.toFixed(1)} s` : formatSeconds(result.seconds)
      process.stdout.write(
        `${result.folder}: ${files.join(', ')}, trained in ${time}${result.reason ? `. ${result.reason}` : ''}\n`,
      )
    }
  },
})

const ways = 'Write: modelhost train PluginName --train FILE --output DIR.'

/** Was nothing typed but the command? */
const isNothing = (given: object): boolean =>
  Object.values(given).every(value => value === undefined || value === false || (Array.isArray(value) && !value.length))

/** The training job of a platform, which starts the image with `train` alone. */
async function trainInContainer(): Promise<void> {
  const { baseFolder, configFolder } = await import('../container/training/paths.js')
  const base = baseFolder(process.env)
  if (!existsSync(configFolder(base))) {
    throw new UsageError(`There is no training job in ${configFolder(base)}, and no plugin is named. ${ways}`)
  }
  const { trainForSageMaker } = await import('../container/training/train.js')
  // Whatever still runs has nothing to say any more.
  process.exit(await trainForSageMaker({ base, env: process.env, createLog, signals: process }))
}

/** @throws UsageError when `text` is no number above 0 */
function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new UsageError(`--max-seconds is "${text}". Use a number above 0.`)
  return value
}

/** @param flag  as given; else the environment says */
function checkpointEvery(flag: string | undefined): number | undefined {
  const variable = process.env[checkpointVariable]
  if (flag !== undefined) return readCheckpointSeconds(flag, '--checkpoint-every')
  return variable ? readCheckpointSeconds(variable, checkpointVariable) : undefined
}

/** Each param with its description, what it may be, and its default. */
function describeParams({ name, params, train }: AnyPlugin): HelpSection {
  const { properties = {}, required = [] } = fieldsOf(params)
  const items = Object.entries(properties).map(([param, fields]) => {
    const initial = JSON.stringify(fields.default)
    const otherwise = initial ? `default: ${initial}` : required.includes(param) ? 'required' : 'optional'
    return [param, `${fields.description ?? ''} (${describeSchema(fields)}; ${otherwise})`.trimStart()]
  })
  const how = train ? '--set, --params' : 'it has no train function, its artifacts are made elsewhere'
  return { heading: `Params of ${name} (${how}):${items.length > 0 ? '' : ' none'}`, items: Object.fromEntries(items) }
}

function parseChannels(pairs: readonly string[]): Record<string, string> {
  const channels = parsePairs('--channel', 'name=PATH', pairs)
  for (const [name, path] of Object.entries(channels)) {
    if (name === 'train' || name === 'dev') throw new UsageError(`--channel ${name} has a flag of its own: --${name}.`)
    if (path === '') throw new UsageError(`--channel ${name}= is empty. Name a file or folder.`)
    channels[name] = artifactFolder(path)
  }
  return channels
}
