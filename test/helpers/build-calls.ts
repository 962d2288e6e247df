import type { Call } from './iam.js'
import { account, region } from './render-template.js'

/** What the calls of a build ask of IAM. */

const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`

/** What an argument is followed by: the value of a flag. */
const after = (call: readonly string[], flag: string) => call[call.indexOf(flag) + 1]!

const pushActions = [
  'BatchCheckLayerAvailability',
  'CompleteLayerUpload',
  'InitiateLayerUpload',
  'PutImage',
  'UploadLayerPart',
]
/** Docker reads what is there already, before it pushes. */
const readActions = ['BatchGetImage', 'GetDownloadUrlForLayer']

/** IAM's name of what the AWS CLI calls: `PutMetricData` of `put-metric-data`. */
const pascalCase = (name: string) => name.replace(/(^|-)(.)/g, (_, _dash, letter: string) => letter.toUpperCase())

/** @returns the calls to AWS of one call of a program, but for those to S3 */
export function awsCallsOf(call: readonly string[]): Call[] {
  const [program, first = '', second = ''] = call
  if (program === 'modelhost' && first === 'probe')
    return [{ action: 'sagemaker:InvokeEndpoint', resource: arn('sagemaker', `endpoint/${second}`) }]
  if (program === 'docker' && first === 'push') {
    const [, repository] = /\/(.+):/.exec(second)!
    const resource = arn('ecr', `repository/${repository}`)
    return [...pushActions, ...readActions].map(name => ({ action: `ecr:${name}`, resource }))
  }
  if (program !== 'aws') return []
  switch (`${first} ${second}`) {
    case 'ecr get-login-password':
      return [{ action: 'ecr:GetAuthorizationToken' }]
    case 'sagemaker describe-endpoint':
      return [
        {
          action: 'sagemaker:DescribeEndpoint',
          resource: arn('sagemaker', `endpoint/${after(call, '--endpoint-name')}`),
        },
      ]
    case 'cloudwatch put-metric-data':
      return [{ action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': after(call, '--namespace') } }]
    case 'ssm get-parameters':
    case 'ssm put-parameter': {
      const name = after(call, second === 'put-parameter' ? '--name' : '--names')
      return [{ action: `ssm:${pascalCase(second)}`, resource: arn('ssm', `parameter${name}`) }]
    }
  }
  throw new Error(`what "${call.join(' ')}" asks of IAM is not known`)
}
