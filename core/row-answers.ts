/** The answer to rows: each with its number and its one value, and together no more than the caller can take. */
import { fail } from './errors.js'

export interface RowAnswer {
  /** As it was written in the request. */
  readonly number: string
  /** JSON. */
  readonly value: string
}

/** `{"data":[` and `]}` */
const frameBytes = 11
/** Brackets of a row, the comma in it and the one behind it. */
const rowFrameBytes = 4

/**
 * Where the answer would be too large, the largest rows, the later one of equals first, have an error in place of their
 * value until the rest fits: as few are lost as can be, and always the same ones.
 *
 * @param maxBytes  of the answer
 * @returns `{"data":[[number,value],...]}`
 * @throws HostError ANSWER_TOO_LARGE where it does not fit even so
 */
export function writeRowAnswers(rows: readonly RowAnswer[], maxBytes = Number.POSITIVE_INFINITY): string {
  const values = rows.map(({ value }) => value)
  if (mayExceed(rows, maxBytes)) shorten(rows, values, maxBytes)
  const parts: string[] = new Array(rows.length)
  for (let i = 0; i < rows.length; i++) parts[i] = `[${rows[i]!.number},${values[i]}]`
  return `{"data":[${parts.join(',')}]}`
}

/** What the least error takes in an answer. */
const leastErrorBytes = 50

/** @throws HostError ANSWER_TOO_LARGE where the errors alone are more than the caller takes: before they fill the memory */
export function checkRoom(errors: number, limitBytes: number | undefined): void {
  const answerBytes = errors * leastErrorBytes
  if (limitBytes !== undefined && answerBytes > limitBytes) throw fail('ANSWER_TOO_LARGE', { answerBytes, limitBytes })
}

/** A character takes at most three bytes; most answers need no further look. */
function mayExceed(rows: readonly RowAnswer[], maxBytes: number): boolean {
  let length = frameBytes
  for (const { number, value } of rows) length += number.length + 3 * value.length + rowFrameBytes
  return length > maxBytes
}

function shorten(rows: readonly RowAnswer[], values: string[], maxBytes: number): void {
  const sizes = Uint32Array.from(values, value => Buffer.byteLength(value))
  // No comma stands behind the last one.
  let total = frameBytes - 1
  for (let i = 0; i < rows.length; i++) total += rows[i]!.number.length + sizes[i]! + rowFrameBytes
  const answerBytes = total
  if (total <= maxBytes) return
  const largestFirst = Uint32Array.from(rows, (_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || b - a)
  for (const i of largestFirst) {
    if (total <= maxBytes) return
    const { code, message } = fail('ANSWER_TOO_LARGE', { answerBytes, limitBytes: maxBytes, rowBytes: sizes[i]! })
    const error = JSON.stringify({ error: { code, message } })
    // All that follow are smaller still.
    if (error.length >= sizes[i]!) break
    values[i] = error
    total += error.length - sizes[i]!
  }
  if (total > maxBytes) throw fail('ANSWER_TOO_LARGE', { answerBytes, limitBytes: maxBytes })
}
