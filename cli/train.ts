import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fail } from '../core/errors.js'
import type { AnyPlugin } from '../core/plugin.js'
import { formatBytes } from '../core/quantities.js'
import { describeSchema, fieldsOf } from '../core/words.js'
import { artifactFolder } from './artifact-target.js'
import { defineCommand, type HelpSection, UsageError } from './command.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, pluginOption, positiveInteger } from './options.js'
import { formatSeconds } from './text.js'

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'train a model and write its artifact',
  description: [
    'Trains one model of a plugin and writes its artifact, a folder that "modelhost invoke" and a host can load.',
    'An artifact of the same plugin in DIR is replaced when the training is done, and only then.',
    'Where the artifact went is said on stdout, progress and log lines go to stderr.',
  ].join('\n'),
  arguments: {
    PluginName: { description: 'The model type, "DocSim" for one; "modelhost train DocSim --help" shows its params.' },
  },
  options: {
    train: { value: 'FILE|DIR', required: true, description: 'What to learn from; the plugin says in which form.' },
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
    output: { value: 'DIR', required: true, description: 'Folder for the artifact; made when it does not exist.' },
    threads: { value: 'N', description: 'Threads that the training may use (default: one a core).' },
    plugin: pluginOption,
    json: { description: 'Print the result as JSON.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost train DocSim --train claims.csv --set epochs=50 --output out/claims':
      'learns from the column "claim_text" of a CSV file and writes out/claims',
    'modelhost train DocSim --train claims.csv --params out/claims/DocSim-params.json --output out/again':
      'trains with the params of an earlier artifact, and keeps its examples',
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
    const { train } = await import('../core/host.js')
    const params = { ...(await readParams(given.params)), ...parseSettings(given.set) }
    const result = await runJob(logLevel(given['log-level'], 'info'), tools =>
      train({
        plugin: given.PluginName,
        plugins: given.plugin,
        channels: { train: given.train, ...(given.dev ? { dev: given.dev } : {}), ...parseChannels(given.channel) },
        params,
        output: given.output,
        threads: given.threads ? positiveInteger('--threads', given.threads) : availableParallelism(),
        ...tools,
      }),
    )
    if (given.json) {
      process.stdout.write(`${JSON.stringify(result)}\n`)
    } else {
      const files = result.files.map(({ name, bytes }) => `${name} (${formatBytes(bytes)})`)
      process.stdout.write(
        `${result.folder}: ${files.join(', ')}, trained in ${result.seconds < 10 ? `${result.seconds.toFixed(1)} s` : formatSeconds(result.seconds)}\n`,
      )
    }
  },
})

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

async function readParams(file: string | undefined): Promise<Record<string, unknown>> {
  if (file === undefined) return {}
  let params: unknown
  try {
    params = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--params ${file} cannot be read as JSON (${(error as Error).message}).`)
  }
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    throw new UsageError(`--params ${file} holds no JSON object. It looks like {"epochs": 50}.`)
  }
  return params as Record<string, unknown>
}

/** `key=value` pairs; the values are read by the plugin's schema later. */
const parseSettings = (pairs: readonly string[]): Record<string, string> => parsePairs('--set', 'key=value', pairs)

function parseChannels(pairs: readonly string[]): Record<string, string> {
  const channels = parsePairs('--channel', 'name=PATH', pairs)
  for (const [name, path] of Object.entries(channels)) {
    if (name === 'train' || name === 'dev') throw new UsageError(`--channel ${name} has a flag of its own: --${name}.`)
    if (path === '') throw new UsageError(`--channel ${name}= is empty. Name a file or folder.`)
    channels[name] = artifactFolder(path)
  }
  return channels
}

function parsePairs(flag: string, form: string, pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`${flag} ${pair} has no value. Write ${flag} ${form}.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
