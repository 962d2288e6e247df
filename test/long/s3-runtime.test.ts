import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t from 'tap'
import { accessDenied, internalError } from '../helpers/fault-proxy.js'
import { clientOf } from '../helpers/runtime-client.js'
import { probeArchive, startS3Host } from '../helpers/s3-host.js'
import { useS3Env } from '../helpers/s3-server.js'

/** AWS SDKs, as they are, against a host whose models lie in S3. */

useS3Env()
// They wait most of the time.
t.jobs = 2

/** A promise, and what settles it. */
function createGate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

const objects = {
  'live.tar.gz': probeArchive('live '),
  'broken.tar.gz': 'no archive',
  'away.tar.gz': probeArchive(''),
  'denied.tar.gz': probeArchive(''),
}

/** A host for which S3 fails on some, and one model whose download waits. */
async function startFailing(t: Parameters<typeof startS3Host>[0]) {
  const gate = createGate()
  const host = await startS3Host(t, { ...objects, 'slow.tar.gz': probeArchive('slow ') }, { loadWaitMs: 1200 })
  const { proxy } = host
  proxy.always('GET /models/live/away', internalError)
  proxy.always('GET /models/live/denied', accessDenied)
  proxy.always('GET /models/live/slow', { kind: 'hold', after: 50, until: gate.opened })
  t.teardown(gate.open)
  return { ...host, gate }
}

t.test('the SDK for JavaScript gets each class of error, and an answer after it waited for a load', async t => {
  const { host, gate, ask } = await startFailing(t)
  const invoke = clientOf(t, host)
  // The first load waits for the SDK of the host, too.
  const { Body, ContentType } = await clientOf(t, host, 10)('live.tar.gz', 'x')
  t.equal(ContentType, 'application/json')
  t.match(JSON.parse(Body.transformToString()), { text: 'live x' })
  const failed = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status, attempts: 1 } })
  await Promise.all([
    t.rejects(invoke('absent.tar.gz', 'x'), failed('ValidationError', 400)),
    t.rejects(invoke('../live.tar.gz', 'x'), failed('ValidationError', 400)),
    t.rejects(invoke('broken.tar.gz', 'x'), {
      ...failed('ModelError', 424),
      OriginalStatusCode: 422,
      OriginalMessage: /ARCHIVE_INVALID/,
    }),
    t.rejects(invoke('live.tar.gz', '{', 'application/json'), {
      ...failed('ModelError', 424),
      OriginalStatusCode: 400,
    }),
    t.rejects(invoke('denied.tar.gz', 'x'), { ...failed('InternalFailure', 500), message: /403 AccessDenied/ }),
    t.rejects(invoke('slow.tar.gz', 'x'), failed('ModelNotReadyException', 429)),
  ])
  let away = await ask('away.tar.gz')
  while (away.status === 429) away = await ask('away.tar.gz')
  t.match(away, { status: 502, code: 'STORE_UNAVAILABLE' })
  await t.rejects(invoke('away.tar.gz', 'x'), { ...failed('InternalFailure', 500), message: /500 InternalError/ })

  let attempts = 0
  const patient = clientOf(t, host, 10, () => {
    if (++attempts === 3) gate.open()
  })
  const answer = await patient('slow.tar.gz', 'x')
  t.match(JSON.parse(answer.Body.transformToString()), { text: 'slow x' })
  t.ok((answer.$metadata.attempts ?? 0) >= 3, `${answer.$metadata.attempts} tries`)
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
def client(attempts):
    return boto3.client("sagemaker-runtime", endpoint_url=sys.argv[1], region_name="eu-central-1", aws_access_key_id="any",
        aws_secret_access_key="any", config=Config(retries={"max_attempts": attempts, "mode": "legacy"}))
def ask(target, client):
    try:
        answer = client.invoke_endpoint(EndpointName="claims", TargetModel=target, Body=b"x", ContentType="text/plain")
        return json.loads(answer["Body"].read())["text"]
    except client.exceptions.ClientError as error:
        known = getattr(client.exceptions, error.response["Error"]["Code"])
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], isinstance(error, known)]
once = client(1)
for target in sys.argv[2:]:
    print(json.dumps(ask(target, once)))
patient = client(10)
patient.meta.events.register("before-send", lambda **_: print("attempt", flush=True))
print(json.dumps(ask("slow.tar.gz", patient)))
`

t.test('boto3 gets them, too', { skip: hasBoto ? false : `${python} has no boto3` }, async t => {
  const { host, gate, ask } = await startFailing(t)
  // The first load waits for the SDK of the host, too.
  while ((await ask('live.tar.gz')).status === 429);
  const targets = ['live.tar.gz', 'absent.tar.gz', 'broken.tar.gz', 'denied.tar.gz', 'slow.tar.gz']
  const child = spawn(python, ['-c', script, host.url, ...targets], { stdio: ['ignore', 'pipe', 'inherit'] })
  const results: unknown[] = []
  let attempts = 0
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'attempt') results.push(JSON.parse(line))
    else if (++attempts === 3) gate.open()
  }
  t.ok(attempts >= 3)
  t.same(results, [
    'live x',
    ['ValidationError', 400, true],
    ['ModelError', 424, true],
    ['InternalFailure', 500, true],
    ['ModelNotReadyException', 429, true],
    'slow x',
  ])
})
