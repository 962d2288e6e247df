import { isPassing, toStoreError } from './errors.js'

/** Tries in a row that bring nothing. */
export const maxTries = 5
const firstPauseMs = 100
const longestPauseMs = 5000

/**
 * Does something until it succeeds, fails for good, or has failed often enough.
 *
 * @param store  whose name is in the error
 * @throws HostError STORE_UNAVAILABLE, STORE_DENIED, or one that `attempt` throws; the reason of `signal`
 */
export async function retry<T>(store: string, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      signal.throwIfAborted()
      if (tries === maxTries || !isPassing(error)) throw toStoreError(store, error, tries)
    }
    await pause(tries, signal)
  }
}

/**
 * A time at random below a limit that doubles with each try, so that those who failed together do not come back together.
 *
 * @see Brooker 2015, Exponential Backoff And Jitter (AWS Architecture Blog), "full jitter"
 */
export async function pause(tries: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const ms = Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
