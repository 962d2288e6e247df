/** A batch -> invocations: rows grouped by model, cut by bytes and by count. */
import { rowError } from './refusal.js'
import { type Batch, findNameProblem, nameForm } from './request.js'
import type { Row } from './rows.js'
import type { Settings } from './settings.js'

/** One row on its way: where its answer belongs, and what is sent of it. */
export interface SentRow {
  readonly index: number
  /** As it was written; comes back with the answer. */
  readonly number: string
  /** JSON */
  readonly text: string
}

export interface Invocation {
  /** Undefined on an endpoint with one model. */
  readonly model: string | undefined
  readonly rows: readonly SentRow[]
}

export interface Plan {
  readonly invocations: readonly Invocation[]
  /** Rows that nobody is asked about: index -> error value, JSON */
  readonly errors: ReadonlyMap<number, string>
}

type Bounds = Pick<Settings, 'defaultModel' | 'invokeBytes' | 'invokeRows'>

const envelope = '{"data":[]}'.length

export const bodyOf = (rows: readonly SentRow[]): string => `{"data":[${rows.map(({ text }) => text).join(',')}]}`

export function planBatch({ target, rows }: Batch, { defaultModel, invokeBytes, invokeRows }: Bounds): Plan {
  const errors = new Map<number, string>()
  const groups = new Map<string | undefined, { row: SentRow; bytes: number }[]>()
  const oneModel = typeof target === 'object' ? target.model : defaultModel
  rows.forEach((row, index) => {
    const isByRow = target === 'by row'
    const named = isByRow ? readModel(row) : { model: oneModel }
    if ('error' in named) {
      errors.set(index, named.error)
      return
    }
    const text = `[${(isByRow ? row.toSpliced(1, 1) : row).join(',')}]`
    const bytes = Buffer.byteLength(text) + 1
    if (bytes + envelope > invokeBytes) {
      errors.set(index, tooLarge(bytes, invokeBytes))
      return
    }
    const sent = { row: { index, number: row[0]!, text }, bytes }
    const group = groups.get(named.model)
    if (group) group.push(sent)
    else groups.set(named.model, [sent])
  })

  const invocations: Invocation[] = []
  for (const [model, group] of groups) {
    let cut: SentRow[] = []
    let size = envelope
    for (const { row, bytes } of group) {
      if (cut.length === invokeRows || size + bytes > invokeBytes) {
        invocations.push({ model, rows: cut })
        cut = []
        size = envelope
      }
      cut.push(row)
      size += bytes
    }
    invocations.push({ model, rows: cut })
  }
  return { invocations, errors }
}

/** The model that a row names with its first argument. */
function readModel(row: Row): { model: string } | { error: string } {
  const model: unknown = row[1] === undefined ? undefined : JSON.parse(row[1])
  if (typeof model !== 'string') {
    return { error: rowError('TARGET_MISSING', `The first argument of the row is no text. ${nameForm}`) }
  }
  const problem = findNameProblem(model)
  return problem === undefined
    ? { model }
    : { error: rowError('TARGET_INVALID', `The row's model ${problem}. ${nameForm}`) }
}

const tooLarge = (bytes: number, limit: number): string =>
  rowError(
    'ROW_TOO_LARGE',
    `The row has ${bytes} bytes, an invocation of the endpoint at most ${limit}. Send a shorter text.`,
  )
