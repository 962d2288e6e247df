/** Rows that name their model -> rows of each model. Runs in the thread of `rows-worker.ts`. */
import { readText } from '../body-text.js'
import { endOfValue, findRows, parseRow, skipBlanks } from '../rows.js'
import { alone } from './alone.js'
import { type Pages, PagesWriter } from './pages.js'

/** A batch cut into groups, one a model, in the order in which the batch names them. */
export interface Split {
  readonly groups: number
  /** The name of each group's model, UTF-8. */
  readonly models: Pages
  /** The body of each group: rows without the argument that names the model. */
  readonly bodies: Pages
  readonly plan: Plan
}

/** What the answers are put together by. */
export interface Plan {
  /** For each row its group, or one of `RowFate`. */
  readonly groupOf: Uint32Array<ArrayBuffer>
  /** Row numbers as they were written, with commas between them. */
  readonly numbers: Uint8Array<ArrayBuffer>
}

/** Of rows that belong to no model. */
export const RowFate = {
  /** The model is null, and so is the answer. */
  isNull: 0xffffffff,
  /** What should name a model does not. */
  isWrong: 0xfffffffe,
} as const

const utf8 = new TextEncoder()
const loneSurrogate = /\p{Surrogate}/u

/** @throws HostError BODY_MALFORMED, REQUEST_INVALID where the rows are too many */
export function splitRows(body: Uint8Array): Split {
  const text = readText(body, 'utf-8')
  const groups = new Map<string, { readonly index: number; readonly rows: string[] }>()
  const groupOf: number[] = []
  const numbers: string[] = []
  findRows(text, (start, numberStart, numberEnd, end) => {
    const [model] = parseRow(text.slice(start, end), numbers.length + 1)
    const number = text.slice(numberStart, numberEnd)
    numbers.push(number)
    // A lone surrogate has no UTF-8: written down, it would be another name.
    if (typeof model !== 'string' || loneSurrogate.test(model)) {
      groupOf.push(model === null ? RowFate.isNull : RowFate.isWrong)
      return
    }
    let group = groups.get(model)
    if (!group) {
      group = { index: groups.size, rows: [] }
      groups.set(model, group)
    }
    groupOf.push(group.index)
    // Behind the comma after the number stands the model, behind it the comma or bracket that the row goes on with.
    const rest = endOfValue(text, skipBlanks(text, numberEnd) + 1)
    group.rows.push(`[${number}${text.slice(rest, end)}`)
  })
  const models = new PagesWriter(groups.size)
  const bodies = new PagesWriter(groups.size)
  for (const [model, { index, rows }] of groups) {
    models.put(index, utf8.encode(model))
    bodies.put(index, utf8.encode(`{"data":[${rows.join(',')}]}`))
  }
  return {
    groups: groups.size,
    models: models.end(),
    bodies: bodies.end(),
    plan: { groupOf: Uint32Array.from(groupOf), numbers: alone(utf8.encode(numbers.join(','))) },
  }
}
