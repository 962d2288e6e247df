import type { Log, Progress } from '../../core/plugin.js'
import { roundMs } from '../../core/quantities.js'
import { CommandError, UsageError } from '../command.js'
import { createLog } from '../log.js'
import { planOutput } from '../output-file.js'
import { readToken } from '../token.js'
import { readFillings } from './columns.js'
import { flow } from './flow.js'
import { type Identity, identifyInput } from './identity.js'
import { type InputPlan, isFile, planInput } from './input.js'
import { checkFileOutput, openFileOutput, standardOutput } from './output.js'
import { type AskedModel, loadOwnModel } from './own-model.js'
import { remoteModel } from './remote-model.js'
import { Tally } from './tally.js'

/** What there is to do, read from the command line. */
export interface BatchJob {
  readonly target: ArtifactTarget | UrlTarget
  /** A path, `-`, or nothing for stdin. */
  readonly input: string | undefined
  readonly format: string | undefined
  readonly delimiter: string | undefined
  /** Values of `--column`. */
  readonly columns: readonly string[]
  readonly keep: readonly string[] | undefined
  /** A path; stdout without it. */
  readonly output: string | undefined
  readonly resume: boolean
  readonly force: boolean
}

interface ArtifactTarget {
  readonly folder: string
  readonly lanes: number
  readonly plugins: readonly string[]
}

interface UrlTarget {
  readonly url: URL
  readonly atOnce: number
  readonly patienceMs: number
  readonly tokenFile?: string | undefined
}

export interface BatchReport {
  readonly output: string | undefined
  /** Lines of the output. */
  readonly rows: number
  /** Those that were there before. */
  readonly resumedRows: number
  readonly bad: number
  readonly errors: Tally['errors']
  readonly seconds: number
  readonly rowsPerSecond: number
}

export interface BatchTools {
  readonly log: Log
  readonly progress: (progress: Progress) => void
  readonly signal: AbortSignal
  /** Are the host's own log lines wanted? */
  readonly isDebug: boolean
}

/**
 * @param open  loads the model, or finds out how it is asked
 * @throws UsageError; CommandError or HostError where the work as a whole cannot go on
 */
export async function runBatch(job: BatchJob, tools: BatchTools, open = openModel): Promise<BatchReport> {
  const plan = await planInput(job.input, job)
  const path = job.output === undefined ? undefined : (await planOutputFile(job, job.output)).path
  if (job.resume && !isFile(plan)) throw new UsageError('--resume reads the input again. Name a file: --input FILE.')
  const model = await open(job, tools)
  try {
    return await ask(job, plan, path, model, tools)
  } finally {
    await model.close()
  }
}

async function planOutputFile({ target, input, resume, force }: BatchJob, output: string) {
  if (/\.gz$/i.test(output)) {
    throw new UsageError(
      `--output ${output} is written as plain lines, to go on with. Pack it later, or pipe into gzip.`,
    )
  }
  const read = [
    ...(input === undefined || input === '-' ? [] : [input]),
    ...('folder' in target ? [target.folder] : []),
  ]
  const planned = await planOutput('--output', output, read)
  await checkFileOutput({ path: planned.path, resume, force })
  return planned
}

async function openModel({ target }: BatchJob, { log, signal, isDebug }: BatchTools): Promise<AskedModel> {
  if ('url' in target) {
    const token = target.tokenFile === undefined ? undefined : await readToken(target.tokenFile)
    return remoteModel(target.url, { ...target, token, signal })
  }
  // It logs each prediction that fails, which are counted here.
  return loadOwnModel(target.folder, { ...target, log: isDebug ? log : createLog('silent') })
}

async function ask(
  job: BatchJob,
  plan: InputPlan,
  path: string | undefined,
  model: AskedModel,
  { progress, signal }: BatchTools,
): Promise<BatchReport> {
  const { keep, columns, resume, force } = job
  const fillings = readFillings(columns, model.schema)
  const tally = new Tally(keep !== undefined)
  const output =
    path === undefined
      ? standardOutput
      : await openFileOutput({ path, resume, force }, await identify(job, plan, model), tally)
  const resumedRows = tally.rows
  try {
    const watch = await flow({ plan, form: { fillings, keep }, model, output, tally, progress, signal })
    if (signal.aborted) throw signal.reason
    await output.finish()
    const { rows, bad, errors } = tally
    const seconds = roundMs(watch.seconds)
    const rowsPerSecond = Math.round(10 * watch.rowsPerSecond) / 10
    return { output: job.output, rows, resumedRows, bad, errors, seconds, rowsPerSecond }
  } catch (error) {
    if (tally.rows === 0) await output.discard()
    if (!signal.aborted) throw error
    const next = isFile(plan) ? ' --resume goes on with it.' : ' --force begins anew.'
    const hint = path === undefined || tally.rows === 0 ? '' : next
    throw new CommandError(`Stopped by ${(signal.reason as Error).message} after ${tally.rows} rows.${hint}`)
  } finally {
    await output.close()
  }
}

async function identify({ columns, keep }: BatchJob, plan: InputPlan, model: AskedModel): Promise<Identity> {
  return {
    input: isFile(plan) ? await identifyInput(plan) : {},
    model: await model.identify(),
    'choice of columns': { columns, keep },
  }
}
