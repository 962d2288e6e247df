import { Control, type LaneData } from './lane-messages.js'
import type { Log, PredictContext } from './plugin.js'

// Not yet in TypeScript's library for this target.
type WaitAsync = (
  array: Int32Array,
  index: number,
  value: number,
) => { async: boolean; value: Promise<string> | string }
const { waitAsync } = Atomics as unknown as { waitAsync: WaitAsync }

const headerSafe = /^[\x20-\x7e]{0,1024}$/

/** What a prediction is told; its abort signal is made when the plugin first asks for it. */
export class LaneContext implements PredictContext {
  #controller: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(
    readonly requestId: string,
    public customAttributes: string,
    readonly log: Log,
    private readonly index: number,
    private readonly data: LaneData,
  ) {}

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController()
      this.#controller = controller
      const { predictTimeoutMs } = this.data
      this.#timer = setTimeout(() => {
        controller.abort(new Error(`The time limit of ${predictTimeoutMs} ms is over.`))
      }, predictTimeoutMs)
      void this.#watchCaller(controller)
    }
    return this.#controller.signal
  }

  /** The main thread sets this request's bit, and wakes whoever waits, when the caller is gone. */
  async #watchCaller(controller: AbortController): Promise<void> {
    const { control } = this.data
    while (!this.#isOver) {
      const bits = Atomics.load(control, Control.aborted)
      if (bits & (1 << this.index)) return controller.abort(new Error('The caller is gone.'))
      await waitAsync(control, Control.aborted, bits).value
    }
  }

  attributesForHeader(): string {
    if (typeof this.customAttributes === 'string' && headerSafe.test(this.customAttributes))
      return this.customAttributes
    this.log.warn(
      { requestId: this.requestId },
      'custom attributes dropped: not printable ASCII of at most 1024 characters',
    )
    return ''
  }

  end(): void {
    this.#isOver = true
    if (!this.#controller) return
    clearTimeout(this.#timer)
    Atomics.notify(this.data.control, Control.aborted)
  }
}
