import type { Theme } from './check/case.js'
import type { Given } from './check/container.js'
import type { Result } from './check/run.js'
import { CommandError, defineCommand } from './command.js'
import { readToken, tokenFileOption } from './token.js'

export const checkCommand = defineCommand({
  name: 'check',
  summary: 'check a container against the SageMaker multi-model contract',
  description: [
    'Asks a running container, of modelhost or any other, for what the contract of multi-model endpoints wants: a case each.',
    'Without --model-url only cases run that need no model. What is loaded has random names, and is unloaded again.',
    'The report goes to stdout. The exit code is 1 where a case failed; what was not run is told, and is no failure.',
  ].join('\n'),
  arguments: { URL: { description: 'Where it listens, http://localhost:8080 for one.' } },
  options: {
    'model-url': { value: 'PATH', description: 'Path of a sound artifact, as the container sees it.' },
    request: { value: 'FILE', description: 'Body of a request that its model answers.' },
    type: { value: 'TYPE', description: 'Content type of the request (default: by the ending of FILE).' },
    accept: { value: 'TYPE', description: 'Accept of the request (default: none).' },
    'other-url': { value: 'PATH', description: 'Path of a second artifact, which answers the request otherwise.' },
    'broken-url': { value: 'PATH', description: 'Path of a broken artifact.' },
    fill: { value: 'COUNT', description: 'Load up to COUNT copies until there is no room, and unload them again.' },
    single: { description: 'Check a container of one model: POST /invocations instead of the calls of many models.' },
    must: { description: 'Run only what the contract says by its letter.' },
    only: { value: 'ID', repeat: true, description: 'Run this case alone. May be repeated.' },
    skip: { value: 'ID', repeat: true, description: 'Leave this case out. May be repeated.' },
    strict: { description: 'A case that was not run, other than by --skip, is a failure.' },
    'allow-loaded': { description: 'Check a container in which models are loaded. Theirs are left alone.' },
    'token-file': tokenFileOption,
    timeout: { value: 'SECONDS', description: 'Time for each answer (default: 60, the time of the platform).' },
    junit: { value: 'FILE', description: 'Write the report as JUnit XML too.' },
    json: { description: 'Print JSON instead of text.' },
  },
  examples: {
    'modelhost check http://localhost:8080': 'checks what needs no model',
    'modelhost check http://localhost:8080 --model-url /opt/ml/models/a/model --request request.json':
      'loads that artifact under names of its own, and asks it',
    'modelhost check http://localhost:8080 --model-url /models/a --request a.csv --fill 200 --junit check.xml':
      'fills the container, too, and reports to CI',
  },
  async run({ URL: url, timeout = '60', ...options }) {
    const { chooseThemes, readGiven, readRequest, readTimeout, readUrl } = await import('./check/arguments.js')
    const base = readUrl(url)
    const requestMs = readTimeout(timeout)
    const themes = chooseThemes(options)
    const given = readGiven(options, await readRequest(options))
    const tokenFile = options['token-file']
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile)
    const junit = await planJunit(options)
    const results = await check({ url, base, given, themes, requestMs, token, ...options })
    process.stdout.write(await render(url, results, options.json))
    if (junit) {
      const { junitReport } = await import('./check/junit.js')
      await junit.write(junitReport(url, results))
    }
    judge(results, options)
  },
})

async function planJunit({ junit, request }: { junit: string | undefined; request: string | undefined }) {
  if (junit === undefined) return undefined
  const { planOutput } = await import('./output-file.js')
  return planOutput('--junit', junit, request === undefined ? [] : [request])
}

interface Check {
  readonly url: string
  readonly base: URL
  readonly given: Given
  readonly themes: readonly Theme[]
  readonly requestMs: number
  readonly token: string | undefined
  readonly single: boolean
  readonly 'allow-loaded': boolean
  readonly skip: readonly string[]
}

/**
 * @throws UsageError    where models are loaded that nobody allowed
 * @throws CommandError  where nobody listens, or a signal has stopped it; nothing of ours is loaded then
 */
async function check({
  url,
  base,
  given,
  themes,
  requestMs,
  token,
  single,
  skip,
  ...options
}: Check): Promise<Result[]> {
  const { Wire } = await import('./check/wire.js')
  const { Container, platformLimits } = await import('./check/container.js')
  const { findLoaded, reach, refuseLoaded } = await import('./check/before.js')
  const { runChecks } = await import('./check/run.js')
  const { runJob } = await import('./job.js')
  const wire = new Wire(base, requestMs, token === undefined ? {} : { token })
  await reach(base)
  const loaded = single ? [] : await findLoaded(wire)
  if (loaded.length > 0 && !options['allow-loaded']) throw refuseLoaded(url, loaded)
  const container = new Container(wire, { ...given, hasOthers: loaded.length > 0 }, { ...platformLimits, requestMs })
  return runJob('info', ({ log, progress, signal: stopped }) => {
    const stop = new AbortController()
    stopped.addEventListener('abort', () => {
      log.info({}, `${stopped.reason.message}: what the check has loaded is unloaded`)
      stop.abort(new CommandError(`stopped by ${stopped.reason.message}`))
    })
    const total = themes.reduce((sum, { cases }) => sum + cases.length, 0)
    let done = 0
    const onResult = () => progress({ done: ++done, total, unit: 'cases' })
    const onLeft = (name: string) => log.warn({ name }, 'a model of the check could not be unloaded')
    return runChecks(container, { themes, skip, signal: stop.signal, onResult, onLeft })
  })
}

async function render(url: string, results: readonly Result[], isJson: boolean): Promise<string> {
  const { jsonReport, textReport } = await import('./check/report.js')
  return isJson ? `${JSON.stringify(jsonReport(url, results), null, 2)}\n` : textReport(url, results)
}

/** @throws CommandError where a case failed, or, by --strict, was not run */
function judge(results: readonly Result[], { strict, skip }: { strict: boolean; skip: readonly string[] }): void {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  if (failed.length > 0) {
    const ids = failed.map(({ case: { id } }) => id).join(', ')
    throw new CommandError(`${failed.length} of ${results.length} cases failed: ${ids}.`)
  }
  const open = results.filter(({ case: { id }, outcome }) => outcome === 'not run' && !skip.includes(id))
  if (!strict || open.length === 0) return
  throw new CommandError(
    `${open.length} of ${results.length} cases were not run: ${open.map(({ case: { id } }) => id).join(', ')}.`,
  )
}
