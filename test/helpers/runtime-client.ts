import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import type { TestHost } from 'modelhost/testing'
import type { Test } from 'tap'

/**
 * Asks a host as a program does that knows SageMaker only: with the AWS SDK, as it is.
 *
 * @param onAttempt  is called before each try
 */
export function clientOf(
  t: Pick<Test, 'teardown'>,
  { url: endpoint }: Pick<TestHost, 'url'>,
  maxAttempts = 1,
  onAttempt = () => {},
) {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const client = new SageMakerRuntimeClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts })
  t.teardown(() => client.destroy())
  client.middlewareStack.add(
    next => args => {
      onAttempt()
      return next(args)
    },
    { step: 'finalizeRequest', priority: 'low', name: 'onAttempt' },
  )
  return (TargetModel: string | undefined, Body: string, ContentType = 'text/plain') =>
    client.send(new InvokeEndpointCommand({ EndpointName: 'claims', TargetModel, Body, ContentType }))
}
