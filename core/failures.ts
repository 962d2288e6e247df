import { LRUCache } from 'lru-cache'
import { type ErrorCode, HostError } from './errors.js'

export interface Failure {
  readonly error: HostError
  /** In a row. */
  readonly count: number
  /** By Date.now(), for people. */
  readonly sinceMs: number
  readonly retryAtMs: number
  /** The same by performance.now(): the clock of the day may be set. */
  readonly dueMs: number
}

const maxRemembered = 10_000
const firstDelayMs = 1000
/** A failure is forgotten when it was not repeated for this long after it could have been. */
const forgetMs = 600_000

/** What is short, or over, says nothing about the model. */
const forgiven: readonly ErrorCode[] = ['MEMORY_FULL', 'RESOURCES_SHORT', 'LOADS_FULL', 'QUEUE_FULL', 'DRAINING']
/** What may mend itself is tried again sooner. */
const longestDelayMs: Partial<Record<ErrorCode, number>> = {
  TARGET_NOT_FOUND: firstDelayMs,
  STORE_UNAVAILABLE: 5000,
  STORE_DENIED: 5000,
  CACHE_FULL: 5000,
}
const longestMs = 60_000

/**
 * Models that could not be loaded. For a while, which doubles with each failure in a row, their callers are told so
 * without another try, so that a broken model cannot keep the host busy.
 */
export class Failures {
  readonly #broken = new LRUCache<string, Failure>({ max: maxRemembered })
  /** Apart, as anybody can think of many names. */
  readonly #absent = new LRUCache<string, Failure>({ max: maxRemembered })

  note(name: string, error: HostError): void {
    if (forgiven.includes(error.code)) return
    const now = Date.now()
    const count = (this.get(name)?.count ?? 0) + 1
    const delayMs = Math.min(firstDelayMs * 2 ** (count - 1), longestDelayMs[error.code] ?? longestMs)
    const failure = { error, count, sinceMs: now, retryAtMs: now + delayMs, dueMs: performance.now() + delayMs }
    this.forget(name)
    const remembered = error.code === 'TARGET_NOT_FOUND' ? this.#absent : this.#broken
    remembered.set(name, failure, { ttl: delayMs + forgetMs })
  }

  forget(name: string): void {
    this.#broken.delete(name)
    this.#absent.delete(name)
  }

  get(name: string): Failure | undefined {
    return this.#broken.get(name) ?? this.#absent.get(name)
  }

  /** @throws HostError why the last load failed, while it is too early for another */
  check(name: string): void {
    const failure = this.get(name)
    if (!failure || performance.now() >= failure.dueMs) return
    const { error, sinceMs, retryAtMs } = failure
    const now = Date.now()
    const seconds = (ms: number) => Math.ceil(ms / 1000)
    throw new HostError(
      error.code,
      `${error.message} (That was ${seconds(now - sinceMs)} s ago; the next try is in ${seconds(retryAtMs - now)} s.)`,
    )
  }
}
