import { isHostError } from '../errors.js'
import { heapBytesOf } from '../lane-bytes.js'
import type { AnyPlugin } from '../plugin.js'
import { Checklist, type CheckName, checks } from './checks.js'
import { checkInHost, type HostFigures } from './host-checks.js'
import { sendHostile } from './hostile-answers.js'
import { hostileBodies } from './hostile-bodies.js'
import { checkHere, type Example, instanceOf, type LocalModel, same } from './local-checks.js'
import { askHere, sendHere } from './local-lanes.js'
import { findModule } from './plugin-module.js'
import type { LeftOut, PluginReport } from './report.js'
import { missingDescriptions } from './schema-problems.js'
import { quantile, timePredictions } from './speed.js'
import { checkTraining, type TrainTest } from './train-checks.js'
import { findUnnamed } from './unnamed.js'

export interface PluginExample {
  /** One instance, as the request schema has it. */
  readonly request: unknown
  /** What it is answered; where it is left out, the answer need only fit the response schema. */
  readonly response?: unknown
  /** By how much numbers of the response may differ: absolutely up to 1, above in proportion. Default: the suite's. */
  readonly tolerance?: number
}

export interface PluginTestOptions {
  /** Folder of a small artifact. */
  readonly artifact: string
  /** Folder of an artifact whose model answers examples in another way: models must not be mixed up. */
  readonly otherArtifact?: string
  readonly examples: readonly PluginExample[]
  /** By how much numbers of a response may differ. Default: 0. */
  readonly tolerance?: number
  /**
   * The module whose default export the plugin is, for the lanes of a host: a path, a URL, or the folder of a package. Not
   * needed where the plugin comes from the package in the working folder (with the keyword `modelhost-plugin`), or with
   * modelhost. `false` leaves out what needs a host.
   */
  readonly module?: string | URL | false
  /** Also tests `train`. */
  readonly train?: TrainTest
  /** Loads and unloads over which heaps must not grow. Default: 6. */
  readonly loads?: number
  /** Time for each of two measures of speed. Default: 100. */
  readonly speedMs?: number
  /** Time that a load and each prediction may take. Default: 10,000. */
  readonly timeoutMs?: number
}

const needHost = ['host', 'lanes', 'reload', 'sharedImage', 'growth', 'ledger'] as const satisfies CheckName[]

/**
 * The suite that every plugin passes: its fields and schemas, its artifact, its examples, the same answers in every order
 * and lane, memory given back, and bodies of every wrong kind. In any test runner; what it starts is closed when it ends.
 *
 * @throws Error at the first check that fails, which says the check, what was expected, what came, and what to do
 * @see docs/testing.md
 */
export async function testPlugin(plugin: AnyPlugin, options: PluginTestOptions): Promise<PluginReport> {
  const { artifact, otherArtifact, module, train, loads = 6, speedMs = 100, timeoutMs = 10_000 } = options
  const examples = options.examples.map((example): Example => ({ tolerance: options.tolerance ?? 0, ...example }))
  const leftOut: LeftOut[] = []
  const leaveOut = (names: readonly CheckName[], reason: string) => {
    for (const name of names) leftOut.push({ check: checks[name].title, reason })
  }
  const list = new Checklist(plugin?.name)

  const local = await checkHere(list, plugin, { artifact, examples, otherArtifact, timeoutMs })
  const predictions = await timePredictions(local.resident, local.asked, speedMs)
  if (!local.hasRows) leaveOut(['csv'], 'no example has a row of CSV')
  if (otherArtifact === undefined) leaveOut(['others'], 'otherArtifact was not given')
  const plugins = module === false ? undefined : await list.make('module', () => findModule(plugin, module))
  let trainSeconds: number | undefined
  if (train && plugins) trainSeconds = await checkTraining(list, local.resident.plugin, plugins, local, train)
  else if (plugin.train)
    leaveOut(['train', 'trainAgain'], train ? 'module: false' : 'train: { channels } was not given')
  if (train?.isDeterministic === false) leaveOut(['trainAgain'], 'isDeterministic: false')

  let figures: HostFigures | undefined
  if (plugins) {
    figures = await checkInHost(list, local, { plugin, artifact, plugins, timeoutMs, loads, speedMs })
  } else {
    await checkHostileHere(list, plugin, local)
    leaveOut(needHost, 'module: false')
  }
  await local.resident.plugin.unload?.(local.resident.model)

  const medians = predictions.map(({ medianMs }) => medianMs)
  return {
    plugin: plugin.name,
    version: plugin.version,
    checks: list.passed,
    leftOut,
    warnings: warningsOf(plugin, local, figures),
    loadMs: figures ? quantile(figures.loadMs, 0.5) : local.loadMs,
    predictMs: medians.reduce((sum, ms) => sum + ms, 0) / Math.max(1, medians.length),
    predictions,
    imageBytes: local.job.memory.buffer.byteLength,
    ...(figures && { requestsPerSecond: figures.requestsPerSecond, heapBytes: figures.heapBytes }),
    ...(trainSeconds === undefined ? {} : { trainSeconds }),
  }
}

/** Without a host: what hangs or ends the process takes the test with it. */
async function checkHostileHere(list: Checklist, plugin: AnyPlugin, { resident, codec, asked }: LocalModel) {
  const instances = asked.map(({ request }) => instanceOf(codec, request))
  await list.make('hostile', () =>
    sendHostile(plugin, codec, hostileBodies(plugin, codec, instances), async (body, type) => {
      try {
        return { status: 200, text: await sendHere(resident, body, type) }
      } catch (error) {
        if (isHostError(error)) return { status: error.status, text: error.message }
        throw error
      }
    }),
  )
  await list.make('afterwards', async () => {
    for (const { name, request, answer } of asked) same(await askHere(resident, request), answer, name)
  })
}

/** Heap that is not declared is not in the budget of a host. */
const undeclaredBytes = 1 << 20

function warningsOf(plugin: AnyPlugin, { job, asked }: LocalModel, figures: HostFigures | undefined): string[] {
  const warnings = missingDescriptions(plugin)
  if (asked.length === 0) warnings.push('There are no examples, so nothing was asked. Give some.')
  for (const { name, answer } of asked) {
    for (const path of plugin.encode?.['application/json'] ? [] : findUnnamed(plugin.response, answer))
      warnings.push(`${name}: ${path} is in the answer and not in the response schema. Name it there, or leave it out.`)
  }
  const sizes = job.files.map(({ name, fileBytes }) => ({ name, bytes: fileBytes }))
  const declared = heapBytesOf(plugin, sizes)
  if (figures && figures.heapBytes > declared + undeclaredBytes) {
    warnings.push(
      `A model keeps ${figures.heapBytes} bytes on the heap of a lane, and estimateSize says ${declared}. Say as much, so that a host counts it.`,
    )
  }
  return warnings
}
