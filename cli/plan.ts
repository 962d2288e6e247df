import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../core/errors.js'
import { CommandError, defineCommand } from './command.js'
import { pluginOption } from './options.js'

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
    project: {
      value: 'NAME',
      description: 'What names at AWS begin with (default: that of package.json, else of the folder).',
    },
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
  async run({ DIR = '.', stage: stageName, id: givenId, project: givenProject, only, output, plugin, ...given }) {
    const { checkRelease, findWarnings, makePlan, newId, projectName, readAccount, readStage, readWorkspace } =
      await import('./workspace/plan/index.js')
    const id = givenId ?? newId(new Date())
    checkRelease(stageName, id)
    const workspace = await readWorkspace(DIR, { only, plugins: plugin })
    const project = projectName(givenProject, workspace.project)
    const stage = await readStage(workspace.folder, stageName)
    const flags = {
      bucket: given.bucket,
      image: given.image,
      trainingRole: given['training-role'],
      executionRole: given['execution-role'],
      kmsKey: given['kms-key'],
    }
    const plan = await makePlan(workspace, { project, stage, id }, readAccount(flags, stage))
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
