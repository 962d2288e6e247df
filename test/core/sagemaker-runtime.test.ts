import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime'
import t, { type Test } from 'tap'
import { type ErrorCode, errors, fail, HostError } from '../../core/errors.js'
import { runtimeAnswer } from '../../core/routes/runtime-errors.js'
import { folder } from '../helpers/artifacts.js'
import { fakeHost } from '../helpers/fake-host.js'
import { exchange } from '../helpers/raw-http.js'

/** Clients of the service, unmodified, against a real port; what each target does is said here. */
const failures: Readonly<Record<string, HostError>> = {
  absent: fail('TARGET_NOT_FOUND', { target: 'absent', store: 's3://b' }),
  refused: fail('REQUEST_INVALID', { problem: 'text is missing.' }),
  broken: fail('TENSOR_FILE_BROKEN', { file: 'x', problem: 'it is cut off' }),
  raising: fail('PREDICT_FAILED', { plugin: 'P', problem: 'TypeError: no' }),
  large: fail('MEMORY_FULL', { model: 'large', needBytes: 2, freeBytes: 1 }),
  'half-written': fail('CACHE_FULL', { target: 'half-written', folder: '/c', problem: 'ENOSPC' }),
  late: fail('MODEL_NOT_READY', { model: 'late', waitedMs: 1 }),
  busy: fail('QUEUE_FULL', { model: 'busy', limit: 1 }),
  flooded: fail('LOADS_FULL', { model: 'flooded', limit: 1 }),
  away: fail('STORE_UNAVAILABLE', { store: 's3://b', problem: 'no answer' }),
  denied: fail('STORE_DENIED', { store: 's3://b', problem: 'AccessDenied' }),
  bug: fail('INTERNAL', { problem: 'unexpected state' }),
}

async function startRuntime(t: Test, flags: Record<string, unknown> = {}) {
  let calls = 0
  const host = await fakeHost(
    t,
    { store: await folder(t), ...flags },
    {
      predict: (name, { body, head }) => {
        calls++
        const error = failures[name]
        return error ? { error } : { text: `${name}: ${Buffer.from(body)} as ${head.contentType} for ${head.accept}` }
      },
    },
  )
  const url = await host.listen()
  return { url, app: host.app, calls: () => calls }
}

function clientOf(t: Test, endpoint: string): SageMakerRuntimeClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const client = new SageMakerRuntimeClient({ endpoint, region: 'eu-central-1', credentials })
  t.teardown(() => client.destroy())
  return client
}

const input = (TargetModel: string, more: Partial<InvokeEndpointCommandInput> = {}) =>
  new InvokeEndpointCommand({
    EndpointName: 'any-name',
    TargetModel,
    Body: 'a text',
    ContentType: 'text/plain',
    ...more,
  })

t.test('the AWS SDK gets an answer, with all that the service says beside it', async t => {
  const { url } = await startRuntime(t)
  const answer = await clientOf(t, url).send(
    input('dir/claims.tar.gz', {
      Accept: 'text/csv',
      CustomAttributes: 'trace=7',
      TargetVariant: 'AllTraffic',
      InferenceId: 'i-1',
    }),
  )
  t.equal(answer.Body.transformToString(), 'dir/claims.tar.gz: a text as text/plain for text/csv')
  t.match(answer, {
    ContentType: 'text/plain',
    InvokedProductionVariant: 'AllTraffic',
    CustomAttributes: 'trace=7',
    $metadata: { httpStatusCode: 200, requestId: String, attempts: 1 },
  })
})

t.test('each error is the exception of the service, and is repeated where the SDK repeats it', async t => {
  const { url, calls } = await startRuntime(t)
  const client = clientOf(t, url)
  const cases: [target: string, name: string, status: number, tries: number, original?: number][] = [
    ['absent', 'ValidationError', 400, 1],
    ['refused', 'ModelError', 424, 1, 400],
    ['broken', 'ModelError', 424, 1, 422],
    ['raising', 'ModelError', 424, 1, 500],
    ['large', 'ModelError', 424, 1, 507],
    ['half-written', 'ModelError', 424, 1, 507],
    ['late', 'ModelNotReadyException', 429, 3],
    ['busy', 'ServiceUnavailable', 503, 3],
    ['away', 'InternalFailure', 500, 3],
    ['denied', 'InternalFailure', 500, 3],
    ['bug', 'InternalFailure', 500, 3],
  ]
  const seen = cases.map(async ([target, name, status, tries, original]) => {
    const error = await client.send(input(target)).then(
      () => t.fail(target),
      thrown => thrown,
    )
    const { message } = failures[target]!
    t.match(error, { name, $metadata: { httpStatusCode: status, attempts: tries, requestId: String } }, target)
    if (original === undefined) {
      t.equal(error.message, message)
      return tries
    }
    const isClients = original < 500
    t.match(error, {
      ErrorCode: isClients ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL',
      OriginalStatusCode: original,
      LogStreamArn: /:log-group:\/aws\/sagemaker\/Endpoints\/any-name$/,
    })
    const said = `Received ${isClients ? 'client' : 'server'} error (${original}) from primary with message "`
    t.ok(error.message.startsWith(said), error.message)
    t.match(JSON.parse(error.OriginalMessage), { error: { code: failures[target]!.code, message } })
    return tries
  })
  const tries = (await Promise.all(seen)).reduce((sum, count) => sum + count, 0)
  t.equal(calls(), tries)
})

