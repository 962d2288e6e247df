import { readSettings, settingsTable } from '../core/config.js'
import { camelCase, defineCommand, type OptionDefinition } from './command.js'
import { firstRequest } from './first-request.js'

const config = {
  config: {
    value: 'FILE',
    description: 'JSON file of settings, by their flags in camelCase: {"memoryBudget": "4GB"}.',
  },
}

const watch = {
  watch: {
    description:
      'While you write a plugin: when its files change, a new host replaces this one and loads what was loaded. Log lines are for people then.',
  },
}

/** One flag a setting; the table in core says all about it. */
const settingOptions: Readonly<Record<string, OptionDefinition>> = Object.fromEntries(
  settingsTable.map(({ flag, placeholder, isRepeatable, variables, defaultText, description }) => [
    flag,
    {
      ...(placeholder ? { value: placeholder } : {}),
      ...(isRepeatable ? { repeat: true } : {}),
      description: `${description}${isRepeatable ? ' May be repeated.' : ''} (default: ${defaultText}; environment: ${variables.join(', ')})`,
    },
  ]),
)

export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'start a host',
  description: [
    'Starts a host. Models come by POST /models; with --store when they are asked for, from a folder or S3; with --single there is one.',
    'Once it answers, it says "listening on http://HOST:PORT" on stdout, and with a store or one model a command that asks it; log lines (JSON) go to stderr.',
    'SIGTERM and SIGINT let it finish what it has accepted, and end it; a second one ends it at once. After SIGTERM it takes requests a little longer (--drain-delay-ms), so that load balancers can turn away from it.',
    'Flags go before the environment, the environment before --config.',
  ].join('\n'),
  arguments: {},
  options: { ...settingOptions, ...config, ...watch } as Record<string, OptionDefinition>,
  examples: {
    'modelhost serve --port 9000 --memory-budget 4GB': 'serves on port 9000, with at most 4 GB of models',
    'modelhost serve --store ./out':
      'loads the models in ./out when they are asked for, and evicts them when memory is short',
    'modelhost serve --store s3://my-models/live --preload claims.tar.gz':
      'the same for models in S3; one is there at once',
    'modelhost serve --single out/claims': 'serves one model',
    'modelhost serve --plugin ./my-plugin': 'adds a model type from a folder',
    'modelhost serve --plugin ./my-plugin --store ./out --watch': 'the same while you write it',
    [`curl localhost:8080/models -H 'Content-Type: application/json' -d '{"model_name": "claims", "url": "/models/claims"}'`]:
      'loads the artifact /models/claims into a host that runs',
    [`curl localhost:8080/models/claims/invoke -H 'Content-Type: text/csv' --data-binary @pairs.csv`]: 'asks it',
    'curl -X DELETE localhost:8080/models/claims': 'unloads it',
  },
  async run(given) {
    if (given['watch']) {
      const { supervise } = await import('./watch/supervise.js')
      return supervise(flagsOf(given))
    }
    // From the start: as the first process of a container, an unhandled signal would be ignored.
    const signal = untilSignal()
    const [{ pino }, { startHost }] = await Promise.all([import('pino'), import('../core/host.js')])
    const { settings, sources, warnings, places } = await readSettings({ flags: flagsOf(given) })
    const log = pino({ level: settings.logLevel }, pino.destination(2))
    for (const warning of warnings) log.warn(warning)
    const host = await startHost({ settings, places, log })
    const { mode, lanes, memoryBudgetBytes } = settings
    const memoryBudgetSource = sources.memoryBudgetBytes
    const from = settings.store ?? settings.single
    log.info(
      { url: host.url, mode, from, lanes, memoryBudgetBytes, memoryBudgetSource, plugins: [...host.catalog.keys()] },
      'started',
    )
    const ask = firstRequest(settings, host.url)
    process.stdout.write(`listening on ${host.url}\n${ask === undefined ? '' : `ask it: ${ask}\n`}`)
    const ready = host.ready.then(
      () => log.info({}, 'ready'),
      async error => {
        await host.close()
        throw error
      },
    )
    const isTerm = (await Promise.race([signal, ready.then(() => signal)])) === 'SIGTERM'
    process.once('SIGTERM', exitAtOnce).once('SIGINT', exitAtOnce)
    // At a keyboard nobody wants to wait for load balancers.
    await host.close({ delayMs: isTerm ? settings.drainDelayMs : 0 })
    process.exit(0)
  },
})

const exitAtOnce = () => process.exit(1)

const untilSignal = () => new Promise<NodeJS.Signals>(done => void process.once('SIGTERM', done).once('SIGINT', done))

/** What was given, by the names that settings have; a switch or list that was not is left out. */
function flagsOf(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isGiven = (value: unknown) =>
    value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0)
  const entries = Object.entries(given).filter(([, value]) => isGiven(value))
  return Object.fromEntries(entries.map(([flag, value]) => [camelCase(flag), value]))
}
