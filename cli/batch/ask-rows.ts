import type { Chunk } from './chunks.js'
import { errorCodeOf, errorLine, outputLine, type RowProblem } from './row.js'

/** What a model says to a body of JSON lines. */
export interface Answer {
  /** One line of JSON a row, in order, each with its end. */
  readonly body: Buffer
  /** What it took where the model runs, as far as is known. */
  readonly predictMs: number
}

/**
 * Sends JSON lines to a model.
 *
 * @throws Refused where it is up to these rows; CommandError where the work as a whole cannot go on
 */
export type Ask = (body: Buffer, rows: number) => Promise<Answer>

/** Rows that are not answered, whoever asks how often. */
export class Refused extends Error {
  constructor(readonly problem: RowProblem) {
    super(problem.message)
  }
}

const parts = 16

/**
 * Asks for the rows of a chunk. Where it is refused as a whole, as one row that crashes its thread can cause, it is cut
 * until each refusal is that of one row.
 *
 * @param mayFailTogether  can one bad row spoil the answers of those beside it, as in a plugin's `predictBatch`?
 * @param took             is told how long it took
 * @returns one line of output a row, without its end
 */
export async function askRows(
  rows: Chunk,
  ask: Ask,
  { mayFailTogether, took }: { readonly mayFailTogether: boolean; readonly took: (rows: number, ms: number) => void },
): Promise<string[]> {
  const answers = async (requests: readonly string[]): Promise<string[]> => {
    try {
      const { body, predictMs } = await ask(Buffer.from(requests.join('\n')), requests.length)
      took(requests.length, predictMs)
      const lines = body.toString().split('\n', requests.length)
      if (mayFailTogether && areSpoiled(lines)) throw new Refused({ code: '', message: '' })
      return lines
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (requests.length === 1) return [errorLine(error.problem)]
      const size = Math.ceil(requests.length / parts)
      const lines: string[] = []
      for (let at = 0; at < requests.length; at += size) lines.push(...(await answers(requests.slice(at, at + size))))
      return lines
    }
  }
  const requests = rows.flatMap(({ request }) => request ?? [])
  const answered = requests.length > 0 ? await answers(requests) : []
  let next = 0
  return rows.map(row => outputLine(row, row.problem ? errorLine(row.problem) : answered[next++]!))
}

/** No row has an answer, and two have the same error. */
function areSpoiled(lines: readonly string[]): boolean {
  if (lines.length < 2 || lines.some(line => errorCodeOf(line) === undefined)) return false
  return new Set(lines).size < lines.length
}
