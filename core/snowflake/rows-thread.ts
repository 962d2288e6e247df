/** The main thread's side of the thread that splits and joins batches. */
import { Worker } from 'node:worker_threads'
import { describeError, type ErrorCode, fail, HostError } from '../errors.js'
import type { Log } from '../plugin.js'
import type { Join } from './join.js'
import { buffersOf } from './pages.js'
import type { Split } from './split.js'

export type RowsCall = { readonly id: number } & ({ readonly split: Uint8Array } | { readonly join: Join })

export type FromRowsThread =
  | { readonly id: number; readonly ok: true; readonly value: Split | Uint8Array }
  | { readonly id: number; readonly ok: false; readonly code: ErrorCode; readonly message: string }

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: HostError) => void
}

/** A batch of 10 MB in a million rows takes some 300 MB for a moment. */
const heapMB = 1024

/** One thread, started when it is needed first; batches pass through it one after the other. */
export class RowsThread {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #id = 0

  constructor(private readonly log: Pick<Log, 'error'>) {}

  /**
   * @param body  where it has its buffer for itself, it is the thread's from now on
   * @throws HostError BODY_MALFORMED
   */
  split(body: Uint8Array): Promise<Split> {
    const isAlone = body.byteLength === body.buffer.byteLength
    return this.#call({ split: body }, isAlone ? [body.buffer as ArrayBuffer] : [])
  }

  /**
   * @param join  is the thread's from now on
   * @throws HostError ANSWER_TOO_LARGE
   */
  join(join: Join): Promise<Uint8Array> {
    const { plan, answers, isError } = join
    return this.#call({ join }, [...buffersOf(answers), plan.groupOf.buffer, plan.numbers.buffer, isError.buffer])
  }

  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #call<T>(call: { readonly split: Uint8Array } | { readonly join: Join }, handedOver: ArrayBuffer[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const id = ++this.#id
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      this.#worker ??= this.#start()
      this.#worker.ref()
      this.#worker.postMessage({ id, ...call }, handedOver)
    })
  }

  #start(): Worker {
    const worker = new Worker(new URL('./rows-worker.js', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMB },
    })
    worker.on('message', (message: FromRowsThread) => this.#take(message))
    let cause: unknown
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', () => {
      this.#worker = undefined
      if (this.#waiting.size === 0) return
      const problem = `the thread that splits batches ended (${describeError(cause ?? 'stopped')})`
      this.log.error({ problem }, 'batches failed')
      for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(fail('INTERNAL', { problem }, cause))
    })
    return worker
  }

  #take(message: FromRowsThread): void {
    const waiting = this.#settle(message.id)
    if (message.ok) waiting?.resolve(message.value as never)
    else waiting?.reject(new HostError(message.code, message.message))
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    // Only while somebody waits does it keep the process.
    if (this.#waiting.size === 0) this.#worker?.unref()
    return waiting
  }
}
