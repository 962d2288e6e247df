import { Readable } from 'node:stream'

/**
 * The same stream, until a signal ends it, also in the middle of a wait.
 *
 * Whatever ends it, the source is told, and not waited for: one that hangs would hang its reader as well.
 *
 * @throws the reason of the signal; whatever the source throws
 */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await unlessAborted(async () => iterator.next(), signal)
      if (done) return
      yield value
    }
  } finally {
    if (source instanceof Readable) source.destroy()
    close(iterator).catch(() => {})
  }
}

async function close(iterator: AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.()
}

/** One listener a wait: a promise of the signal's, raced again and again, would keep each race. */
function unlessAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal.throwIfAborted()
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
