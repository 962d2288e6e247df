import { errorCodeOf, errorCodeOfKept } from './row.js'

const firstRows = 5

/** What became of the rows: how many were answered, and which not. Rows are counted from 1, without a header. */
export class Tally {
  rows = 0
  readonly #errors = new Map<string, { count: number; first: number[] }>()
  readonly #codeOf: (line: string) => string | undefined

  /** @param hasKept  do the lines begin with kept members? */
  constructor(hasKept: boolean) {
    this.#codeOf = hasKept ? errorCodeOfKept : errorCodeOf
  }

  /** @param line  of the output, the next one */
  count(line: string): void {
    this.rows++
    const code = this.#codeOf(line)
    if (code === undefined) return
    const known = this.#errors.get(code) ?? { count: 0, first: [] }
    this.#errors.set(code, known)
    known.count++
    if (known.first.length < firstRows) known.first.push(this.rows)
  }

  get bad(): number {
    return [...this.#errors.values()].reduce((sum, { count }) => sum + count, 0)
  }

  /** Code -> how many rows, and the numbers of the first; the most frequent first. */
  get errors(): Record<string, { readonly count: number; readonly first: readonly number[] }> {
    return Object.fromEntries([...this.#errors].sort(([, a], [, b]) => b.count - a.count))
  }
}

/** `2 bad: REQUEST_INVALID 2 (rows 5, 9)` */
export function describeBad({ bad, errors }: Pick<Tally, 'bad' | 'errors'>): string {
  if (bad === 0) return 'none bad'
  const kinds = Object.entries(errors).map(([code, { count, first }]) => {
    const rows = `${count === 1 ? 'row' : 'rows'} ${first.join(', ')}${count > first.length ? ', ...' : ''}`
    return `${code} ${count} (${rows})`
  })
  return `${bad} bad: ${kinds.join('; ')}`
}