t.test('what the service would not let pass is a ValidationError in words', async t => {
  const { url, calls } = await startRuntime(t, { maxBodyBytes: 1000 })
  const client = clientOf(t, url)
  const cases: [Partial<InvokeEndpointCommandInput>, RegExp][] = [
    [{ EndpointName: '-x' }, /'endpointName' failed to satisfy constraint: .*pattern/],
    [{ EndpointName: 'x'.repeat(64) }, /'endpointName' .* less than or equal to 63/],
    [{ EndpointName: 'a%b' }, /'endpointName'/],
    [{ TargetModel: '../x' }, /^Target "..\/x"/],
    [{ TargetModel: undefined }, /X-Amzn-SageMaker-Target-Model/],
    [{ TargetVariant: 'green' }, /variant "green"/],
    [{ InferenceComponentName: 'c' }, /inference components/],
    [{ TargetContainerHostname: 'second' }, /one container/],
    [{ SessionId: 'NEW_SESSION' }, /no sessions/],
    [{ CustomAttributes: 'x'.repeat(1025) }, /'customAttributes' .* 1024/],
    [{ InferenceId: 'x'.repeat(65) }, /'inferenceId' .* 64/],
    [{ ContentType: 'x'.repeat(1025) }, /'contentType' .* 1024/],
    [{ Body: 'x'.repeat(1001) }, /larger than 1000 bytes/],
  ]
  for (const [more, message] of cases) {
    const $metadata = { httpStatusCode: 400, attempts: 1, requestId: String }
    const failure = { name: 'ValidationError', message, $metadata }
    await t.rejects(client.send(input('a', more)), failure, String(message))
  }
  t.equal(calls(), 0)
})

t.test('what is as long as the service lets it be passes', async t => {
  const { url } = await startRuntime(t)
  const longest = {
    EndpointName: 'x'.repeat(63),
    CustomAttributes: 'x'.repeat(1024),
    InferenceId: 'x'.repeat(64),
    ContentType: `text/plain; x=${'x'.repeat(1024 - 'text/plain; x='.length)}`,
    Accept: `text/csv; x=${'x'.repeat(1024 - 'text/csv; x='.length)}`,
  }
  t.match(await clientOf(t, url).send(input('a', longest)), { $metadata: { httpStatusCode: 200 } })
})

t.test('a body above the limit is refused while the SDK still sends it', async t => {
  const { url, calls } = await startRuntime(t)
  const sent = clientOf(t, url).send(input('a', { Body: new Uint8Array(8_000_000) }))
  await t.rejects(sent, { name: 'ValidationError', message: /larger than 6291456 bytes/, $metadata: { attempts: 1 } })
  t.equal(calls(), 0)
})

t.test('every error code has the status and the fields of an error that the service has', t => {
  for (const [code, row] of Object.entries(errors)) {
    const message = (row.message as (details: unknown) => string)(row.example)
    const { status, headers, body } = runtimeAnswer(new HostError(code as ErrorCode, message), '/endpoints/e/x', 'r')
    t.ok([400, 403, 404, 405, 424, 429, 500, 503].includes(status), `${code} ${status}`)
    t.equal(status === 424, headers['x-amzn-errortype'] === 'ModelError', code)
    t.equal(status === 503 || status === 429, 'retry-after' in headers, code)
    t.match(JSON.parse(body), { Message: String })
  }
  t.end()
})

t.test('a target is unexpected where there is one model', async t => {
  const host = await fakeHost(t, { single: await folder(t) })
  const client = clientOf(t, await host.listen())
  await t.rejects(client.send(input('a')), { name: 'ValidationError', message: /serves one model only/ })
  const { Body } = await client.send(input('a', { TargetModel: undefined }))
  t.equal(Body.transformToString(), 'model: a text')
})

