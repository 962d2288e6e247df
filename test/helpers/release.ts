import { join } from 'node:path'
import type { Test } from 'tap'
import type { Plan, PlannedExample } from '../../cli/workspace/plan/plan-type.js'
import { archiveOf } from './archive.js'
import { type Files, folder } from './artifacts.js'

/** A release as `modelhost plan` would write it, in the bucket of the test server. */

export const releaseId = '20261127-185427'

interface TestModel {
  readonly plugin?: string
  readonly examples?: readonly PlannedExample[]
}

export const jsonExample = (request: unknown): PlannedExample => ({
  body: JSON.stringify(request),
  contentType: 'application/json',
})

/** Where the job of a model leaves its archive. */
export const outputKey = (name: string): string => `dev/training/claims-dev-${name}-${releaseId}/output/model.tar.gz`

export const modelKey = (name: string, stage = 'dev'): string => `${stage}/models/${name}/${releaseId}.tar.gz`

export function planOf(models: Readonly<Record<string, TestModel>>): Plan {
  return {
    project: 'claims',
    stage: 'dev',
    id: releaseId,
    trainingJobs: [],
    models: Object.entries(models).map(([name, { plugin = 'Probe', examples = [] }]) => ({
      name,
      plugin,
      job: `claims-dev-${name}-${releaseId}`,
      output: `s3://models/${outputKey(name)}`,
      target: `${name}/${releaseId}.tar.gz`,
      url: `s3://models/${modelKey(name)}`,
      examples,
    })),
    targetsParameter: '/modelhost/claims/dev/targets',
    endpoint: { Parameters: { Stage: 'dev' } },
  }
}

/** @returns the path of the plan */
export async function planFile(t: Pick<Test, 'teardown'>, plan: unknown): Promise<string> {
  return join(await folder(t, { 'plan.json': JSON.stringify(plan) }), 'plan.json')
}

/** What a training of the probe plugin leaves, under one name more than it has. */
export const trained = (params: Record<string, unknown> = {}, files: Files = {}): Buffer =>
  archiveOf({ 'Probe-params.json': JSON.stringify({ model_name: 'Probe', ...params }), ...files })
