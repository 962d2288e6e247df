import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { maxParamsBytes } from './artifact-folder.js'
import { readCatalog } from './catalog.js'
import { describeError, fail } from './errors.js'
import { findExampleProblem, readExamples } from './examples.js'
import { findInputs } from './input-files.js'
import { type Refuse, runJob } from './job.js'
import { coerceParams } from './params.js'
import type { AnyPlugin, Log, Progress } from './plugin.js'
import { TrainLimit } from './train-limit.js'
import type { TrainOrder } from './train-worker.js'

/*
 * One training job:
 *
 *   params, channels ── checked ──▶ worker thread: plugin.train ──▶ temporary folder ── all there ──▶ output
 *                                        └ log, progress, outcome ┄▶ here
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
  /** Stops the training; nothing is left of it. */
  readonly signal?: AbortSignal
  /** Tells the training to end soon, with what it has learned by then. */
  readonly stop?: AbortSignal
  /** Seconds from now until the model should be written: it is what is learned by then. */
  readonly maxSeconds?: number
  /** Folder for checkpoints; one that an earlier run left there is gone on with. */
  readonly checkpoints?: string
}

export interface Trained {
  /** Absolute path of the artifact. */
  readonly folder: string
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
  readonly seconds: number
}

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

  const { params, content } = readParams(plugin, job.params)
  const channels = await findChannels(job.channels, refuse)
  const output = resolve(job.output)
  await checkOutput(output, plugin.name, refuse)

  const folder = await mkdtemp(join(nearestFolder(output), `.${plugin.name}-training-`)).catch(error => {
    throw refuse(`${output} cannot be written (${describeError(error)}). Choose another --output.`, error)
  })
  const limit = new TrainLimit(job.maxSeconds)
  const stop = () => limit.stop()
  if (job.stop?.aborted) stop()
  job.stop?.addEventListener('abort', stop)
  try {
    const order: TrainOrder = {
      module: entry.module,
      pluginName: plugin.name,
      folder,
      channels,
      params,
      threads: job.threads,
      limit: limit.shared,
    }
    await runJob({
      ...job,
      script: new URL('./train-worker.js', import.meta.url),
      order,
      refuse,
      words: { stopped: 'it was stopped. Nothing was written.', goal: 'the model was written' },
    })
    await checkFiles(folder, plugin, refuse)
    await writeFile(join(folder, `${plugin.name}-params.json`), content)
    const files = await moveArtifact(folder, output, plugin.name)
    return { folder: output, files, seconds: (performance.now() - startedMs) / 1000 }
  } finally {
    job.stop?.removeEventListener('abort', stop)
    // Retried, because a thread that was stopped may have one last write under way.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** @returns the params, and the params file with them */
function readParams(plugin: AnyPlugin, given: TrainJob['params']): { params: object; content: string } {
  const file = `The params for ${plugin.name}`
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  const name = given['model_name'] ?? plugin.name
  // Hyperparameters come JSON-encoded once more.
  if (name !== plugin.name && name !== JSON.stringify(plugin.name)) {
    throw invalid(`their model_name is ${JSON.stringify(name)}. Train that plugin with them.`)
  }
  const params = coerceParams(plugin.params, given, file)
  const examples = readExamples(given, file)
  const problem = findExampleProblem(plugin, examples)
  if (problem) throw invalid(problem)
  const shown = examples.length > 0 ? { examples: examples.map(example => JSON.parse(example)) } : {}
  const content = `${JSON.stringify({ model_name: plugin.name, ...params, ...shown }, null, 2)}\n`
  const bytes = Buffer.byteLength(content)
  if (bytes > maxParamsBytes)
    throw invalid(`as a file they have ${bytes} bytes; a host reads ${maxParamsBytes} at most. Shorten them.`)
  return { params, content }
}

async function findChannels(given: TrainJob['channels'], refuse: Refuse): Promise<TrainOrder['channels']> {
  const { train } = given
  if (!train) throw refuse('no training data was given. Name it with --train FILE.')
  return findInputs({ ...given, train }, name => `for the channel "${name}"`, refuse)
}

/** Before hours of training, not after: can the artifact stand there? */
async function checkOutput(output: string, prefix: string, refuse: Refuse): Promise<void> {
  if (!existsSync(output)) return
  if (!(await stat(output)).isDirectory()) throw refuse(`${output} is not a folder. Choose another --output.`)
  const other = (await readdir(output)).find(name => name.endsWith('-params.json') && name !== `${prefix}-params.json`)
  if (other) throw refuse(`${output} already holds another artifact (${other}). Choose another --output.`)
}

/** The folder itself where it exists, else the next one above: always on the disk that the artifact will be on. */
function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path))
}

/** What the plugin says its artifacts have must be there. */
async function checkFiles(folder: string, plugin: AnyPlugin, refuse: Refuse): Promise<void> {
  const written = await readdir(folder)
  const needed = [
    ...(plugin.hasModelFile === false ? [] : ['model']),
    ...(plugin.files ?? []).filter(file => !file.optional).map(file => file.name),
  ]
  const missing = needed.map(name => `${plugin.name}-${name}`).filter(name => !written.includes(name))
  if (missing.length > 0) throw refuse(`its train function ended without writing ${missing.join(', ')}.`)
}

/**
 * Replaces the artifact in `output`; folders there are never touched, whatever their names.
 *
 * The params file goes first and comes last: at no moment does one describe files that are not its own.
 */
async function moveArtifact(folder: string, output: string, prefix: string): Promise<Trained['files']> {
  const paramsName = `${prefix}-params.json`
  await mkdir(output, { recursive: true })
  const old = (await readdir(output, { withFileTypes: true })).filter(entry => !entry.isDirectory())
  await rm(join(output, paramsName), { force: true })
  for (const { name } of old) if (name.startsWith(`${prefix}-`)) await rm(join(output, name), { force: true })

  const names = (await readdir(folder)).filter(name => name !== paramsName).sort()
  const files: { name: string; bytes: number }[] = []
  for (const name of [...names, paramsName]) {
    const { size } = await stat(join(folder, name))
    await rename(join(folder, name), join(output, name))
    files.push({ name, bytes: size })
  }
  return files
}
