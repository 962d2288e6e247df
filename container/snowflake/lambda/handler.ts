/**
 * The gateway from Snowflake to a SageMaker endpoint that runs modelhost: an AWS Lambda function behind an API Gateway
 * REST API. It keeps nothing between two calls.
 *
 *   event ─▶ request: rows ─▶ plan: by model, cut ─▶ ask: in parallel, in halves where too large ─▶ answer: joined
 */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda'
import { type AnsweredRow, refusalAnswer, rowsAnswer } from './answer.js'
import { askAll } from './ask.js'
import { type Endpoint, openEndpoint } from './endpoint.js'
import { planBatch } from './plan.js'
import { Refusal } from './refusal.js'
import { readBatch } from './request.js'
import { readSettings, type Settings } from './settings.js'

/** Connections are kept as long as Lambda keeps the process. */
let opened: { settings: Settings; endpoint: Endpoint } | undefined

/** Time that Lambda needs to hand an answer over before it ends the function. */
const handOverMs = 1000

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  const startMs = performance.now()
  const facts: Record<string, unknown> = {}
  let answer: APIGatewayProxyResult
  try {
    answer = await answerBatch(event, context, facts)
  } catch (error) {
    const refusal =
      error instanceof Refusal ? error : new Refusal(500, 'GATEWAY_FAILED', `The gateway failed: ${error}`)
    facts.code = refusal.code
    facts.problem = refusal.message
    answer = refusalAnswer(refusal)
  }
  const ms = Math.round(performance.now() - startMs)
  console.log(JSON.stringify({ ...idsOf(event), ...facts, status: answer.statusCode, ms }))
  return answer
}

async function answerBatch(
  event: APIGatewayProxyEvent,
  context: Context,
  facts: Record<string, unknown>,
): Promise<APIGatewayProxyResult> {
  opened ??= open()
  const { settings, endpoint } = opened
  const batch = await readBatch(event)
  const { invocations, errors } = planBatch(batch, settings)
  const answered: AnsweredRow[] = batch.rows.map((row, i) => ({ number: row[0]!, value: errors.get(i) ?? '' }))
  Object.assign(facts, { target: batch.target, rows: batch.rows.length })

  const leftMs = context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY
  const timeMs = Math.max(0, Math.min(settings.deadlineMs, leftMs - handOverMs))
  facts.invocations = await withDeadline(timeMs, signal =>
    askAll(invocations, {
      endpoint,
      atOnce: settings.invokesAtOnce,
      isByRow: batch.target === 'by row',
      signal,
      give: ({ index, number }, value) => {
        answered[index] = { number, value }
      },
    }),
  )
  return rowsAnswer(answered, settings.answerBytes)
}

function open() {
  const settings = readSettings(process.env)
  return { settings, endpoint: openEndpoint(settings) }
}

/** @throws Refusal 429 when the time is up; what was answered until then is lost, as nothing is kept here */
async function withDeadline<T>(timeMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `The rows were not answered within ${Math.round(timeMs)} ms. A model that is still being loaded answers when the batch is repeated; where that does not help, set MAX_BATCH_ROWS of the function lower.`
      reject(new Refusal(429, 'TIME_IS_UP', message))
      stop.abort()
    }, timeMs)
  })
  try {
    return await Promise.race([work(stop.signal), late])
  } finally {
    clearTimeout(timer)
  }
}

/** What finds a batch in Snowflake's history, and in its own repetitions. */
function idsOf(event: APIGatewayProxyEvent | undefined) {
  const ids: Record<string, string> = {}
  for (const [name, value] of Object.entries(event?.headers ?? {})) {
    const id = name.toLowerCase()
    if (id === 'sf-external-function-current-query-id') ids.query = String(value)
    if (id === 'sf-external-function-query-batch-id') ids.batch = String(value)
  }
  return ids
}
