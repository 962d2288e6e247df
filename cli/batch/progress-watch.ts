import type { Progress } from '../../core/plugin.js'
import type { Input, InputPlan } from './input.js'
import type { Row } from './row.js'
import type { Tally } from './tally.js'

/** How far a batch is: by the bytes of its rows that are answered, since nobody has counted the rows. */
export class ProgressWatch {
  readonly #startMs = performance.now()
  readonly #resumedRows: number
  #rowsRead = 0

  constructor(
    private readonly plan: InputPlan,
    private readonly input: Input,
    private readonly tally: Tally,
  ) {
    this.#resumedRows = tally.rows
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000
  }

  get rowsPerSecond(): number {
    return (this.tally.rows - this.#resumedRows) / Math.max(this.seconds, 0.001)
  }

  /** The rows of the input, as they pass. */
  async *rows(): AsyncGenerator<readonly Row[]> {
    for await (const rows of this.input.rows) {
      this.#rowsRead += rows.length
      yield rows
    }
  }

  describe(): Progress {
    const { bytes } = this.plan
    const { rows, bad } = this.tally
    const figures = { 'rows/s': Math.round(this.rowsPerSecond), ...(bad > 0 ? { bad } : {}) }
    if (bytes === undefined) return { done: rows, total: Number.POSITIVE_INFINITY, unit: 'rows', figures }
    const share = (this.input.bytesRead() / Math.max(1, bytes)) * (rows / Math.max(1, this.#rowsRead))
    // What is said to be done is told at once, and the summary is told then.
    const percent = Math.min(99.9, Math.floor(1000 * share) / 10)
    return { done: percent, total: 100, unit: '%', figures: { rows, ...figures } }
  }
}
