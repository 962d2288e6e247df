import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { readAccount } from '../../cli/workspace/plan/account.js'
import { makePlan } from '../../cli/workspace/plan/make-plan.js'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { readStage } from '../../cli/workspace/stages.js'
import { pluginPath } from './artifacts.js'
import { account, region } from './render-template.js'
import { workspace } from './workspace.js'

export const release = {
  project: 'claims',
  id: '20261127-185427',
  bucket: 'artifacts',
  image: `${account}.dkr.ecr.${region}.amazonaws.com/team/claims:20261127-185427`,
}

const template = fileURLToPath(new URL('../../../container/endpoint.yml', import.meta.url))

/**
 * The plan of the stage `dev`, of a workspace with our endpoint.yml.
 *
 * @param files  besides those of the model `Lines`
 * @param flags  of the account, besides those of the release
 */
export async function planRelease(t: Test, files: Readonly<Record<string, unknown>>, flags: object = {}) {
  const folder = await workspace(t, files)
  await copyFile(template, join(folder, 'endpoint.yml'))
  const read = await readWorkspace(folder, { plugins: [pluginPath('tally')] })
  const stage = await readStage(folder, 'dev')
  const roles = { trainingRole: role('Training'), executionRole: role('Execution') }
  const { project, id, bucket, image } = release
  return makePlan(read, { project, stage, id }, readAccount({ bucket, image, ...roles, ...flags }, stage))
}

const role = (name: string) => `arn:aws:iam::${account}:role/${name}`