t.test('streams and asynchronous inference are refused in words', async t => {
  const { url } = await startRuntime(t)
  const client = clientOf(t, url)
  const stream = new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'e', Body: 'x' })
  await t.rejects(client.send(stream), { name: 'ValidationError', message: /does not stream/ })
  const later = new InvokeEndpointAsyncCommand({ EndpointName: 'e', InputLocation: 's3://b/k' })
  await t.rejects(client.send(later), { name: 'ValidationError', message: /no asynchronous inference/ })
})

t.test('what no route sees has the shape of the service, too', async t => {
  const { url, app } = await startRuntime(t)
  const path = '/endpoints/e/invocations'
  const cases: [string, string, number, string][] = [
    [
      'a path that is no UTF-8',
      'POST /endpoints/%ff/invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      400,
      'ValidationError',
    ],
    ['no Host', `POST ${path} HTTP/1.1\r\nconnection: close\r\n\r\n`, 400, 'ValidationError'],
    ['a header that is none', `POST ${path} HTTP/1.1\r\nhost x\r\n\r\n`, 400, 'ValidationError'],
    ['long headers', `POST ${path} HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(40_000)}\r\n\r\n`, 400, 'ValidationError'],
    [
      'a body that stops',
      `POST ${path} HTTP/1.1\r\nhost: x\r\nx-amzn-sagemaker-target-model: a\r\ncontent-length: 9\r\n\r\nx`,
      400,
      'ValidationError',
    ],
    [
      'an unknown operation',
      'POST /endpoints/e/other HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      404,
      'UnknownOperationException',
    ],
    [
      'another method',
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      405,
      'UnknownOperationException',
    ],
  ]
  // Node looks for these every 30 seconds.
  app.server.on('request', ({ headers, socket }) => {
    const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    if (headers['content-length'] === '9') app.server.emit('clientError', late, socket)
  })
  for (const [what, bytes, status, name] of cases) {
    const answer = await exchange(url, bytes)
    t.equal(answer.status, status, what)
    t.equal(answer.headers['x-amzn-errortype'], name, what)
    t.equal(answer.headers['content-type'], 'application/json', what)
    t.match(JSON.parse(answer.body), { Message: String }, what)
    t.notOk('code' in JSON.parse(answer.body))
    t.notOk(answer.headers['x-amzn-invoked-production-variant'])
  }
})

const python = process.env.PYTHON ?? 'python3'
const run = promisify(execFile)
const hasBoto = await run(python, ['-c', 'import boto3']).then(
  () => true,
  () => false,
)

const script = `
import json, sys, boto3
from botocore.config import Config
client = boto3.client("sagemaker-runtime", endpoint_url=sys.argv[1], region_name="eu-central-1",
    aws_access_key_id="any", aws_secret_access_key="any", config=Config(retries={"max_attempts": 1, "mode": "legacy"}))
results = []
for target in sys.argv[2:]:
    try:
        answer = client.invoke_endpoint(EndpointName="any-name", TargetModel=target, Body=b"a text", ContentType="text/plain")
        results.append({"body": answer["Body"].read().decode(), "type": answer["ContentType"], "variant": answer["InvokedProductionVariant"]})
    except client.exceptions.ClientError as error:
        known = [n for n in ("ModelError", "ModelNotReadyException", "ValidationError", "InternalFailure", "ServiceUnavailable")
            if isinstance(error, getattr(client.exceptions, n))]
        results.append({"classes": known, "code": error.response["Error"]["Code"], "message": error.response["Error"]["Message"],
            "original": error.response.get("OriginalStatusCode"), "retries": error.response["ResponseMetadata"]["RetryAttempts"]})
print(json.dumps(results))
`

t.test('boto3 gets answers and exceptions, too', { skip: hasBoto ? false : `${python} has no boto3` }, async t => {
  const { url } = await startRuntime(t)
  const targets = ['fine', 'absent', 'refused', 'large', 'late', 'away', 'busy']
  const { stdout } = await run(python, ['-c', script, url, ...targets])
  const error = (code: string, retries: number, original: number | null = null) => ({
    classes: [code],
    code,
    message: String,
    original,
    retries,
  })
  t.match(JSON.parse(stdout), [
    { body: 'fine: a text as text/plain for undefined', type: 'text/plain', variant: 'AllTraffic' },
    error('ValidationError', 0),
    error('ModelError', 0, 400),
    error('ModelError', 0, 507),
    error('ModelNotReadyException', 1),
    error('InternalFailure', 1),
    error('ServiceUnavailable', 1),
  ])
})
