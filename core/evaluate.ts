import { resolve } from 'node:path'
import { readCatalog } from './catalog.js'
import { fail } from './errors.js'
import type { EvaluateOrder } from './evaluate-worker.js'
import { findInputs } from './input-files.js'
import { type Refuse, runJob } from './job.js'
import { describeArtifact } from './params.js'
import type { Evaluation, Log, Progress } from './plugin.js'

/*
 * One evaluation:
 *
 *   artifact, files ── checked ──▶ worker thread: image, plugin.load, plugin.evaluate ┄ measures, predictions ┄▶ here
 *
 * Nothing is written.
 */

export interface EvaluateJob {
  /** Folder of the artifact. */
  readonly artifact: string
  /** Folders or packages with further plugins. */
  readonly plugins?: readonly string[]
  /** Role -> path: what is right, and what else the plugin takes. */
  readonly files: Readonly<Record<string, string>> & { readonly gold: string }
  readonly log: Log
  readonly progress?: (progress: Progress) => void
  /** Stops the evaluation. */
  readonly signal?: AbortSignal
}

export interface Evaluated extends Evaluation {
  /** Absolute path of the artifact. */
  readonly folder: string
  readonly plugin: string
  readonly seconds: number
}

/**
 * Measures a model by what its plugin's `evaluate` makes of a gold file.
 *
 * @throws HostError EVALUATE_FAILED, what a load raises where the artifact is not right, or what the plugin's `evaluate`
 *   raised with `fail`
 */
export async function evaluate({ artifact, plugins, files: given, ...job }: EvaluateJob): Promise<Evaluated> {
  const startedMs = performance.now()
  const catalog = await readCatalog(plugins ?? [])
  const { plugin, folder, prefix, params, files: artifactFiles } = await describeArtifact(resolve(artifact), catalog)
  const refuse: Refuse = (problem, cause) => fail('EVALUATE_FAILED', { plugin: plugin.name, problem }, cause)
  if (!plugin.evaluate) {
    const what = 'it has no evaluate function, with which a plugin says how its models are measured.'
    throw refuse(`${what} Give it one, as docs/authoring.md shows.`)
  }
  const files = await findInputs(given, role => `as ${role}`, refuse)
  const order: EvaluateOrder = {
    module: catalog.get(plugin.name)!.module,
    artifact: { folder, prefix, params, files: artifactFiles },
    files,
  }
  const evaluation = await runJob<Evaluation>({
    ...job,
    script: new URL('./evaluate-worker.js', import.meta.url),
    order,
    refuse,
    words: { stopped: 'it was stopped.', goal: 'the measures were there' },
  })
  return { folder, plugin: plugin.name, ...evaluation, seconds: (performance.now() - startedMs) / 1000 }
}
