import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { CreateTrainingJobCommand, type CreateTrainingJobRequest, SageMakerClient } from '@aws-sdk/client-sagemaker'
import type { Test } from 'tap'

/** Sends requests with the client of the AWS SDK, and returns what comes over the wire: what the SDK does not know is not there. */
export async function sendTrainingJobs(
  t: Pick<Test, 'teardown'>,
  requests: readonly CreateTrainingJobRequest[],
): Promise<{ readonly operation: string | undefined; readonly body: unknown }[]> {
  const received: { operation: string | undefined; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    received.push({ operation: request.headers['x-amz-target'] as string, body: await json(request) })
    response.setHeader('content-type', 'application/x-amz-json-1.1').end('{"TrainingJobArn": "arn"}')
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const client = new SageMakerClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  t.teardown(() => client.destroy())
  for (const request of requests) await client.send(new CreateTrainingJobCommand(request))
  return received
}
