/** Invocations -> a value for each row; what is too large goes in halves. */
import type { Endpoint, Failure } from './endpoint.js'
import { bodyOf, type Invocation, type SentRow } from './plan.js'
import { Refusal, rowError } from './refusal.js'
import { cutRows } from './rows.js'

export interface Asking {
  readonly endpoint: Endpoint
  readonly atOnce: number
  /** Are rows of several models in the batch? Then what is wrong with one model stands in its rows. */
  readonly isByRow: boolean
  /** Stops all invocations. */
  readonly signal: AbortSignal
  /** Takes the value of a row, JSON. */
  readonly give: (row: SentRow, value: string) => void
}

/**
 * @returns how many invocations were sent
 * @throws Refusal, the first; the others are given up
 */
export async function askAll(invocations: readonly Invocation[], asking: Asking): Promise<number> {
  const stop = new AbortController()
  const own = { ...asking, signal: AbortSignal.any([asking.signal, stop.signal]) }
  const waiting = invocations.values()
  let sent = 0
  const askNext = async () => {
    for (const invocation of waiting) {
      const calls = await ask(invocation, own)
      sent += calls
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(asking.atOnce, invocations.length) }, askNext))
  } catch (error) {
    stop.abort()
    throw error
  }
  return sent
}

async function ask(invocation: Invocation, asking: Asking): Promise<number> {
  const { model, rows } = invocation
  const answer = await asking.endpoint(model, bodyOf(rows), asking.signal)
  if ('text' in answer) giveValues(rows, answer.text, asking)
  else if (answer.failure.isTooLarge && rows.length > 1) return 1 + (await askHalves(invocation, asking))
  else giveFailure(rows, answer.failure, asking)
  return 1
}

async function askHalves({ model, rows }: Invocation, asking: Asking): Promise<number> {
  const half = Math.ceil(rows.length / 2)
  const first = await ask({ model, rows: rows.slice(0, half) }, asking)
  return first + (await ask({ model, rows: rows.slice(half) }, asking))
}

function giveFailure(rows: readonly SentRow[], failure: Failure, { isByRow, give }: Asking): void {
  const { status, code, message, isOfModel, isTooLarge } = failure
  // One row alone is too large, or a connection broke off for another reason: that is worth another try.
  const isOfRow = isTooLarge && status < 500
  if (!isOfRow && !(isByRow && isOfModel)) throw new Refusal(status, code, message)
  const value = rowError(isOfRow ? 'ROW_TOO_LARGE' : code, message)
  for (const row of rows) give(row, value)
}

/** @throws Refusal 424, which Snowflake does not repeat: a container that speaks no rows will not learn it */
function giveValues(rows: readonly SentRow[], text: string, { give }: Asking): void {
  const answered = cutRows(text)
  const problem = 'problem' in answered ? 'it is no {"data": [[number, value], ...]}' : findMismatch(rows, answered)
  if (problem !== undefined) {
    const message = `The endpoint's answer is no answer to these rows: ${problem}. Let it run a modelhost that knows rows.`
    throw new Refusal(424, 'ANSWER_INVALID', message)
  }
  const values = answered as readonly (readonly string[])[]
  rows.forEach((row, i) => {
    give(row, values[i]![1]!)
  })
}

function findMismatch(rows: readonly SentRow[], answered: readonly (readonly string[])[]): string | undefined {
  if (answered.length !== rows.length) return `it has ${answered.length} rows for ${rows.length}`
  const wrong = rows.findIndex(({ number }, i) => answered[i]!.length !== 2 || answered[i]![0] !== number)
  if (wrong < 0) return undefined
  // Without the values, which may be texts: this goes to the log.
  const { length, 0: number } = answered[wrong]!
  return `where row ${rows[wrong]!.number} and its value belong, there is row ${number} with ${length - 1}`
}
