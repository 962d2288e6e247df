/** One line of the table that `npm run gold` prints. */
export interface Check {
  readonly name: string
  readonly cases: number
  readonly missed: number
  /** How many misses are no failure, where equality is not asked for. */
  readonly allowed?: number
  /** Largest distance from the gold, where the check has numbers. */
  readonly worst?: number
  /** The first case that was missed. */
  readonly example?: string | undefined
  /** Further lines below the table, such as the misses by cause. */
  readonly notes?: readonly string[]
}

export const hasFailed = ({ missed, allowed = 0 }: Check): boolean => missed > allowed

/** Compares one answer after the other with what the gold has. */
export class Tally {
  #cases = 0
  #missed = 0
  #worst: number | undefined
  #example: string | undefined

  constructor(readonly name: string) {}

  same(actual: unknown, expected: unknown, what: string): void {
    this.#count(JSON.stringify(actual) === JSON.stringify(expected), () => {
      return `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`
    })
  }

  near(actual: number, expected: number, tolerance: number, what: string): void {
    const distance = Math.abs(actual - expected)
    this.#worst = Math.max(this.#worst ?? 0, distance)
    this.#count(distance <= tolerance, () => `${what}: ${actual} instead of ${expected}`)
  }

  get check(): Check {
    const worst = this.#worst === undefined ? {} : { worst: this.#worst }
    return { name: this.name, cases: this.#cases, missed: this.#missed, example: this.#example, ...worst }
  }

  #count(isMet: boolean, example: () => string): void {
    this.#cases++
    if (isMet) return
    this.#missed++
    this.#example ??= example().slice(0, 300)
  }
}

/** The checks as a table, one line each, and below it what was missed first. */
export function renderChecks(checks: readonly Check[]): string {
  const rows = checks.map(({ name, cases, missed, allowed, worst }) => [
    name,
    String(cases),
    String(missed),
    allowed === undefined ? '' : String(allowed),
    worst === undefined ? '' : worst.toExponential(1),
  ])
  const table = [['check', 'cases', 'missed', 'allowed', 'worst'], ...rows]
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...table.map(row => row[column]!.length)))
  const lines = table.map(row =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  )
  const misses = checks.filter(({ example }) => example !== undefined)
  const notes = checks.flatMap(({ name, notes = [] }) => notes.map(note => `${name}: ${note}`))
  return [...lines, ...misses.map(({ name, example }) => `${name}: ${example}`), ...notes].join('\n')
}
