import { exampleHead } from '../../../core/examples.js'
import { targetProblem } from '../../../core/store/target.js'
import { didYouMean } from '../../../core/words.js'
import { markedFile } from '../marked-models.js'
import { listProblems } from '../problems.js'
import type { Workspace, WorkspaceModel } from '../read-workspace.js'
import type { Stage } from '../stages.js'
import type { Account } from './account.js'
import { endpointParameters, readTemplateParameters } from './endpoint-parameters.js'
import { jobName } from './job-name.js'
import { modelsPrefix, type Plan, type PlannedModel, type TrainingJobRequest, targetsParameterOf } from './plan-type.js'
import { trainingJob } from './training-job.js'

/** @see SageMaker Runtime API, InvokeEndpoint, TargetModel */
const headerText = /^[\x20-\x7e]+$/

export interface Release {
  /** As `projectName` makes it. */
  readonly project: string
  readonly stage: Stage
  readonly id: string
}

/**
 * The plan of a release of all marked models of a workspace.
 *
 * @throws CommandError that says all that SageMaker, or a host, would refuse
 */
export async function makePlan(workspace: Workspace, { project, stage, id }: Release, account: Account): Promise<Plan> {
  const { bucket, image, kmsKey } = account
  const key = kmsKey === undefined ? {} : { kmsKey }
  const place = { project, stage: stage.name, id, bucket, image, role: account.trainingRole, tags: stage.tags, ...key }
  const trainingJobs: TrainingJobRequest[] = []
  const models: PlannedModel[] = []
  const problems: string[] = []
  const unknown = Object.keys(stage.models).find(name => !workspace.known.includes(name))
  if (unknown !== undefined)
    problems.push(
      `stages.json: ${stage.name}.models has "${unknown}", which ${markedFile} has not.${didYouMean(unknown, workspace.known)}`,
    )
  for (const model of workspace.models) {
    const job = jobName(project, stage.name, model.name, id)
    const request = trainingJob(job, model, { ...stage.training, ...stage.models[model.name] }, place)
    if ('problem' in request) {
      problems.push(request.problem)
      continue
    }
    trainingJobs.push(request)
    models.push(planModel(model, job, stage.name, bucket, id))
  }
  for (const { target } of models) {
    const problem =
      targetProblem(target) ??
      (headerText.test(target) ? undefined : 'has signs beyond ASCII, which no TargetModel may have')
    if (problem) problems.push(`The target "${target}" ${problem}. Rename the model's folder.`)
  }
  if (problems.length > 0) throw listProblems('the plan', problems)
  const planned = {
    ProjectName: project,
    Stage: stage.name,
    ReleaseId: id,
    ImageUri: image,
    ModelDataPrefix: modelsPrefix(bucket, stage.name),
    ExecutionRoleArn: account.executionRole,
    ...(kmsKey === undefined ? {} : { KmsKeyArn: kmsKey }),
  }
  const known = await readTemplateParameters(workspace.folder)
  const Parameters = endpointParameters(planned, stage, known)
  const targetsParameter = targetsParameterOf(project, stage.name)
  return { project, stage: stage.name, id, trainingJobs, models, targetsParameter, endpoint: { Parameters } }
}

function planModel(model: WorkspaceModel, job: string, stage: string, bucket: string, id: string): PlannedModel {
  const target = `${model.name}/${id}.tar.gz`
  return {
    name: model.name,
    plugin: model.plugin.name,
    job,
    output: `s3://${bucket}/${stage}/training/${job}/output/model.tar.gz`,
    target,
    url: `${modelsPrefix(bucket, stage)}${target}`,
    examples: model.examples.map(body => ({ body, contentType: exampleHead.contentType! })),
  }
}
