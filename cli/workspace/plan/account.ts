import { parseS3Url } from '../../../core/store/s3/url.js'
import { UsageError } from '../../command.js'
import type { Stage } from '../stages.js'

/** What a plan takes from an AWS account. */
export interface Account {
  readonly bucket: string
  readonly image: string
  readonly trainingRole: string
  readonly executionRole: string
  readonly kmsKey?: string
}

export type AccountFlags = { readonly [K in keyof Account]?: string | undefined }

const flags: Readonly<Record<keyof Account, string>> = {
  bucket: '--bucket',
  image: '--image',
  trainingRole: '--training-role',
  executionRole: '--execution-role',
  kmsKey: '--kms-key',
}
const needed = ['bucket', 'image', 'trainingRole', 'executionRole'] as const

/** @see SageMaker API, CreateTrainingJob, RoleArn */
const role = /^arn:aws[a-z-]*:iam::\d{12}:role\/?[\w+=,.@/-]+$/
/** As `ImageUri` of endpoint.yml. */
const registryImage = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9._/-]+[:@][^\s]+$/
const key = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/

/**
 * Takes each value from its flag, else from the stage.
 *
 * @throws UsageError that names all that is missing
 */
export function readAccount(given: AccountFlags, stage: Stage): Account {
  const found: Record<string, string> = {}
  for (const name of Object.keys(flags) as (keyof Account)[]) {
    const value = given[name] ?? stage[name]
    if (value !== undefined && value !== '') found[name] = value
  }
  const missing = needed.filter(name => found[name] === undefined)
  if (missing.length > 0) {
    const names = missing.map(name => `"${name}"`).join(', ')
    throw new UsageError(
      `A plan for the stage "${stage.name}" needs ${missing.map(name => flags[name]).join(', ')}. Give ${missing.length > 1 ? 'them' : 'it'}, or write ${names} into the stage in stages.json. The pipeline's stack has them among its outputs.`,
    )
  }
  const account = found as unknown as Account
  const problem = findAccountProblem(account)
  if (problem) throw new UsageError(problem)
  return account
}

function findAccountProblem({ bucket, image, trainingRole, executionRole, kmsKey }: Account): string | undefined {
  const place = parseS3Url(`s3://${bucket}`)
  if ('problem' in place || place.key !== '')
    return `${flags.bucket} "${bucket}" is no name of a bucket. Write it without s3:// and without a path.`
  if (!registryImage.test(image) || image.length > 255)
    return `${flags.image} "${image}" is no image in ECR, from which alone SageMaker takes one. It looks like 123456789012.dkr.ecr.REGION.amazonaws.com/NAME:TAG.`
  for (const [flag, arn] of [
    [flags.trainingRole, trainingRole],
    [flags.executionRole, executionRole],
  ] as const) {
    if (!role.test(arn))
      return `${flag} "${arn}" is no ARN of a role. It looks like arn:aws:iam::123456789012:role/NAME.`
  }
  if (kmsKey !== undefined && !key.test(kmsKey))
    return `${flags.kmsKey} "${kmsKey}" is no ARN of a key. It looks like arn:aws:kms:REGION:123456789012:key/ID.`
  return undefined
}
