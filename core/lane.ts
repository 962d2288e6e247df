import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { describeError } from './errors.js'
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

/** Below this a copy is cheaper than handing a buffer over. */
const worthMovingBytes = 4096

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
  readonly #pool: Piscina<{ port: MessagePort }, never>
  #port: MessagePort
  #turn: { resolve: (result: TurnResult) => void; reject: (crash: LaneCrash) => void } | undefined
  #isTimeout = false
  #isClosed = false

  constructor(
    readonly index: number,
    private readonly options: LaneOptions,
    /** Called when the thread ends while it has no turn; with it went all that was resident there. */
    private readonly onEndedIdle: (lane: Lane) => void,
  ) {
    const { maxBodyBytes, predictTimeoutMs, defaultAccept } = options
    const workerData: LaneData = { lane: index, control: this.#control, maxBodyBytes, predictTimeoutMs, defaultAccept }
    this.#pool = new Piscina({
      filename: new URL('./lane-worker.js', import.meta.url).href,
      workerData,
      execArgv: [],
      // A lane blocked in Atomics.wait would run no timers and collect no garbage.
      atomics: 'async',
      minThreads: 1,
      maxThreads: 1,
      recordTiming: false,
      // Where cores are short the main thread goes first: it answers /ping and keeps every lane fed.
      niceIncrement: 5,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(options.laneHeapBytes / 2 ** 20) },
    })
    this.#pool.on('message', (line: LaneLogLine) => options.onLog(line.log))
    this.#pool.on('error', (error: Error) => this.#ended(error))
    this.#port = this.#serve()
  }

  /**
   * Runs one turn; there is never a second one at the same time. Its buffer is handed over.
   *
   * @throws LaneCrash when the thread ends before the turn does
   */
  run(turn: Turn): Promise<TurnResult> {
    Atomics.store(this.#control, Control.aborted, 0)
    Atomics.store(this.#control, Control.running, nothingRunning)
    return new Promise((resolve, reject) => {
      this.#turn = { resolve, reject }
      const { bytes } = turn
      const isWorthMoving = bytes.length >= worthMovingBytes && bytes.byteLength === bytes.buffer.byteLength
      this.#port.postMessage(turn, isWorthMoving ? [bytes.buffer as ArrayBuffer] : [])
    })
  }

  /**
   * Gives the thread its task: to answer turns on a port of its own, which costs half of what a Piscina task costs.
   * The task ends only with its thread; Piscina starts a new one.
   */
  #serve(): MessagePort {
    this.#control[Control.running] = nothingRunning
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (result: TurnResult) => {
      const turn = this.#turn
      this.#turn = undefined
      turn?.resolve(result)
    })
    this.#pool.run({ port: port2 }, { transferList: [port2] }).catch(error => this.#ended(error))
    return port1
  }

  #ended(cause: unknown): void {
    if (this.#isClosed) return
    const turn = this.#turn
    const crash = new LaneCrash(Atomics.load(this.#control, Control.running), this.#isTimeout, { cause })
    this.#turn = undefined
    this.#isTimeout = false
    this.#port.close()
    this.#port = this.#serve()
    if (turn) {
      turn.reject(crash)
    } else {
      const fields = { lane: this.index, error: describeError(cause) }
      this.options.onLog({ level: 'warn', fields, message: 'lane ended between turns' })
      this.onEndedIdle(this)
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
    this.#isClosed = true
    this.#port.close()
    await this.#pool.destroy()
  }
}
