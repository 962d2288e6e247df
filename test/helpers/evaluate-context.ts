import { join } from 'node:path'
import type { EvaluateContext, Progress } from 'modelhost'
import type { Test } from 'tap'
import { type Files, folder } from './artifacts.js'

export interface Asked<P, Q, R> {
  readonly params: P
  /** Instead of a model. */
  predict(instance: Q): R
}

/** A context to evaluate in, on a gold file of this folder; and what is told, warned of and asked there. */
export async function evaluateContext<P, Q, R>(t: Test, files: Files, { params, predict }: Asked<P, Q, R>) {
  const path = await folder(t, files)
  const warnings: [string, object][] = []
  const steps: Progress[] = []
  const asked: Q[] = []
  const silent = () => {}
  const of = (gold: string): EvaluateContext<P, Q, R> => ({
    files: { gold: join(path, gold) },
    params,
    model: undefined,
    predict: async instance => {
      asked.push(instance)
      return predict(instance)
    },
    log: {
      debug: silent,
      info: silent,
      warn: (fields, message) => void warnings.push([message, fields]),
      error: silent,
    },
    progress: step => void steps.push(step),
  })
  return { of, warnings, steps, asked }
}
