import { Piscina } from 'piscina'
import {
  Control,
  type LaneData,
  type LaneLogLine,
  nothingRunning,
  sharedClockMs,
  type Turn,
  type TurnResult,
} from './lane-messages.js'
import type { LaneModel } from './lane-queue.js'

export interface LaneOptions {
  readonly maxBodyBytes: number
  readonly predictTimeoutMs: number
  readonly defaultAccept: string | undefined
  readonly laneHeapBytes: number
  readonly onLog: (line: LaneLogLine['log']) => void
}

/** The thread of a lane ended, or was ended, during a turn. */
export class LaneCrash extends Error {
  override readonly name = 'LaneCrash'
  constructor(
    /** What ran: as in the control array. */
    readonly running: number,
    /** Ended by the host because a time limit was over? */
    readonly isTimeout: boolean,
    options: { cause: unknown },
  ) {
    super('a lane ended during a turn', options)
  }
}

/** One worker thread: a Piscina pool of one, which starts a new thread when the old one ends. */
export class Lane {
  isBusy = false
  /** Was its last turn a load? */
  didLoad = false
  readonly residents = new Set<LaneModel>()
  /** Have images been dropped there since its last garbage collection? */
  hasGarbage = false
  readonly #control = new Int32Array(new SharedArrayBuffer(12))
  readonly #pool: Piscina<Turn, TurnResult>
  #isTimeout = false

  constructor(
    readonly index: number,
    options: LaneOptions,
  ) {
    const { maxBodyBytes, predictTimeoutMs, defaultAccept } = options
    const workerData: LaneData = { lane: index, control: this.#control, maxBodyBytes, predictTimeoutMs, defaultAccept }
    this.#control[Control.running] = nothingRunning
    this.#pool = new Piscina({
      filename: new URL('./lane-worker.js', import.meta.url).href,
      workerData,
      execArgv: [],
      // A lane blocked in Atomics.wait would run no timers and collect no garbage.
      atomics: 'async',
      minThreads: 1,
      maxThreads: 1,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(options.laneHeapBytes / 2 ** 20) },
    })
    this.#pool.on('message', (line: LaneLogLine) => options.onLog(line.log))
    this.#pool.on('error', (error: Error) => {
      options.onLog({
        level: 'error',
        fields: { lane: index, error: error.message },
        message: 'lane ended between turns',
      })
    })
  }

  /** @throws LaneCrash when the thread ends before the turn does */
  async run(turn: Turn): Promise<TurnResult> {
    Atomics.store(this.#control, Control.aborted, 0)
    Atomics.store(this.#control, Control.running, nothingRunning)
    this.#isTimeout = false
    try {
      const isOwnBuffer = turn.bytes.byteLength > 0 && turn.bytes.byteLength === turn.bytes.buffer.byteLength
      return await this.#pool.run(turn, isOwnBuffer ? { transferList: [turn.bytes.buffer as ArrayBuffer] } : {})
    } catch (error) {
      throw new LaneCrash(Atomics.load(this.#control, Control.running), this.#isTimeout, { cause: error })
    }
  }

  /** What runs now, and for how long: as in the control array. */
  running(): { index: number; forMs: number } {
    const index = Atomics.load(this.#control, Control.running)
    return { index, forMs: (sharedClockMs() - Atomics.load(this.#control, Control.startedMs)) | 0 }
  }

  /** Tells a prediction that its caller is gone. */
  abort(index: number): void {
    Atomics.or(this.#control, Control.aborted, 1 << index)
    Atomics.notify(this.#control, Control.aborted)
  }

  /** Ends the thread; what runs in it is over its time limit. */
  kill(): void {
    this.#isTimeout = true
    for (const thread of this.#pool.threads) void thread.terminate()
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
