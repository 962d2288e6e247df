import { LRUCache } from 'lru-cache'
import type { HostError } from '../errors.js'
import type { Invocation } from '../invoker.js'
import { alone } from './alone.js'
import type { BatchAnswer, SettleBatch } from './ask-model.js'

export interface BatchesOptions {
  /** Of all answers that are kept together; 0 keeps none. */
  readonly cacheBytes: number
  readonly cacheMs: number
  readonly now?: () => number
}

/** Begins a batch, as `AskModel` does. */
export type BeginBatch = (settle: SettleBatch) => Invocation

interface Running {
  readonly callers: Set<SettleBatch>
  invocation: Invocation | undefined
}

/** Of a key and an entry, beside the bytes of the answer. */
const entryBytes = 300

/**
 * The batches that run, and the answers of those that have run. One that comes again, as Snowflake sends it when its answer is
 * lost or late, joins the one that runs or has its answer.
 *
 * A batch whose callers are all gone goes on: the next try comes soon, and finds its work under way or done.
 */
export class Batches {
  readonly #running = new Map<string, Running>()
  readonly #answers: LRUCache<string, BatchAnswer> | undefined

  constructor({ cacheBytes, cacheMs, now = () => performance.now() }: BatchesOptions) {
    if (cacheBytes === 0) return
    this.#answers = new LRUCache<string, BatchAnswer>({
      maxSize: cacheBytes,
      ttl: cacheMs,
      ttlResolution: 0,
      perf: { now },
      sizeCalculation: ({ body }, key) => body.byteLength + 2 * key.length + entryBytes,
    })
  }

  /** Bytes of the answers that are kept, with what keeping them takes. */
  get cachedBytes(): number {
    return this.#answers?.calculatedSize ?? 0
  }

  /**
   * Answers a batch, and begins it where it neither runs nor has run.
   *
   * @param key     what makes two batches one; undefined is none that comes again: without its caller it ends
   * @param settle  called once, at once where the answer is there
   * @throws HostError as `begin`
   */
  ask(key: string | undefined, begin: BeginBatch, settle: SettleBatch): Invocation {
    const answer = key === undefined ? undefined : this.#answers?.get(key)
    if (answer) {
      settle(undefined, answer)
      return { cancel() {} }
    }
    const running = (key === undefined ? undefined : this.#running.get(key)) ?? this.#begin(key, begin)
    running.callers.add(settle)
    return {
      cancel: () => {
        running.callers.delete(settle)
        if (key === undefined) running.invocation?.cancel()
      },
    }
  }

  #begin(key: string | undefined, begin: BeginBatch): Running {
    const running: Running = { callers: new Set(), invocation: undefined }
    running.invocation = begin((error, answer) => this.#end(key, running, error, answer))
    if (key !== undefined) this.#running.set(key, running)
    return running
  }

  #end(key: string | undefined, { callers }: Running, error: HostError | undefined, answer?: BatchAnswer): void {
    if (key !== undefined) {
      this.#running.delete(key)
      // Small answers come from a lane in one buffer: kept as it is, one of them would keep all.
      if (answer) this.#answers?.set(key, { body: alone(answer.body) })
    }
    for (const settle of callers) settle(error, answer)
  }
}
