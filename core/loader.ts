import { Worker } from 'node:worker_threads'
import type { ArtifactReader, artifactReader } from './artifact-reader.js'
import { describeError, type ErrorCode, fail, HostError } from './errors.js'

type Method = keyof typeof artifactReader

export interface LoaderCall {
  readonly id: number
  readonly method: Method | 'collect'
  readonly args: readonly unknown[]
}

export type LoaderAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string }

interface Waiting {
  readonly call: LoaderCall
  readonly resolve: (value: never) => void
  readonly reject: (error: HostError) => void
}

/** More would not read faster; a second one goes on where the first waits for a slow disk. */
const maxThreads = 2

/**
 * Reads artifacts in threads of its own. A load of a small model is a dozen short calls to the system; one hop to a
 * thread that makes them all is cheaper than a trip to the thread pool for each, and leaves the main thread alone.
 */
export class Loader implements ArtifactReader {
  readonly #threads: LoaderThread[] = []

  /** @param limitMs  after which a call that a disk does not answer is given up, with its thread */
  constructor(private readonly limitMs: number) {}

  readonly scan: ArtifactReader['scan'] = (...args) => this.#call('scan', args)
  readonly measure: ArtifactReader['measure'] = (...args) => this.#call('measure', args)
  readonly look: ArtifactReader['look'] = (...args) => this.#call('look', args)
  readonly fill: ArtifactReader['fill'] = (...args) => this.#call('fill', args)

  /** Lets go of the memories that were filled. */
  async collectGarbage(): Promise<void> {
    // A thread that ends meanwhile holds nothing any more.
    await Promise.allSettled(this.#threads.map(thread => thread.call('collect', [])))
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(thread => thread.close()))
  }

  #call<T>(method: Method, args: readonly unknown[]): Promise<T> {
    return this.#pick().call(method, args)
  }

  /** One that has nothing to do, else a new one, else the one with the least to do. */
  #pick(): LoaderThread {
    const [first] = this.#threads.toSorted((a, b) => a.waiting - b.waiting)
    if (first && (first.waiting === 0 || this.#threads.length === maxThreads)) return first
    const thread = new LoaderThread(this.limitMs)
    this.#threads.push(thread)
    return thread
  }
}

class LoaderThread {
  /** Calls in the order in which they are worked off. */
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #watch: NodeJS.Timeout | undefined
  #id = 0

  constructor(private readonly limitMs: number) {}

  get waiting(): number {
    return this.#waiting.size
  }

  call<T>(method: LoaderCall['method'], args: readonly unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const call: LoaderCall = { id: ++this.#id, method, args }
      this.#waiting.set(call.id, { call, resolve: resolve as Waiting['resolve'], reject })
      if (this.#waiting.size === 1) this.#watchNext()
      this.#worker ??= this.#start()
      this.#worker.postMessage(call)
    })
  }

  async close(): Promise<void> {
    clearTimeout(this.#watch)
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./loader-worker.js', import.meta.url), { execArgv: [] })
    worker.on('message', (answer: LoaderAnswer) => this.#settle(answer))
    let cause: unknown
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      clearTimeout(this.#watch)
      const problem = `the loader's thread ended (${describeError(cause ?? 'stopped')})`
      for (const waiting of this.#waiting.values()) waiting.reject(fail('INTERNAL', { problem }, cause))
      this.#waiting.clear()
    })
    worker.unref()
    return worker
  }

  #settle(answer: LoaderAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    this.#watchNext()
    if (answer.ok) waiting?.resolve(answer.value as never)
    else waiting?.reject(new HostError(answer.code, answer.message))
  }

  /** The call that is worked on now has this long. */
  #watchNext(): void {
    clearTimeout(this.#watch)
    if (this.#waiting.size === 0) return
    this.#watch = setTimeout(() => this.#giveUpFirst(), this.limitMs)
    this.#watch.unref()
  }

  /** Its thread may hang in the system for good: it is left to itself, and the other calls go to a new one. */
  #giveUpFirst(): void {
    const [first, ...others] = this.#waiting.values()
    const hanging = this.#worker
    this.#worker = undefined
    void hanging?.terminate()
    this.#waiting.delete(first!.call.id)
    first!.reject(fail('INTERNAL', { problem: `a disk did not answer within ${this.limitMs} ms` }))
    if (others.length > 0) this.#worker = this.#start()
    for (const { call } of others) this.#worker?.postMessage(call)
    this.#watchNext()
  }
}
