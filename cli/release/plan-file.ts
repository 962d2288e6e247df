import { readFile } from 'node:fs/promises'
import { Type } from 'typebox'
import { findProblem } from '../../core/check.js'
import { parseS3Url } from '../../core/store/s3/url.js'
import { targetProblem } from '../../core/store/target.js'
import { describeJsonError } from '../../core/words.js'
import { UsageError } from '../command.js'
import type { Plan } from '../workspace/plan/plan-type.js'
import { stageProblem } from '../workspace/plan/release-names.js'

const text = Type.String({ minLength: 1 })
const planSchema = Type.Object({
  stage: text,
  id: Type.String({ pattern: '^[A-Za-z0-9](-*[A-Za-z0-9])*$', maxLength: 32 }),
  project: text,
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
