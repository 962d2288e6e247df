import { workerData } from 'node:worker_threads'
import { Type } from 'typebox'
import { findProblem } from './check.js'
import { fail } from './errors.js'
import { doJob, sayProgress } from './job-worker.js'
import { createLaneLog } from './lane-log.js'
import type { DescribedFiles } from './local-image.js'
import { openLocalModel } from './local-model.js'
import type { AnyPlugin, EvaluateContext, Evaluation } from './plugin.js'

/** The thread of one evaluation: loads the model, runs the plugin's `evaluate`. */

export interface EvaluateOrder {
  /** URL of the module whose default export is the plugin. */
  readonly module: string
  readonly artifact: DescribedFiles
  readonly files: EvaluateContext<unknown, unknown, unknown>['files']
}

const text = Type.String({ minLength: 1 })
const evaluationSchema = Type.Object({
  task: text,
  cases: Type.Integer({ minimum: 1 }),
  unit: text,
  measures: Type.Record(Type.String(), Type.Object({ value: Type.Number(), description: Type.Optional(text) }), {
    minProperties: 1,
  }),
  tables: Type.Optional(
    Type.Record(Type.String(), Type.Record(Type.String(), Type.Record(Type.String(), Type.Number()))),
  ),
  predictions: Type.String(),
})

await doJob(async (): Promise<Evaluation> => {
  const { module, artifact, files } = workerData as EvaluateOrder
  const plugin = ((await import(module)) as { default: AnyPlugin }).default
  const log = createLaneLog({})
  const { model, predict, unload } = await openLocalModel(plugin, artifact, log)
  const { params } = artifact
  const evaluation = await plugin.evaluate!({ files, params, model, predict, log, progress: sayProgress })
  const problem = findProblem(evaluationSchema, evaluation, 'The evaluation')
  if (problem) {
    throw fail('EVALUATE_FAILED', {
      plugin: plugin.name,
      problem: `its evaluate function returned no evaluation. ${problem}`,
    })
  }
  await unload()
  return evaluation
})
