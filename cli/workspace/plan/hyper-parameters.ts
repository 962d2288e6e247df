import type { WorkspaceModel } from '../read-workspace.js'

/** Of a training's time, what is left for its start and for what comes after it. */
const reserveSeconds = 300

/** @see SageMaker API, CreateTrainingJob, HyperParameters */
const maxCount = 100
const maxKeyLength = 256
const maxValueLength = 2500

/**
 * The hyperparameters of a training: its params, each value encoded as JSON once more, with `model_name`; and
 * `max_seconds`, where the params have none.
 *
 * @param maxRuntime  seconds after which SageMaker ends the job
 * @returns them, or what is wrong
 */
export function hyperParameters(
  { plugin, raw, maxSeconds = 0 }: Pick<WorkspaceModel, 'plugin' | 'raw' | 'maxSeconds'>,
  maxRuntime: number,
): { readonly values: Record<string, string> } | { readonly problem: string } {
  const usableSeconds = maxRuntime - reserveSeconds
  const { model_name: _, ...own } = raw
  const all = { model_name: plugin.name, max_seconds: usableSeconds, ...own }
  if (maxSeconds > usableSeconds)
    return {
      problem: `max_seconds is ${maxSeconds}, but SageMaker ends the job after ${maxRuntime} s (MaxRuntimeInSeconds), of which ${reserveSeconds} are kept for its start and end. Use at most ${usableSeconds}, or raise MaxRuntimeInSeconds in stages.json.`,
    }
  const values = Object.fromEntries(Object.entries(all).map(([key, value]) => [key, JSON.stringify(value)]))
  const problem = findProblem(values)
  return problem === undefined ? { values } : { problem }
}

function findProblem(values: Readonly<Record<string, string>>): string | undefined {
  const count = Object.keys(values).length
  if (count > maxCount)
    return `there are ${count} params; SageMaker takes ${maxCount} hyperparameters. Leave out those at their defaults.`
  for (const [key, value] of Object.entries(values)) {
    if (key.length > maxKeyLength)
      return `the name of a param has more than the ${maxKeyLength} characters that SageMaker takes.`
    if (value.length > maxValueLength)
      return `${key} has ${value.length} characters as a hyperparameter; SageMaker takes ${maxValueLength}. ${key === 'examples' ? 'Keep fewer, or shorter ones.' : 'Shorten it.'}`
  }
  return undefined
}
