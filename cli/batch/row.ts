/** One row of the input, and the line that answers it. */

export interface RowProblem {
  readonly code: string
  readonly message: string
}

export interface Row {
  /** What is sent: one line of JSON without its end; undefined where the row cannot be asked. */
  readonly request: string | undefined
  /** Why it cannot. */
  readonly problem?: RowProblem
  /** Members of its answer that stand before the prediction: `"id":"7",`; undefined where the answer is the line. */
  readonly kept?: string
}

export const badRow = (message: string, kept?: string): Row => ({
  request: undefined,
  problem: { code: 'REQUEST_INVALID', message },
  ...(kept === undefined ? {} : { kept }),
})

export const errorLine = ({ code, message }: RowProblem): string => JSON.stringify({ error: { code, message } })

const errorStart = '{"error":{"code":"'

/** @returns the code of a line that is an error in the place of a prediction; undefined for a prediction */
export function errorCodeOf(line: string): string | undefined {
  return line.startsWith(errorStart) ? codeIn(line, 1) : undefined
}

/** The same of a line with kept members. */
export function errorCodeOfKept(line: string): string | undefined {
  return line.includes(errorStart.slice(1)) ? codeIn(line) : undefined
}

function codeIn(line: string, members?: number): string | undefined {
  const object = JSON.parse(line) as { error?: { code?: unknown; message?: unknown } }
  const { error } = object
  const isError = typeof error?.code === 'string' && typeof error.message === 'string'
  // A prediction may have a member of this name too, beside others.
  return isError && (members === undefined || Object.keys(object).length === members)
    ? (error.code as string)
    : undefined
}

/**
 * The line of the output for an answer.
 *
 * @param answer  what the model says of the row: a prediction, or `{"error": ...}`, as JSON
 */
export function outputLine({ kept }: Row, answer: string): string {
  if (kept === undefined) return answer
  return errorCodeOf(answer) === undefined ? `{${kept}"prediction":${answer}}` : `{${kept}${answer.slice(1)}`
}
