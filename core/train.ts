import { rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readCatalog } from './catalog.js'
import { removeCheckpoint } from './checkpoint-folder.js'
import { defaultCheckpointSeconds } from './checkpoint-seconds.js'
import { describeError, fail } from './errors.js'
import { findInputs } from './input-files.js'
import type { Refuse } from './job.js'
import type { Log, Progress } from './plugin.js'
import { Deadline } from './train-deadline.js'
import { checkFiles, checkOutput, makeWorkFolder, moveArtifact, type WrittenFile } from './train-output.js'
import { readTrainParams } from './train-params.js'
import { runTraining } from './train-run.js'
import type { TrainOrder } from './train-worker.js'

/*
 * One training job:
 *
 *   params, channels ── checked ──▶ worker thread: plugin.train ──▶ temporary folder ── all there ──▶ output
 *                                        ├ log, progress, outcome ┄▶ here                              ▲
 *                                        └ checkpoints ──▶ their folder ── it does not end in time ────┘
 *
 * The main thread stays free for signals. Until everything is there, `output` is not touched.
 */

export interface TrainJob {
  /** Name of the plugin to train. */
  readonly plugin: string
  /** Folders or packages with further plugins. */
  readonly plugins?: readonly string[]
  /** Channel name -> path of its file or folder. */
  readonly channels: Readonly<Record<string, string>>
  /** As given by a person or a platform: values may still be strings. */
  readonly params: Readonly<Record<string, unknown>>
  /** Folder for the artifact; made when it does not exist. */
  readonly output: string
  /** Threads that the training may use, at least 1. */
  readonly threads: number
  readonly log: Log
  readonly progress?: (progress: Progress) => void
  /** Aborts the training; nothing is left of it but its checkpoints. */
  readonly signal?: AbortSignal
  /** Tells the training to end soon, with what it has learned by then. */
  readonly stop?: AbortSignal
  /** Seconds from now until the model should be written: it is what is learned by then. Default: `max_seconds` of the params. */
  readonly maxSeconds?: number
  /**
   * Seconds after which a training that should have ended is ended; its newest checkpoint is the model then. Default: 100,
   * of the 120 that SageMaker gives.
   */
  readonly graceSeconds?: number
  /** Folder for checkpoints; one that an earlier run of the same training left there is gone on with. */
  readonly checkpoints?: string
  /** Seconds from one checkpoint to the next, at least. Default: 60. */
  readonly checkpointEverySeconds?: number
}

export interface Trained {
  /** Absolute path of the artifact. */
  readonly folder: string
  readonly files: readonly WrittenFile[]
  readonly seconds: number
  /** `early`: with less than the params ask for. Its checkpoints stay, so that a further run goes on. */
  readonly ended: 'complete' | 'early'
  /** Why it ended early, as a sentence. */
  readonly reason?: string
}

const defaultGraceSeconds = 100

/**
 * Trains one model and writes its artifact, `<plugin>-params.json` and what the plugin writes, into `output`.
 *
 * An artifact of the same plugin in `output` is replaced, other files there stay. After a failure `output` is as before.
 *
 * @throws HostError PLUGIN_UNKNOWN, PARAMS_INVALID, TRAIN_FAILED, or what the plugin's `train` raised with `fail`
 */
export async function train(job: TrainJob): Promise<Trained> {
  const startedMs = performance.now()
  const catalog = await readCatalog(job.plugins ?? [])
  const entry = catalog.get(job.plugin)
  if (!entry) {
    throw fail('PLUGIN_UNKNOWN', { file: 'The training', name: job.plugin, known: [...catalog.keys()] })
  }
  const { plugin } = entry
  const refuse = (problem: string, cause?: unknown) => fail('TRAIN_FAILED', { plugin: plugin.name, problem }, cause)
  if (!plugin.train) throw refuse('this plugin has no train function, its artifacts are made elsewhere.')

  const { params, content, maxSeconds: paramsSeconds } = readTrainParams(plugin, job.params)
  const maxSeconds = job.maxSeconds ?? paramsSeconds
  const channels = await findChannels(job.channels, refuse)
  const output = resolve(job.output)
  await checkOutput(output, plugin.name, refuse)

  const folder = await makeWorkFolder(output, plugin.name, refuse)
  const { stop, signal, graceSeconds = defaultGraceSeconds } = job
  const deadline = new Deadline({ maxSeconds, stop, signal, graceSeconds })
  try {
    const order: TrainOrder = {
      module: entry.module,
      pluginName: plugin.name,
      folder,
      channels,
      params,
      threads: job.threads,
      limit: deadline.limit.shared,
      checkpoints:
        job.checkpoints === undefined
          ? undefined
          : {
              folder: resolve(job.checkpoints),
              everySeconds: job.checkpointEverySeconds ?? defaultCheckpointSeconds,
              plugin: plugin.name,
              version: plugin.version,
              paramsContent: content,
            },
    }
    const { log, progress } = job
    const learned = await runTraining({ order, deadline, maxSeconds, graceSeconds, log, progress, refuse })
    await checkFiles(learned.folder, plugin, refuse)
    await writeFile(join(learned.folder, `${plugin.name}-params.json`), content)
    const files = await moveArtifact(learned.folder, output, plugin.name)
    const { reason, checkpoints } = learned
    // So that the next run of this training does not end where it begins.
    if (reason === undefined) await removeCheckpoints(checkpoints, log)
    const ended = reason === undefined ? ({ ended: 'complete' } as const) : ({ ended: 'early', reason } as const)
    return { folder: output, files, seconds: (performance.now() - startedMs) / 1000, ...ended }
  } finally {
    deadline.close()
    // Retried, because a thread that was stopped may have one last write under way.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The model is there, whatever becomes of them. */
async function removeCheckpoints(paths: readonly string[], log: Log): Promise<void> {
  try {
    for (const path of paths) await removeCheckpoint(path)
  } catch (error) {
    const problem = describeError(error)
    log.warn({ problem }, 'checkpoints of this training cannot be removed; the next run ends where it begins')
  }
}

async function findChannels(given: TrainJob['channels'], refuse: Refuse): Promise<TrainOrder['channels']> {
  const { train } = given
  if (!train) throw refuse('no training data was given. Name it with --train FILE.')
  return findInputs({ ...given, train }, name => `for the channel "${name}"`, refuse)
}
