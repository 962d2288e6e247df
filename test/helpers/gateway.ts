import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { APIGatewayProxyResult } from 'aws-lambda'
import type { Test } from 'tap'

const bundle = fileURLToPath(new URL('../../container/snowflake/gateway/index.mjs', import.meta.url))
const main = fileURLToPath(new URL('lambda-process-main.js', import.meta.url))

/** Bytes of an answer that Lambda lets through, as JSON. */
const lambdaLimit = 6_291_556

export interface GatewayAnswer {
  readonly status: number
  /** As Snowflake gets it. */
  readonly text: string
  /** The values, in the order of the rows. */
  values(): unknown[]
}

export interface Gateway {
  ask(event: unknown, remainingMs?: number): Promise<GatewayAnswer>
  /** Lines of the function's log, parsed. */
  readonly log: Record<string, unknown>[]
}

/**
 * Starts the bundled gateway as a process of its own, with the environment that Lambda and `gateway.yaml` give it.
 *
 * @param url  of whatever stands for the SageMaker Runtime service
 */
export async function startGateway(
  t: Pick<Test, 'teardown'>,
  url: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const child = fork(main, [bundle], {
    silent: true,
    execArgv: [],
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url,
      // Lambda's Node.js is one that the SDK supports for longer.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ENDPOINT_NAME: 'claims',
      ...env,
    },
  })
  t.teardown(() => child.kill('SIGKILL'))
  const log: Record<string, unknown>[] = []
  let rest = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) log.push(JSON.parse(line))
  })
  child.stderr!.pipe(process.stderr)
  await once(child, 'message')

  const waiting = new Map<number, (message: { result?: APIGatewayProxyResult; problem?: string }) => void>()
  child.on('message', (message: { id: number; result?: APIGatewayProxyResult }) => waiting.get(message.id)!(message))
  let calls = 0
  return {
    log,
    async ask(event, remainingMs = 29_000) {
      const id = calls++
      const { result, problem } = await new Promise<{ result?: APIGatewayProxyResult; problem?: string }>(resolve => {
        waiting.set(id, resolve)
        child.send({ id, event, remainingMs })
      })
      waiting.delete(id)
      if (!result) throw new Error(problem)
      const bytes = Buffer.byteLength(JSON.stringify(result))
      if (bytes > lambdaLimit) throw new Error(`Lambda lets ${lambdaLimit} bytes through, not ${bytes}`)
      const { statusCode: status, body: text } = result
      return { status, text, values: () => (JSON.parse(text) as { data: unknown[][] }).data.map(row => row[1]) }
    },
  }
}

/**
 * What API Gateway sends to a function for a POST of Snowflake.
 *
 * @see API Gateway, Input format of a Lambda function for proxy integration
 */
export function proxyEvent(path: string, body: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  const model = path.startsWith('/models/') ? path.slice('/models/'.length) : undefined
  const headers = {
    Accept: '*/*',
    'Accept-Encoding': 'gzip',
    'Content-Type': 'application/json',
    Host: 'abcdefghij.execute-api.eu-central-1.amazonaws.com',
    'User-Agent': 'snowflake/1.0',
    'X-Amzn-Trace-Id': 'Root=1-5e1b4151-5ac6c58f5b9daa5f5b9daa5f',
    'sf-external-function-current-query-id': '01a8c0de-0000-0001-0000-000000000001',
    'sf-external-function-format': 'json',
    'sf-external-function-format-version': '1.0',
    'sf-external-function-name': 'NER',
    'sf-external-function-query-batch-id': '01a8c0de-0000-0001-0000-000000000001:0:0:0:0',
    'sf-external-function-return-type': 'VARIANT',
    'sf-external-function-signature': '(TEXT VARCHAR)',
  }
  return {
    resource: model === undefined ? path : '/models/{model+}',
    path,
    httpMethod: 'POST',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: model === undefined ? null : { model },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      httpMethod: 'POST',
      identity: { userArn: 'arn:aws:sts::123456789012:assumed-role/modelhost-snowflake/snowflake' },
      path: `/live${path}`,
      protocol: 'HTTP/1.1',
      requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
      resourcePath: model === undefined ? path : '/models/{model+}',
      stage: 'live',
    },
    body: typeof body === 'string' || body === null ? body : JSON.stringify(body),
    isBase64Encoded: false,
    ...more,
  }
}
