/** The main thread's side of the store's thread. */
import { Worker } from 'node:worker_threads'
import { describeError, type ErrorCode, fail, HostError } from '../errors.js'
import type { Log } from '../plugin.js'
import type { ArtifactSource, FetchedArtifact } from './artifact-source.js'
import type { StoreSettings } from './open-store.js'
import type { PageRequest, TargetPage } from './store.js'

export interface StoreThreadData {
  readonly settings: StoreSettings
  /** Its leases count on from here, so that those of a thread before mean nothing to it. */
  readonly lastLease: number
}

export interface StoreCall {
  readonly id: number
  readonly method: 'open' | 'fetch' | 'release' | 'list' | 'close'
  readonly args: readonly unknown[]
}

/** An answer, or a line for the log. */
export type FromStoreThread =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string }
  | { readonly level: keyof Log; readonly fields: object; readonly message: string }

interface Waiting {
  readonly call: StoreCall
  readonly resolve: (value: never) => void
  readonly reject: (error: HostError) => void
  readonly limit: NodeJS.Timeout
}

export interface StoreThreadOptions {
  readonly settings: StoreSettings
  readonly log: Log
  /** JavaScript heap of the thread. */
  readonly heapBytes?: number
}

const MiB = 1 << 20
/** A listing of 200,000 names takes some 50 MB for a moment. */
const usualHeapBytes = 512 * MiB
/** The thread keeps the limits itself; one that is this late hangs in the system. */
const graceMs = 5000
const leasesOfThread = 2 ** 32
/** At the end of a drain that took all its time, this is left of the platform's 30 s. */
const closeMs = 1500

/**
 * Opens the store of `settings` in a thread of its own; nothing is listed.
 *
 * @throws HostError CONFIG_INVALID where the store, or its cache, is not there or not usable
 */
export async function openStoreThread(options: StoreThreadOptions): Promise<ArtifactSource> {
  const thread = new StoreThread(options)
  try {
    await thread.open()
    return thread
  } catch (error) {
    await thread.close()
    throw error
  }
}

class StoreThread implements ArtifactSource {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #id = 0
  #closing: Promise<void> | undefined
  #url: string
  #starts = 0

  constructor(private readonly options: StoreThreadOptions) {
    this.#url = options.settings.store
  }

  get url(): string {
    return this.#url
  }

  async open(): Promise<void> {
    this.#url = await this.#call<string>('open')
  }

  fetch(target: string): Promise<FetchedArtifact> {
    return this.#call('fetch', target)
  }

  release({ lease }: FetchedArtifact): void {
    // Nobody waits for it.
    if (this.#worker) this.#call('release', lease).catch(() => {})
  }

  list(page: PageRequest): Promise<TargetPage> {
    return this.#call('list', page)
  }

  /** Gives up what is under way; temporary files are removed. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#worker) await this.#send('close').catch(() => {})
    await this.#worker?.terminate()
  }

  #call<T>(method: StoreCall['method'], ...args: unknown[]): Promise<T> {
    return this.#closing ? Promise.reject(fail('DRAINING', {})) : this.#send(method, ...args)
  }

  #send<T>(method: StoreCall['method'], ...args: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const call: StoreCall = { id: ++this.#id, method, args }
      const limitMs = method === 'close' ? closeMs : this.options.settings.fetchTimeoutMs + graceMs
      const limit = setTimeout(() => this.#giveUp(call.id, limitMs), limitMs).unref()
      this.#waiting.set(call.id, { call, resolve: resolve as Waiting['resolve'], reject, limit })
      this.#worker ??= this.#start()
      this.#worker.ref()
      this.#worker.postMessage(call)
    })
  }

  #start(): Worker {
    const { settings, heapBytes = usualHeapBytes } = this.options
    const workerData: StoreThreadData = { settings, lastLease: this.#starts++ * leasesOfThread }
    const worker = new Worker(new URL('./store-worker.js', import.meta.url), {
      execArgv: [],
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / MiB) },
    })
    worker.on('message', (message: FromStoreThread) => {
      if (this.#worker === worker) this.#take(message)
    })
    let cause: unknown
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const problem = `the store's thread ended (${describeError(cause ?? 'stopped')})`
      if (!this.#closing) this.options.log.error({ problem }, 'store failed')
      this.#rejectAll(fail('STORE_UNAVAILABLE', { store: this.#url, problem }, cause))
    })
    return worker
  }

  #take(message: FromStoreThread): void {
    if ('level' in message) {
      this.options.log[message.level](message.fields, message.message)
      return
    }
    const waiting = this.#settle(message.id)
    if (message.ok) waiting?.resolve(message.value as never)
    else waiting?.reject(new HostError(message.code, message.message))
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    clearTimeout(waiting?.limit)
    this.#waiting.delete(id)
    // Only while somebody waits does it keep the process.
    if (this.#waiting.size === 0) this.#worker?.unref()
    return waiting
  }

  #rejectAll(error: HostError): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(error)
  }

  /** Its thread may hang in the system for good: it is left to itself, and the other calls go to a new one. */
  #giveUp(id: number, limitMs: number): void {
    const problem = `no answer within ${limitMs} ms`
    this.#settle(id)?.reject(fail('STORE_UNAVAILABLE', { store: this.#url, problem }))
    const hanging = this.#worker
    this.#worker = undefined
    void hanging?.terminate()
    if (this.#closing) this.#rejectAll(fail('DRAINING', {}))
    if (this.#waiting.size === 0) return
    this.#worker = this.#start()
    for (const { call } of this.#waiting.values()) this.#worker.postMessage(call)
  }
}
