import { readTemplate } from './cloudformation.js'
import { account, region, renderTemplate } from './render-template.js'

/** container/pipeline.yml, as a project of ours deploys it. */
export const pipelineTemplate = await readTemplate(new URL('../../../container/pipeline.yml', import.meta.url))

export const kmsKey = `arn:aws:kms:${region}:${account}:key/0a1b`

const given = {
  ProjectName: 'claims',
  ConnectionArn: `arn:aws:codeconnections:${region}:${account}:connection/0a1b`,
  Repository: 'team/claims',
  TrainingBuckets: 'data-dev',
}

export const renderPipeline = (more: Readonly<Record<string, string>> = {}) =>
  renderTemplate(pipelineTemplate, { ...given, ...more })
