import { Refusal } from './refusal.js'

/** Read from the environment of the function; `gateway.yaml` sets it. */
export interface Settings {
  /** SageMaker endpoint that is asked. */
  readonly endpoint: string
  /** Target of `POST /invocations`; none for an endpoint with one model. */
  readonly defaultModel: string | undefined
  /** Bytes of one invocation's body: below the 4 MB of serverless endpoints, and the 6 MiB of others. */
  readonly invokeBytes: number
  /** Rows of one invocation: what bounds its time. */
  readonly invokeRows: number
  readonly invokesAtOnce: number
  /** Time for one batch; API Gateway gives up after 29 s. */
  readonly deadlineMs: number
  /** Bytes of the answer as Lambda counts them: its limit is 6,291,556, with the headers. */
  readonly answerBytes: number
}

const numbers = {
  invokeBytes: ['INVOKE_BYTES', 4_000_000],
  invokeRows: ['INVOKE_ROWS', 500],
  invokesAtOnce: ['INVOKES_AT_ONCE', 8],
  deadlineMs: ['DEADLINE_MS', 25_000],
  answerBytes: ['ANSWER_BYTES', 6_000_000],
} as const

type Environment = Readonly<Record<string, string | undefined>>

/** @throws Refusal 500 GATEWAY_MISCONFIGURED */
export function readSettings(env: Environment): Settings {
  const endpoint = env.ENDPOINT_NAME
  if (!endpoint) throw misconfigured('The environment variable ENDPOINT_NAME names no SageMaker endpoint. Set it.')
  const read = ([name, otherwise]: readonly [string, number]): number => {
    const value = Number(env[name] || otherwise)
    if (Number.isSafeInteger(value) && value > 0) return value
    throw misconfigured(`The environment variable ${name} is "${env[name]}". Set it to an integer above 0.`)
  }
  return {
    endpoint,
    defaultModel: env.TARGET_MODEL || undefined,
    invokeBytes: read(numbers.invokeBytes),
    invokeRows: read(numbers.invokeRows),
    invokesAtOnce: read(numbers.invokesAtOnce),
    deadlineMs: read(numbers.deadlineMs),
    answerBytes: read(numbers.answerBytes),
  }
}

const misconfigured = (problem: string) => new Refusal(500, 'GATEWAY_MISCONFIGURED', problem)
