import { mkdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describeError } from '../../core/errors.js'
import type { Trained } from '../../core/train.js'
import { CommandError } from '../command.js'
import { formatSeconds } from '../text.js'
import { bringData, findSources } from './local-data.js'
import { readWorkspace, type Workspace, type WorkspaceModel } from './read-workspace.js'
import { startTraining, type TrainingProcess } from './training-process.js'

/*
 * All marked models of a workspace, each in a process of its own, a few at a time:
 *
 *   data ── there, or fetched from S3 ──▶ modelhost train ──▶ build/<Name>
 *
 * One that fails does not hold up the others. A signal goes to all that run, and no other is started.
 */

export interface TrainAllOptions {
  /** The workspace. */
  readonly folder: string
  readonly stage: string | undefined
  /** Trainings at the same time. */
  readonly jobs: number | undefined
  /** Flags that each training gets besides. */
  readonly flags: readonly string[]
  readonly only: readonly string[]
  readonly plugins: readonly string[]
  /** Takes the lines of logs and progress. */
  readonly write: (text: string) => void
}

export interface TrainedModel extends Partial<Trained> {
  /** Of its folder in the workspace. */
  readonly name: string
  readonly plugin: string
  /** Instead of an artifact. */
  readonly error?: string
}

/** @returns one entry a marked model, in their order; with an `error` where it was not trained */
export async function trainAll(options: TrainAllOptions): Promise<TrainedModel[]> {
  const { only, plugins, folder, stage } = options
  const workspace = await readWorkspace(folder, { only, plugins })
  const sources = findSources(workspace, stage)
  const cores = availableParallelism()
  const jobs = Math.min(options.jobs ?? cores, workspace.models.length)
  const threads = Math.max(1, Math.floor(cores / jobs))
  await mkdir(join(workspace.folder, 'build'), { recursive: true })
  const width = Math.max(...workspace.models.map(({ name }) => name.length))
  const running = new Set<TrainingProcess>()
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stop.signal.aborted) stop.abort(new CommandError(`stopped by ${signal}`))
    for (const training of running) training.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
  }
  const trainOne = async (model: WorkspaceModel): Promise<TrainedModel> => {
    const about = { name: model.name, plugin: model.plugin.name }
    try {
      stop.signal.throwIfAborted()
      const paths = await bringData(sources.get(model)!, stop.signal)
      stop.signal.throwIfAborted()
      const args = [...argumentsOf(model, workspace, paths), '--threads', String(threads), ...options.flags]
      const training = startTraining(args, line => options.write(`${model.name.padEnd(width)} | ${line}\n`))
      running.add(training)
      const outcome = await training.ended
      running.delete(training)
      return 'problem' in outcome ? { ...about, error: outcome.problem } : { ...about, ...outcome }
    } catch (error) {
      return { ...about, error: error instanceof CommandError ? error.message : describeError(error) }
    }
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onExit = () => {
    for (const training of running) training.kill('SIGKILL')
  }
  process.on('exit', onExit)
  for (const signal of signals) process.on(signal, onSignal)
  try {
    return await mapInOrder(workspace.models, jobs, trainOne)
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
    process.off('exit', onExit)
  }
}

function argumentsOf(
  { name, plugin, file }: WorkspaceModel,
  { folder, plugins }: Workspace,
  paths: ReadonlyMap<string, string>,
): string[] {
  const channels = [...paths].flatMap(([channel, path]) =>
    channel === 'train' || channel === 'dev' ? [`--${channel}`, path] : ['--channel', `${channel}=${path}`],
  )
  const own = plugins.flatMap(path => ['--plugin', path])
  return [plugin.name, ...channels, '--params', file, '--output', join(folder, 'build', name), ...own]
}

/** @param atOnce  works that go on at the same time */
async function mapInOrder<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const one = async () => {
    for (const [i, item] of waiting) results[i] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return results
}

/** A line a model that was trained; the others are told by `summaryOfFailures`. */
export function formatTrained(trained: readonly TrainedModel[]): string {
  const lines = trained.flatMap(({ name, plugin, folder, seconds = 0, error }) =>
    error === undefined
      ? `${folder}: ${name === plugin ? name : `${name} (${plugin})`}, trained in ${formatTime(seconds)}\n`
      : [],
  )
  return lines.join('')
}

const formatTime = (seconds: number) => (seconds < 10 ? `${seconds.toFixed(1)} s` : formatSeconds(seconds))

/** @returns undefined where all were trained */
export function summaryOfFailures(trained: readonly TrainedModel[]): string | undefined {
  const failed = trained.filter(({ error }) => error !== undefined)
  if (failed.length === 0) return undefined
  const lines = failed.map(({ name, error }) => `\n  ${name}: ${error}`)
  return `${failed.length} of ${trained.length} models ${failed.length === 1 ? 'was' : 'were'} not trained:${lines.join('')}`
}
