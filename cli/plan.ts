import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../core/errors.js'
import { CommandError, defineCommand, UsageError } from './command.js'
import { pluginOption } from './options.js'
import { idProblem, newId } from './workspace/plan/job-name.js'
import { stageProblem } from './workspace/plan/plan-type.js'

export const planCommand = defineCommand({
  name: 'plan',
  summary: "print the SageMaker requests that a workspace's pipeline will make",
  description: [
    'Reads a workspace (see "modelhost init"), checks all that its marked models say, and prints the training jobs, the',
    'models that come of them, and the parameters of the endpoint: as JSON, to stdout. Nothing is sent to AWS.',
    'What belongs to an account is given by flags, or stands in the stage in stages.json.',
  ].join('\n'),
  arguments: { DIR: { description: 'The workspace (default: this folder).', optional: true } },
  options: {
    stage: { value: 'NAME', required: true, description: 'Of the pipeline, "dev" for one; part of names and paths.' },
    id: { value: 'ID', description: 'Of this release (default: UTC date and time, 20261127-185427 for one).' },
    bucket: { value: 'NAME', description: 'Bucket of artifacts and checkpoints.' },
    image: { value: 'URI', description: 'The image that trains and serves.' },
    'training-role': { value: 'ARN', description: 'Role of the training jobs.' },
    'execution-role': { value: 'ARN', description: 'Role of the endpoint.' },
    'kms-key': { value: 'ARN', description: 'Key that encrypts artifacts and volumes.' },
    only: { value: 'NAME', repeat: true, description: 'Of the marked models, this one. May be repeated.' },
    output: { value: 'DIR', description: 'Also write plan.json and endpoint-STAGE.json into this folder.' },
    plugin: pluginOption,
  },
  examples: {
    'modelhost plan --stage dev --bucket my-models --image IMAGE --training-role ARN --execution-role ARN':
      'prints the plan of the workspace in this folder',
    'modelhost plan my-models --stage prod --output plan':
      'takes what belongs to the account from my-models/stages.json, and writes plan/plan.json and plan/endpoint-prod.json',
  },
  async run({ DIR = '.', stage: stageName, id = newId(new Date()), only, output, plugin, ...given }) {
    const problem = stageProblem(stageName)
    if (problem) throw new UsageError(`--stage "${stageName}" ${problem}.`)
    const wrongId = idProblem(id)
    if (wrongId) throw new UsageError(`--id "${id}" ${wrongId}.`)
    const { readStage } = await import('./workspace/stages.js')
    const { readAccount } = await import('./workspace/plan/account.js')
    const { readWorkspace } = await import('./workspace/read-workspace.js')
    const { makePlan } = await import('./workspace/plan/make-plan.js')
    const { findWarnings } = await import('./workspace/plan/platform-limits.js')
    const workspace = await readWorkspace(DIR, { only, plugins: plugin })
    const stage = await readStage(workspace.folder, stageName)
    const flags = {
      bucket: given.bucket,
      image: given.image,
      trainingRole: given['training-role'],
      executionRole: given['execution-role'],
      kmsKey: given['kms-key'],
    }
    const plan = await makePlan(workspace, stage, readAccount(flags, stage), id)
    // As it is sent: every blank would count.
    const content = JSON.stringify(plan)
    for (const warning of findWarnings(plan, content)) process.stderr.write(`modelhost: ${warning}\n`)
    if (output !== undefined) {
      await writeInto(output, {
        'plan.json': `${content}\n`,
        [`endpoint-${stageName}.json`]: `${JSON.stringify(plan.endpoint, null, 2)}\n`,
      })
    }
    process.stdout.write(`${JSON.stringify(plan, null, 2)}\n`)
  },
})

async function writeInto(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  } catch (error) {
    throw new CommandError(`--output ${folder} cannot be written (${describeError(error)}).`, { cause: error })
  }
}
