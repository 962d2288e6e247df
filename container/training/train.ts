/*
 * One training job as SageMaker runs it, `docker run IMAGE train`:
 *
 *   /opt/ml/input/config, /opt/ml/input/data ──▶ train ──▶ /opt/ml/model, /opt/ml/output/data/training.json
 *                                   │  ▲                     or /opt/ml/output/failure, and exit code 1
 *              /opt/ml/checkpoints ◀┘  └ SIGTERM: end with what is learned
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkpointVariable, readCheckpointSeconds } from '../../core/checkpoint-seconds.js'
import { describeError, fail } from '../../core/errors.js'
import type { CatalogEntry } from '../../core/host.js'
import type { Log } from '../../core/plugin.js'
import type { Trained } from '../../core/train.js'
import { readTrainParams } from '../../core/train-params.js'
import { cut, firstFew } from '../../core/words.js'
import { findChannels, foldersBesideFiles } from './channels.js'
import { readJobConfig } from './config.js'
import { writeFailure } from './failure.js'
import { createMetricLog } from './metric-log.js'
import { secondsLine } from './metrics.js'
import { type TrainingPaths, trainingPaths } from './paths.js'

/** What tells that the job is to end, or has come to one: a process. */
export interface SignalSource {
  on(event: string, listener: (value: unknown) => void): unknown
  off(event: string, listener: (value: unknown) => void): unknown
}

export interface SageMakerTraining {
  /** `/opt/ml` */
  readonly base: string
  readonly env: NodeJS.ProcessEnv
  /** Makes the log of a level; SageMaker keeps its lines. */
  readonly createLog: (level: string) => Log
  readonly signals: SignalSource
  /** From SIGTERM until the newest checkpoint is taken; SageMaker ends the container 120 s after it. Default: 100. */
  readonly graceSeconds?: number
}

/** @returns the exit code: 0 where there is a model, or nothing to do for this machine; else 1, and a failure file */
export async function trainForSageMaker(job: SageMakerTraining): Promise<number> {
  const { base, env, signals } = job
  const paths = trainingPaths(base, env)
  const log = job.createLog(logLevel(env))
  const stop = new AbortController()
  const onStop = (signal: unknown) => {
    if (stop.signal.aborted) return
    stop.abort()
    log.info({ signal }, 'told to stop: the training ends with what it has learned')
  }
  let onCrash: (error: unknown) => void
  const crashed = new Promise<never>((_, failed) => {
    onCrash = failed
  })
  const listeners = [
    ...['SIGTERM', 'SIGINT'].map(name => [name, onStop] as const),
    ...['uncaughtException', 'unhandledRejection'].map(name => [name, onCrash!] as const),
  ]
  for (const [event, listener] of listeners) signals.on(event, listener)
  try {
    await Promise.race([runJob(job, paths, log, stop.signal), crashed])
    return 0
  } catch (error) {
    await writeFailure(paths.failure, error, log)
    return 1
  } finally {
    for (const [event, listener] of listeners) signals.off(event, listener)
  }
}

/** A log of lines has fewer levels than a host's; what no level is, is told by the settings. */
function logLevel({ MODELHOST_LOG_LEVEL: level = '' }: NodeJS.ProcessEnv): string {
  if (level === 'trace') return 'debug'
  if (level === 'fatal') return 'error'
  return ['debug', 'info', 'warn', 'error', 'silent'].includes(level) ? level : 'info'
}

async function runJob(job: SageMakerTraining, paths: TrainingPaths, log: Log, stop: AbortSignal): Promise<void> {
  const { env, graceSeconds } = job
  // Heavy; from here on a signal is heard, and a failure is told.
  const { readCatalog, readSettings, train } = await import('../../core/host.js')
  const { settings, warnings, places } = await readSettings({ env })
  for (const warning of warnings) log.warn({}, warning)
  const config = await readJobConfig(paths)
  if (config.trainsElsewhere !== undefined) {
    log.warn({}, `${config.trainsElsewhere} trains the model; this machine has nothing to do. Set InstanceCount to 1.`)
    return
  }
  const entry = pickPlugin(await readCatalog(places), config.pluginName, paths.hyperparameters)
  const channels = await findChannels(paths.data, config.channels, env)
  for (const [channel, path] of Object.entries(channels)) {
    const folders = firstFew(await foldersBesideFiles(path))
    if (folders.length > 0)
      log.warn({ channel, folders }, 'folders beside the files of a channel; most plugins read the files only')
  }
  const everyText = env[checkpointVariable]
  const everySeconds = everyText ? readCheckpointSeconds(everyText, checkpointVariable) : undefined
  const checkpoints = await checkpointFolder(paths.checkpoints, log)
  const threads = Number(env['SM_NUM_CPUS']) >= 1 ? Math.floor(Number(env['SM_NUM_CPUS'])) : availableParallelism()
  const metrics = createMetricLog(line => log.info({}, line))
  const { plugin } = entry
  log.info({ plugin: plugin.name, version: plugin.version, channels, threads }, 'training')
  try {
    const trained = await train({
      plugin: plugin.name,
      plugins: settings.plugins,
      channels,
      params: config.params,
      output: paths.model,
      threads,
      log,
      progress: metrics.report,
      stop,
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
      ...(checkpoints.path === undefined ? {} : { checkpoints: checkpoints.path }),
      ...(everySeconds === undefined ? {} : { checkpointEverySeconds: everySeconds }),
    })
    metrics.flush()
    log.info({}, secondsLine(trained.seconds))
    const { ended, reason, files } = trained
    log.info({ files: files.map(({ name }) => name), ...(reason === undefined ? {} : { reason }) }, `ended: ${ended}`)
    const { params } = readTrainParams(plugin, config.params)
    await writeReport(paths.outputData, entry, trained, params, log)
  } finally {
    metrics.flush()
    await checkpoints.remove()
  }
}

function pickPlugin(catalog: ReadonlyMap<string, CatalogEntry>, name: string | undefined, file: string): CatalogEntry {
  const known = [...catalog.values()].filter(({ plugin }) => plugin.train).map(({ plugin }) => plugin.name)
  if (name === undefined) {
    throw fail('CONFIG_INVALID', {
      setting: file,
      problem: `has no hyperparameter "model_name" that names what to train. Set it to one of: ${known.join(', ')}.`,
    })
  }
  const entry = catalog.get(name)
  if (!entry) throw fail('PLUGIN_UNKNOWN', { file, name: cut(name), known })
  return entry
}

/** That of the job where it has one; else one of its own, which is what is left when a training does not end in time. */
async function checkpointFolder(path: string, log: Log) {
  if (existsSync(path)) return { path, remove: async () => {} }
  try {
    const own = await mkdtemp(join(tmpdir(), 'modelhost-checkpoints-'))
    return { path: own, remove: () => rm(own, { recursive: true, force: true, maxRetries: 5 }) }
  } catch (error) {
    log.warn({ problem: describeError(error) }, 'there is no folder for checkpoints; the training goes on without')
    return { path: undefined, remove: async () => {} }
  }
}

/** What became of the job, for programs; a model without it is a model all the same. */
async function writeReport(
  folder: string,
  { plugin }: CatalogEntry,
  { ended, reason, seconds, files }: Trained,
  params: Readonly<Record<string, unknown>>,
  log: Log,
): Promise<void> {
  const report = { plugin: plugin.name, version: plugin.version, ended, reason, seconds, files, params }
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'training.json'), `${JSON.stringify(report, null, 2)}\n`)
  } catch (error) {
    log.warn({ folder, problem: describeError(error) }, 'training.json cannot be written')
  }
}
