import { realpath, rm } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { describeError, fail } from '../../core/errors.js'
import { readCatalog } from '../../core/host.js'
import { type Refuse, runJob } from '../../core/job.js'
import type { Log } from '../../core/plugin.js'
import { checkOutput, makeWorkFolder, moveArtifact, type WrittenFile } from '../../core/train-output.js'
import type { Found, ImportOrder } from './import-worker.js'
import { defaultLimits, type UnpackLimits } from './limits.js'

export interface ImportJob {
  readonly file: string
  /** Folder for the artifact; made when it does not exist. */
  readonly output: string
  /** As a person gave them: values may still be strings. */
  readonly params: Readonly<Record<string, unknown>>
  readonly limits?: UnpackLimits
  readonly log: Log
  /** Ends the import; nothing is left of it. */
  readonly signal?: AbortSignal
}

export interface Imported extends Found {
  /** Absolute path of the artifact. */
  readonly folder: string
  readonly files: readonly WrittenFile[]
  readonly seconds: number
}

/**
 * Makes an artifact of another library's model: read as data in a thread of its own, written beside `output`, loaded once
 * as a host would, and only then moved to `output`. After a failure `output` is as before.
 *
 * @throws HostError IMPORT_FAILED, PARAMS_INVALID, ARTIFACT_INVALID
 */
export async function importModel(job: ImportJob): Promise<Imported> {
  const startedMs = performance.now()
  const { file, params, limits = defaultLimits, log, signal } = job
  const refuse = (problem: string, cause?: unknown) => fail('IMPORT_FAILED', { file, problem }, cause)
  const output = resolve(job.output)
  const modules = Object.fromEntries(Array.from(await readCatalog([]), ([name, entry]) => [name, entry.module]))
  const folder = await makeWorkFolder(output, 'import', refuse)
  try {
    const order: ImportOrder = { file, folder, params, modules, limits }
    const found = await runJob<Found>({
      script: new URL('./import-worker.js', import.meta.url),
      order,
      log,
      signal,
      refuse,
      words: { stopped: 'it was stopped. Nothing was written.', goal: 'the model was written' },
    })
    await checkOutput(output, found.plugin, refuse)
    await checkSource(file, output, found.plugin, refuse)
    const files = await moveArtifact(folder, output, found.plugin).catch(error => {
      throw refuse(`${output} cannot be written (${describeError(error)}). Choose another --output.`, error)
    })
    return { ...found, folder: output, files, seconds: (performance.now() - startedMs) / 1000 }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** An artifact replaces the files in its folder that are named as its own: the model that is imported may be one of them. */
async function checkSource(file: string, output: string, plugin: string, refuse: Refuse): Promise<void> {
  const isNamedSo = basename(file).startsWith(`${plugin}-`)
  if (!isNamedSo || (await realpath(dirname(resolve(file)))) !== (await realpath(output).catch(() => output))) return
  throw refuse(`it lies in ${output}, where files named ${plugin}-... are replaced. Choose another --output.`)
}
