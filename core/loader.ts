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
    const thread = new LoaderThread()
    this.#threads.push(thread)
    return thread
  }
}

class LoaderThread {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #id = 0

  get waiting(): number {
    return this.#waiting.size
  }

  call<T>(method: LoaderCall['method'], args: readonly unknown[]): Promise<T> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#id
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      const call: LoaderCall = { id, method, args }
      worker.postMessage(call)
    })
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./loader-worker.js', import.meta.url), { execArgv: [] })
    worker.on('message', (answer: LoaderAnswer) => {
      const waiting = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.ok) waiting?.resolve(answer.value as never)
      else waiting?.reject(new HostError(answer.code, answer.message))
    })
    let cause: unknown
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      const error = fail(
        'INTERNAL',
        { problem: `the loader's thread ended (${describeError(cause ?? 'stopped')})` },
        cause,
      )
      for (const waiting of this.#waiting.values()) waiting.reject(error)
      this.#waiting.clear()
    })
    worker.unref()
    return worker
  }
}
