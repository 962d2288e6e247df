/** The answers of each model -> the answer to the batch, in the order of its rows. Runs in the thread of `rows-worker.ts`. */
import { readText } from '../body-text.js'
import { fail } from '../errors.js'
import { type RowAnswer, writeRowAnswers } from '../row-answers.js'
import { findRows, skipBlanks } from '../rows.js'
import { type Pages, pieceOf } from './pages.js'
import { type Plan, RowFate } from './split.js'

export interface Join {
  readonly plan: Plan
  /** What came of each group: `{"data": ...}`, or the error that is the value of all of its rows. */
  readonly answers: Pages
  /** 1 where it is an error. */
  readonly isError: Uint8Array<ArrayBuffer>
  /** Of the answer. */
  readonly maxBytes: number
}

const utf8 = new TextEncoder()

/** @throws HostError ANSWER_TOO_LARGE; INTERNAL where an answer is not that of its rows */
export function joinRows({ plan, answers, isError, maxBytes }: Join): Uint8Array<ArrayBuffer> {
  const { groupOf } = plan
  const numbers = groupOf.length === 0 ? [] : new TextDecoder().decode(plan.numbers).split(',')
  const sources = Array.from(isError, (error, group) => {
    const text = readText(pieceOf(answers, group), 'utf-8')
    return error === 1 ? sameFor(text) : rowsIn(text)
  })
  const rows = numbers.map((number, i): RowAnswer => {
    const group = groupOf[i]!
    if (group === RowFate.isNull) return { number, value: 'null' }
    if (group === RowFate.isWrong) return { number, value: wrongModel }
    return { number, value: sources[group]!(number) }
  })
  for (const source of sources) source()
  return utf8.encode(writeRowAnswers(rows, maxBytes)) as Uint8Array<ArrayBuffer>
}

const wrong = fail('REQUEST_INVALID', { problem: 'The first argument of a row must be a text: it names the model.' })
const wrongModel = JSON.stringify({ error: { code: wrong.code, message: wrong.message } })

/** Gives the value of a group's next row; or, without a number, says that there is none. */
type NextValue = (number?: string) => string

const sameFor =
  (value: string): NextValue =>
  () =>
    value

/** @throws HostError INTERNAL where the next row is another */
function rowsIn(text: string): NextValue {
  const places: number[] = []
  findRows(text, (_, numberStart, numberEnd, end) => places.push(numberStart, numberEnd, end))
  let next = 0
  return number => {
    const [numberStart, numberEnd, end] = [places[next], places[next + 1], places[next + 2]]
    next += 3
    const found = end === undefined ? undefined : text.slice(numberStart, numberEnd)
    const valueStart = end === undefined ? 0 : skipBlanks(text, numberEnd!)
    if (found !== number || (end !== undefined && text[valueStart] !== ',')) {
      throw fail('INTERNAL', { problem: `a model answered another row than ${number ?? 'those it was asked'}` })
    }
    return text.slice(valueStart + 1, (end ?? 1) - 1)
  }
}
