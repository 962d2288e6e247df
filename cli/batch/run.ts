import type { Log, Progress } from '../../core/plugin.js'
import { CommandError, UsageError } from '../command.js'
import { createLog } from '../log.js'
import { planOutput } from '../output-file.js'
import { askRows } from './ask-rows.js'
import { type Chunk, cutChunks, Pace } from './chunks.js'
import { readFillings } from './columns.js'
import { type Identity, identifyArtifact, identifyInput } from './identity.js'
import { workInOrder } from './in-order.js'
import { type Input, type InputPlan, isFile, openInput, planInput } from './input.js'
import { checkFileOutput, openFileOutput, standardOutput } from './output.js'
import { type AskedModel, loadOwnModel } from './own-model.js'
import { remoteModel } from './remote-model.js'
import type { Row } from './row.js'
import { Tally } from './tally.js'

/**
 *   input ──▶ rows ──▶ chunks ──▶ lanes of a host, or a URL ──▶ lines, in order ──▶ output
 *
 * All of it flows: what is in memory is bounded by the window, whatever the size of the input.
 */
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

/** @throws UsageError; CommandError or HostError where the work as a whole cannot go on */
export async function runBatch(job: BatchJob, tools: BatchTools): Promise<BatchReport> {
  const plan = await planInput(job.input, job)
  const path = job.output === undefined ? undefined : (await planOutputFile(job, job.output)).path
  if (job.resume && !isFile(plan)) throw new UsageError('--resume reads the input again. Name a file: --input FILE.')
  const model = await openModel(job, tools)
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

function openModel({ target }: BatchJob, { log, signal, isDebug }: BatchTools): Promise<AskedModel> | AskedModel {
  if ('url' in target) return remoteModel(target.url, { ...target, signal })
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
  const input = openInput(plan, { fillings, keep }, model.schema)
  const startMs = performance.now()
  const seconds = () => (performance.now() - startMs) / 1000
  const report = () =>
    progress(describeProgress(plan, input, tally, (tally.rows - resumedRows) / Math.max(seconds(), 0.001)))
  const pace = new Pace()
  const options = { mayFailTogether: model.mayFailTogether, took: pace.took.bind(pace) }
  if (signal.aborted) input.stop()
  else signal.addEventListener('abort', input.stop, { once: true })
  try {
    await workInOrder<Chunk, string[]>({
      items: cutChunks(skipRows(input.rows, resumedRows), () => pace.rows),
      work: chunk => askRows(chunk, model.ask, options),
      emit: async lines => {
        await output.write(`${lines.join('\n')}\n`)
        for (const line of lines) tally.count(line)
        report()
      },
      atOnce: model.atOnce,
      window: 4 * model.atOnce,
      signal,
    })
    if (signal.aborted) throw signal.reason
    await output.finish()
  } catch (error) {
    if (tally.rows === 0) await output.discard()
    if (!signal.aborted) throw error
    const next =
      path === undefined || tally.rows === 0
        ? ''
        : !isFile(plan)
          ? ' --force begins anew.'
          : ' --resume goes on with it.'
    throw new CommandError(`Stopped by ${(signal.reason as Error).message} after ${tally.rows} rows.${next}`)
  } finally {
    signal.removeEventListener('abort', input.stop)
    input.stop()
    await output.close()
  }
  const { rows, bad, errors } = tally
  const rowsPerSecond = (rows - resumedRows) / seconds()
  return { output: job.output, rows, resumedRows, bad, errors, seconds: seconds(), rowsPerSecond }
}

async function identify({ target, columns, keep }: BatchJob, plan: InputPlan, model: AskedModel): Promise<Identity> {
  const artifact = 'folder' in target ? await identifyArtifact(target.folder) : {}
  return {
    input: isFile(plan) ? await identifyInput(plan) : {},
    model: { ...model.identity, ...artifact },
    'choice of columns': { columns, keep },
  }
}

/** Those that are answered already. */
async function* skipRows(groups: AsyncIterable<readonly Row[]>, count: number): AsyncGenerator<readonly Row[]> {
  let left = count
  for await (const rows of groups) {
    if (left >= rows.length) {
      left -= rows.length
      continue
    }
    yield left > 0 ? rows.slice(left) : rows
    left = 0
  }
}

function describeProgress({ bytes }: InputPlan, input: Input, { rows, bad }: Tally, rowsPerSecond: number): Progress {
  const figures = { 'rows/s': Math.round(rowsPerSecond), ...(bad > 0 ? { bad } : {}) }
  if (bytes === undefined) return { done: rows, total: Number.POSITIVE_INFINITY, unit: 'rows', figures }
  const percent = Math.min(100, Math.floor((1000 * input.bytesRead()) / Math.max(1, bytes)) / 10)
  return { done: percent, total: 100, unit: '%', figures: { rows, ...figures } }
}
