import { readFile } from 'node:fs/promises'
import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { Type } from 'typebox'
import { findProblem } from '../../core/check.js'
import { parseS3Url } from '../../core/store/s3/url.js'
import { targetProblem } from '../../core/store/target.js'
import { describeJsonError } from '../../core/words.js'
import { UsageError } from '../command.js'

/** What a release of models is, from its training to its endpoint: `modelhost plan` writes it, the rest of a pipeline reads it. */
export interface Plan {
  /** `dev`; part of names and paths. */
  readonly stage: string
  /** UTC date and time of the plan, `20261127-185427`. */
  readonly id: string
  /** Complete: each is sent as it is. */
  readonly trainingJobs: readonly CreateTrainingJobRequest[]
  readonly models: readonly PlannedModel[]
  /** Name of the SSM parameter that says which target of each model is the current one. */
  readonly targetsParameter: string
  /** In the form of a template configuration of CodePipeline. */
  readonly endpoint: { readonly Parameters: Readonly<Record<string, string>> }
}

export interface PlannedModel {
  /** Of its folder in the workspace. */
  readonly name: string
  readonly plugin: string
  /** Name of the training job. */
  readonly job: string
  /** Where the job leaves its artifact: `s3://bucket/dev/training/JOB/output/model.tar.gz`. */
  readonly output: string
  /** Below the prefix of the endpoint's models: `DocSim/20261127-185427.tar.gz`. */
  readonly target: string
  /** `s3://bucket/dev/models/` and the target. */
  readonly url: string
  readonly examples: readonly PlannedExample[]
}

/** A request that the model can answer. */
export interface PlannedExample {
  readonly body: string
  readonly contentType: string
}

/** Below it lie the models of a stage, each at its target. */
export const modelsPrefix = (bucket: string, stage: string): string => `s3://${bucket}/${stage}/models/`

export const targetsParameterOf = (stage: string): string => `/modelhost/${stage}/targets`

/** @returns what is wrong with the name of a stage, to stand behind it */
export function stageProblem(stage: string): string | undefined {
  const isName = /^[a-z0-9](-?[a-z0-9])*$/.test(stage) && stage.length <= 20
  return isName
    ? undefined
    : 'is no name of a stage: at most 20 small letters and digits, with single hyphens in between'
}

const text = Type.String({ minLength: 1 })
const planSchema = Type.Object({
  stage: text,
  id: Type.String({ pattern: '^[A-Za-z0-9](-*[A-Za-z0-9])*$', maxLength: 32 }),
  trainingJobs: Type.Array(Type.Object({ TrainingJobName: text })),
  models: Type.Array(
    Type.Object({
      name: text,
      plugin: text,
      job: text,
      output: text,
      target: text,
      url: text,
      examples: Type.Array(Type.Object({ body: Type.String(), contentType: text })),
    }),
  ),
  targetsParameter: text,
  endpoint: Type.Object({ Parameters: Type.Record(Type.String(), Type.String()) }),
})

/**
 * Reads what `modelhost plan` has written.
 *
 * @throws UsageError that says what is wrong with the file
 */
export async function readPlan(file: string): Promise<Plan> {
  const refuse = (problem: string) => new UsageError(`${file} ${problem} Make it with "modelhost plan".`)
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw refuse(`cannot be read (${error.code}).`)
  })
  let plan: unknown
  try {
    plan = JSON.parse(content)
  } catch (error) {
    throw refuse(`is not valid JSON: ${describeJsonError(error)}.`)
  }
  const problem = findProblem(planSchema, plan, 'The whole') ?? findPlanProblem(plan as Plan)
  if (problem) throw refuse(`is no plan: ${problem}`)
  return plan as Plan
}

/** What no schema says. */
function findPlanProblem({ stage, models }: Plan): string | undefined {
  const wrongStage = stageProblem(stage)
  if (wrongStage) return `stage "${stage}" ${wrongStage}.`
  const seen = new Set<string>()
  for (const [i, { name, output, target, url }] of models.entries()) {
    const at = `models[${i}]`
    const wrongTarget = targetProblem(target)
    if (wrongTarget) return `${at}.target "${target}" ${wrongTarget}.`
    for (const [key, value] of Object.entries({ output, url })) {
      const place = parseS3Url(value)
      if ('problem' in place) return `${at}.${key} "${value}" ${place.problem}.`
      if (!/[^/]\.(tar\.gz|tgz)$/.test(place.key)) return `${at}.${key} "${value}" does not end with .tar.gz.`
    }
    if (!url.endsWith(`/${target}`)) return `${at}.url "${url}" does not end with its target, "${target}".`
    for (const [key, value] of Object.entries({ name, target })) {
      if (seen.has(`${key} ${value}`)) return `two models have the ${key} "${value}".`
      seen.add(`${key} ${value}`)
    }
  }
  return undefined
}
