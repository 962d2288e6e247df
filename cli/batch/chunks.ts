import type { Row } from './row.js'

/** Rows that are asked at once. */
export type Chunk = readonly Row[]

// Well below what hosts take as a body, and enough for the cost of a request not to be felt.
const maxChunkUnits = 512 << 10
/** So long rows wait for others to go with them. */
const lingerMs = 3

/**
 * Rows as they come -> rows that are asked together; those at hand where no more come for a moment, so that who writes a
 * line and waits gets its answer.
 *
 * @param limit  how many rows at most, asked anew for each chunk
 */
export async function* cutChunks(groups: AsyncIterable<readonly Row[]>, limit: () => number): AsyncGenerator<Chunk> {
  const iterator = groups[Symbol.asyncIterator]()
  let group: readonly Row[] = []
  let at = 0
  let next: Promise<IteratorResult<readonly Row[]>> | undefined
  try {
    for (let isOver = false; !isOver; ) {
      const chunk: Row[] = []
      const most = limit()
      let units = 0
      while (chunk.length < most && units < maxChunkUnits) {
        if (at < group.length) {
          const row = group[at++]!
          chunk.push(row)
          units += (row.request?.length ?? 0) + (row.kept?.length ?? 0)
          continue
        }
        if (!next) {
          next = iterator.next()
          // It is awaited, but perhaps only after the next chunk.
          next.catch(() => {})
        }
        const got = chunk.length === 0 ? await next : await within(next, lingerMs)
        if (!got) break
        next = undefined
        if (got.done) {
          isOver = true
          break
        }
        group = got.value
        at = 0
      }
      if (chunk.length > 0) yield chunk
    }
  } finally {
    await iterator.return?.()
  }
}

/** @returns undefined where it takes longer */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, ms, undefined)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const firstRows = 8
const mostRows = 1000
const wantedMs = 25

/** How many rows are asked at once: as many as take a lane some 25 ms, whatever model it is. */
export class Pace {
  rows = firstRows

  took(rows: number, ms: number): void {
    if (rows < this.rows / 2) return
    const fitting = (rows * wantedMs) / Math.max(ms, 0.01)
    this.rows = Math.max(1, Math.min(mostRows, Math.round(Math.min(fitting, this.rows * 2))))
  }
}
