/** Values -> the answer of the gateway, below what Lambda lets through. */
import type { APIGatewayProxyResult } from 'aws-lambda'
import { Refusal, rowError } from './refusal.js'

/** Both as JSON. */
export interface AnsweredRow {
  readonly number: string
  readonly value: string
}

const answerOf = (statusCode: number, body: string): APIGatewayProxyResult => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body,
})

export const refusalAnswer = ({ status, code, message }: Refusal): APIGatewayProxyResult =>
  answerOf(status, rowError(code, message))

/**
 * @param limitBytes  of the answer as Lambda counts it: the body once more as a JSON string
 * @throws Refusal 413 when there are so many rows that their errors alone are too large
 */
export function rowsAnswer(rows: readonly AnsweredRow[], limitBytes: number): APIGatewayProxyResult {
  const body = join(rows)
  if (sizeOf(body) <= limitBytes) return answerOf(200, body)
  return answerOf(200, join(dropLargest(rows, sizeOf(body) - limitBytes, limitBytes)))
}

const join = (rows: readonly AnsweredRow[]): string =>
  `{"data":[${rows.map(({ number, value }) => `[${number},${value}]`).join(',')}]}`

const sizeOf = (text: string): number => Buffer.byteLength(JSON.stringify(text))

/** The largest values give way to errors: the fewest rows that make enough room. */
function dropLargest(rows: readonly AnsweredRow[], excessBytes: number, limitBytes: number): AnsweredRow[] {
  const fitted = [...rows]
  const bySize = rows.map(({ value }, i) => ({ i, bytes: sizeOf(value) })).sort((a, b) => b.bytes - a.bytes)
  for (const { i, bytes } of bySize) {
    if (excessBytes <= 0) break
    const value = tooLarge(rows[i]!.value, limitBytes)
    const saved = bytes - sizeOf(value)
    if (saved <= 0) break
    fitted[i] = { number: rows[i]!.number, value }
    excessBytes -= saved
  }
  if (excessBytes <= 0) return fitted
  const message = `The answers to ${rows.length} rows are larger than the ${limitBytes} bytes that the gateway can return. Set MAX_BATCH_ROWS of the function lower.`
  throw new Refusal(413, 'ANSWER_TOO_LARGE', message)
}

function tooLarge(value: string, limitBytes: number): string {
  const problem = `This row's answer has ${Buffer.byteLength(value)} bytes; with those of its batch it is above the gateway's ${limitBytes}.`
  return rowError('ANSWER_TOO_LARGE', `${problem} Set MAX_BATCH_ROWS of the function lower.`)
}
