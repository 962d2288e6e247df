import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { Refusal } from './refusal.js'
import { cutRows, type Row } from './rows.js'

/** Who is asked: one model for all rows, the model that each row names first, or the endpoint's own. */
export type Target = { readonly model: string } | 'by row' | 'default'

export interface Batch {
  readonly target: Target
  readonly rows: readonly Row[]
}

/** Snowflake's batches have at most 10 MB, Lambda's events 6. */
const maxBodyBytes = 32 * 1024 * 1024
const unzip = promisify(gunzip)

/**
 * Reads a proxy event of an API Gateway REST API.
 *
 * @throws Refusal 400, 404, 405, 413
 * @see API Gateway, Input format of a Lambda function for proxy integration
 * @see Snowflake, External functions: Remote service input and output data formats
 */
export async function readBatch(event: APIGatewayProxyEvent): Promise<Batch> {
  const { httpMethod, body } = event ?? {}
  if (typeof httpMethod !== 'string') {
    const message =
      'The event is none of an API Gateway REST API with Lambda proxy integration. Call the function by one.'
    throw new Refusal(400, 'EVENT_INVALID', message)
  }
  if (httpMethod !== 'POST') {
    const message = `This gateway answers POST, not ${httpMethod}: it never accepts a batch for later, so that there is nothing to poll.`
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', message)
  }
  const target = readTarget(event)
  if (typeof body !== 'string' || body === '') throw refuse('it is empty')
  const rows = cutRows(event.isBase64Encoded === true ? await decode(body) : body)
  if ('problem' in rows) throw new Refusal(400, 'BODY_MALFORMED', rows.problem)
  return { target, rows }
}

/** `/models/{model}`, `/models`, `/invocations`; below whatever a stage or a custom domain puts before it. */
function readTarget({ path, pathParameters }: APIGatewayProxyEvent): Target {
  if (pathParameters?.model) return { model: decodeName(pathParameters.model) }
  const names = typeof path === 'string' ? path.split('/').filter(name => name !== '') : []
  const models = names.indexOf('models')
  if (models >= 0) {
    const model = names.slice(models + 1).join('/')
    return model === '' ? 'by row' : { model: decodeName(model) }
  }
  if (names.at(-1) === 'invocations') return 'default'
  const message = `There is no ${path} here. Send to /models/{model}, to /models with the model as the first argument, or to /invocations.`
  throw new Refusal(404, 'ROUTE_UNKNOWN', message)
}

function decodeName(name: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(name)
  } catch {
    throw new Refusal(400, 'TARGET_INVALID', `The model "${name}" in the path has a bad percent-encoding.`)
  }
  const problem = findNameProblem(decoded)
  if (problem === undefined) return decoded
  throw new Refusal(400, 'TARGET_INVALID', `The model in the path ${problem}. ${nameForm}`)
}

export const nameForm = 'Name the path of a model below the endpoint\'s S3 prefix, such as "dir/name.tar.gz".'

/** @see SageMaker Runtime API, InvokeEndpoint, X-Amzn-SageMaker-Target-Model */
export function findNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty'
  if (name.length > 1024) return 'is longer than 1,024 characters'
  if (!/^[\x20-\x7e]*$/.test(name)) return 'has other characters than printable ASCII'
  // It travels in a header, which would lose them: another model would answer.
  return name.trim() === name ? undefined : 'begins or ends with a blank'
}

/** API Gateway passes on what it takes for binary as base64; where it does not decompress, that is gzip. */
async function decode(body: string): Promise<string> {
  let bytes = Buffer.from(body, 'base64')
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await decompress(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse('it is not UTF-8')
  }
}

async function decompress(bytes: Buffer): Promise<Buffer<ArrayBuffer>> {
  try {
    return (await unzip(bytes, { maxOutputLength: maxBodyBytes })) as Buffer<ArrayBuffer>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw refuse('its gzip is broken')
    const message = `The batch is larger than ${maxBodyBytes} bytes. Set MAX_BATCH_ROWS of the function lower.`
    throw new Refusal(413, 'BODY_TOO_LARGE', message)
  }
}

const refuse = (problem: string): Refusal =>
  new Refusal(
    400,
    'BODY_MALFORMED',
    `The batch cannot be read: ${problem}. Send {"data": [[0, "argument", ...], ...]}.`,
  )
