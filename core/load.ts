import { fail, type HostError, isHostError } from './errors.js'
import type { Invocation, SettleInvocation } from './invoker.js'
import type { PredictRequest } from './lane-queue.js'

type Ask = (request: PredictRequest, settle: SettleInvocation, loadMs: number) => Invocation

/** A load under way, and the requests that wait for it. */
export class Load {
  readonly #waiting = new Set<Waiting>()
  readonly #sinceMs = performance.now()
  /** Settles with the load. */
  done: Promise<void> = Promise.resolve()

  constructor(readonly target: string) {}

  get waiting(): number {
    return this.#waiting.size
  }

  /** Of their bodies. */
  get waitingBytes(): number {
    let bytes = 0
    for (const { bodyBytes } of this.#waiting) bytes += bodyBytes
    return bytes
  }

  /** What those are told that wait no longer: never to ask another host, which would begin the same load. */
  notReady(waitedMs = Math.round(performance.now() - this.#sinceMs)): HostError {
    return fail('MODEL_NOT_READY', { model: this.target, waitedMs })
  }

  /** @param limitMs  after which the request is told to come again */
  wait(request: PredictRequest, settle: SettleInvocation, limitMs: number): Invocation {
    const timer = setTimeout(() => {
      if (this.#waiting.delete(waiting)) waiting.fail(this.notReady(limitMs))
    }, limitMs)
    const waiting = new Waiting(request, settle, timer)
    this.#waiting.add(waiting)
    return {
      cancel: () => {
        if (this.#waiting.delete(waiting)) waiting.fail(fail('CALLER_GONE', {}))
        else waiting.invocation?.cancel()
      },
    }
  }

  /** The model is there: those that wait are asked, in the order in which they came. */
  handOut(ask: Ask): void {
    for (const waiting of this.#take()) waiting.ask(ask)
  }

  fail(error: HostError): void {
    for (const waiting of this.#take()) waiting.fail(error)
  }

  #take(): Waiting[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    return all
  }
}

class Waiting {
  readonly #sinceMs = performance.now()
  /** Once it was asked. */
  invocation: Invocation | undefined

  constructor(
    private readonly request: PredictRequest,
    private readonly settle: SettleInvocation,
    private readonly timer: NodeJS.Timeout,
  ) {}

  get bodyBytes(): number {
    return this.request.body.length
  }

  ask(ask: Ask): void {
    clearTimeout(this.timer)
    const loadMs = performance.now() - this.#sinceMs
    try {
      this.invocation = ask(this.request, this.settle, loadMs)
    } catch (error) {
      if (!isHostError(error)) throw error
      this.settle(error, undefined, loadMs)
    }
  }

  fail(error: HostError): void {
    clearTimeout(this.timer)
    this.settle(error, undefined, performance.now() - this.#sinceMs)
  }
}
