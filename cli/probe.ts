import { setMaxListeners } from 'node:events'
import { CommandError, defineCommand, UsageError } from './command.js'
import { checkEndpointName } from './endpoint-name.js'
import { runJob } from './job.js'
import { logLevel, logLevelOption, pluginOption, positiveInteger } from './options.js'
import type { Probe, ProbedModel } from './release/probe-model.js'
import { formatTable, shorten } from './text.js'
import type { Plan } from './workspace/plan/plan-type.js'

export const probeCommand = defineCommand({
  name: 'probe',
  summary: 'ask each model of a release on a SageMaker endpoint',
  description: [
    'Asks the endpoint for each model of a plan, by its TargetModel, until the model is loaded and answers; then for all',
    'its examples. What says that a model is still being loaded, or that the service is busy, is asked again.',
    'A model without examples is asked what the schema of its plugin allows.',
    'The times go to stdout. Where a model does not answer, the exit code is 1, and it is named with the reason.',
    'Credentials, and the region where none is said, are found as the AWS SDK finds them.',
  ].join('\n'),
  arguments: {
    ENDPOINT: { description: 'Name of the endpoint.' },
    PLAN: { description: 'What "modelhost plan" has written: plan.json.' },
  },
  options: {
    seconds: { value: 'S', description: 'Time in which each model must have answered first (default: 600).' },
    calls: { value: 'COUNT', description: 'Calls of each model after that (default: 3); at least one an example.' },
    'at-once': { value: 'COUNT', description: 'Models that are asked at the same time (default: 4).' },
    region: { value: 'REGION', description: 'AWS region of the endpoint.' },
    'endpoint-url': {
      value: 'URL',
      description: 'URL of another service, such as a host here (environment: AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME).',
    },
    plugin: pluginOption,
    json: { description: 'Print JSON instead of a table.' },
    'log-level': logLevelOption,
  },
  examples: {
    'modelhost probe models-dev plan.json': 'warms each model of the plan, and shows what it took',
    'modelhost probe local plan.json --endpoint-url http://127.0.0.1:8080': 'the same with a host on this machine',
  },
  async run({ ENDPOINT, PLAN, seconds = '600', calls = '3', 'at-once': atOnce = '4', ...given }) {
    checkEndpointName(ENDPOINT)
    const limits = {
      limitMs: positiveInteger('--seconds', seconds) * 1000,
      calls: positiveInteger('--calls', calls),
      atOnce: positiveInteger('--at-once', atOnce),
    }
    const { region, 'endpoint-url': url } = given
    if (url !== undefined && !(/^https?:/.test(url) && URL.canParse(url))) {
      throw new UsageError(`--endpoint-url "${url}" is no URL. Write one as http://127.0.0.1:8080.`)
    }
    const level = logLevel(given['log-level'], 'info')
    const { readPlan } = await import('./release/plan-file.js')
    const plan = await readPlan(PLAN)
    const probes = await planProbes(plan, given.plugin)
    const place = { name: ENDPOINT, ...(region ? { region } : {}), ...(url ? { url } : {}) }
    const models = await probe(probes, { place, ...limits, level })
    const report = { endpoint: ENDPOINT, stage: plan.stage, id: plan.id, models }
    process.stdout.write(given.json ? `${JSON.stringify(report, null, 2)}\n` : render(models))
    const failed = models.filter(({ isWell }) => !isWell)
    if (failed.length === 0) return
    const lines = failed.map(({ name, error }) => `  ${name}: ${error!.name}: ${error!.message}`)
    const many = `${failed.length} of ${models.length} models of ${ENDPOINT} do not answer`
    throw new CommandError([`${many}.`, ...lines].join('\n'))
  },
})

/** @throws UsageError where there is nothing to ask a model */
async function planProbes({ models }: Plan, plugins: readonly string[]): Promise<Probe[]> {
  const { readCatalog } = await import('../core/host.js')
  const { firstBody } = await import('./release/first-body.js')
  const areAllShown = models.every(({ examples }) => examples.length > 0)
  const { withOwnPlugins } = await import('./release/own-plugins.js')
  const catalog = areAllShown ? undefined : await readCatalog(await withOwnPlugins(plugins))
  return models.map(({ name, target, plugin, examples }) => {
    if (examples.length > 0) return { name, target, requests: examples }
    const entry = catalog!.get(plugin)
    if (!entry)
      throw new UsageError(`${name} has no examples, and its plugin, ${plugin}, is not here. Add --plugin PATH.`)
    const first = firstBody(entry.plugin)
    if (first) return { name, target, requests: [first] }
    const problem = `no request can be made from the schema of ${plugin}`
    throw new UsageError(`${name} has no examples, and ${problem}. Give its params file examples, and plan anew.`)
  })
}

interface ProbeAll {
  readonly place: { readonly name: string; readonly region?: string; readonly url?: string }
  readonly limitMs: number
  readonly calls: number
  readonly atOnce: number
  readonly level: string
}

async function probe(probes: readonly Probe[], { place, atOnce, level, ...limits }: ProbeAll): Promise<ProbedModel[]> {
  const { openEndpoint } = await import('./release/endpoint.js')
  const { probeModel } = await import('./release/probe-model.js')
  const { Semaphore } = await import('../core/semaphore.js')
  return runJob(level, async ({ log, signal: stopped }) => {
    const stop = new AbortController()
    stopped.addEventListener('abort', () => stop.abort(new CommandError(`stopped by ${stopped.reason.message}`)))
    // All that wait listen to it.
    setMaxListeners(0, stop.signal)
    const endpoint = await openEndpoint({ ...place, atOnce })
    const places = new Semaphore(atOnce)
    try {
      const options = { endpoint, ...limits, log, signal: stop.signal }
      return await Promise.all(probes.map(each => places.run(() => probeModel(each, options))))
    } catch (error) {
      // The others need not go on.
      stop.abort(error)
      throw stop.signal.reason
    } finally {
      endpoint.close()
    }
  })
}

function render(models: readonly ProbedModel[]): string {
  const ms = (value: number | undefined) => value?.toFixed(1) ?? '-'
  const rows = models.map(({ target, coldMs, tries, warm, error }) => [
    target,
    ms(coldMs).padStart(9),
    tries,
    ms(warm?.medianMs).padStart(9),
    ms(warm?.maxMs).padStart(9),
    error ? shorten(`${error.name} ${error.status ?? ''}`.trim()) : 'ok',
  ])
  return formatTable([['target', '  cold ms', 'tries', '  warm ms', '   max ms', 'status'], ...rows])
}
