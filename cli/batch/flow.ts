import type { Progress } from '../../core/plugin.js'
import { askRows } from './ask-rows.js'
import { type Chunk, cutChunks, Pace } from './chunks.js'
import { workInOrder } from './in-order.js'
import { type InputPlan, openInput } from './input.js'
import type { RowForm } from './json-rows.js'
import type { Output } from './output.js'
import type { AskedModel } from './own-model.js'
import { ProgressWatch } from './progress-watch.js'
import type { Row } from './row.js'
import type { Tally } from './tally.js'

export interface Flow {
  readonly plan: InputPlan
  readonly form: RowForm
  readonly model: AskedModel
  readonly output: Output
  /** Has counted the rows that are answered already, which are passed over. */
  readonly tally: Tally
  readonly progress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** What is done by then needs no progress. */
const quietSeconds = 1

/**
 *   input ──▶ rows ──▶ chunks ──▶ lanes of a host, or a URL ──▶ lines, in order ──▶ output
 *
 * What is in memory is bounded by the window, whatever the size of the input. Ends early, with what is under way
 * written, once the signal is given.
 */
export async function flow({ plan, form, model, output, tally, progress, signal }: Flow): Promise<ProgressWatch> {
  const input = openInput(plan, form, model.schema)
  const watch = new ProgressWatch(plan, input, tally)
  const pace = new Pace()
  const options = { mayFailTogether: model.mayFailTogether, took: pace.took.bind(pace) }
  if (signal.aborted) input.stop()
  signal.addEventListener('abort', input.stop, { once: true })
  try {
    await workInOrder<Chunk, string[]>({
      items: cutChunks(skipRows(watch.rows(), tally.rows), () => pace.rows),
      work: chunk => askRows(chunk, model.ask, options),
      emit: async lines => {
        await output.write(`${lines.join('\n')}\n`)
        for (const line of lines) tally.count(line)
        if (watch.seconds > quietSeconds) progress(watch.describe())
      },
      atOnce: model.atOnce,
      window: 4 * model.atOnce,
      signal,
    })
  } finally {
    signal.removeEventListener('abort', input.stop)
    input.stop()
  }
  return watch
}

/** @returns the rows after the first `count` */
async function* skipRows(groups: AsyncIterable<readonly Row[]>, count: number): AsyncGenerator<readonly Row[]> {
  let left = count
  for await (const rows of groups) {
    if (rows.length > left) yield left > 0 ? rows.slice(left) : rows
    left = Math.max(0, left - rows.length)
  }
}
