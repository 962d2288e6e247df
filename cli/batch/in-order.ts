/** What there is to do. */
export interface InOrder<T, R> {
  readonly items: AsyncIterable<T>
  readonly work: (item: T) => Promise<R>
  /** Is given the results in the order of the items, one at a time. */
  readonly emit: (result: R) => Promise<void>
  /** Items in work at once. */
  readonly atOnce: number
  /** Items in work or waiting for those before them. */
  readonly window: number
  /** Once aborted no further item is taken; those in work are finished. */
  readonly signal: AbortSignal
}

/**
 * Works on some items at a time:
 *
 *   items ──▶ atOnce in work ──▶ window, in order ──▶ emit
 *
 * Where something throws, all that came before it is emitted first.
 */
export async function workInOrder<T, R>({ items, work, emit, atOnce, window, signal }: InOrder<T, R>): Promise<void> {
  const results: Promise<R>[] = []
  let running = 0
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  const bell = new Bell()
  const takeAll = async () => {
    for await (const item of items) {
      running++
      const result = work(item).finally(() => {
        running--
        bell.ring()
      })
      // Looked at when its turn comes.
      result.catch(() => {})
      results.push(result)
      bell.ring()
      while ((running >= atOnce || results.length >= window) && !isOver) await bell.rung()
      if (isOver || signal.aborted) return
    }
  }
  const taking = takeAll()
    .catch(error => {
      failure = { error }
    })
    .finally(() => {
      isOver = true
      bell.ring()
    })
  try {
    for (;;) {
      const next = results[0]
      if (next) {
        await emit(await next)
        results.shift()
        bell.ring()
      } else if (isOver) break
      else await bell.rung()
    }
  } finally {
    isOver = true
    bell.ring()
  }
  await taking
  if (failure) throw failure.error
}

/** Wakes all who wait for the next ring. */
class Bell {
  #waiting: (() => void)[] = []

  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  rung(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }
}
