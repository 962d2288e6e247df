import type { ErrorCode } from './errors.js'
import type { SharedMemory } from './shared-memory.js'
import type { MovedTensors } from './tensor-file.js'

/** What travels between the main thread and a lane: plain data, and shared memory. */

/** Where a file lies in an image. */
export interface FileLayout {
  /** Without the artifact's prefix: `model` for `<prefix>-model`. */
  readonly name: string
  readonly offset: number
  /** Bytes in the image from `offset` on: the file, or its header where tensors were moved. */
  readonly bytes: number
  /** Size on disk. */
  readonly fileBytes: number
  readonly moved?: MovedTensors
}

export interface LoadJob {
  readonly key: number
  readonly modelName: string
  readonly pluginName: string
  /** The plugin's module, as a file URL. */
  readonly module: string
  readonly folder: string
  readonly prefix: string
  readonly params: unknown
  readonly memory: SharedMemory
  readonly files: readonly FileLayout[]
  /** First byte of lane 0's scratch; lane i has its own `bytesPerLane` behind it. */
  readonly scratch: { readonly offset: number; readonly bytesPerLane: number }
  readonly assets: Readonly<Record<string, { readonly memory: SharedMemory; readonly file: FileLayout }>>
}

/** One request of a turn; its body is `bytes[offset .. offset + length)` of the turn. */
export interface LaneRequest {
  readonly key: number
  readonly requestId: string
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly accept: string | undefined
  readonly customAttributes: string
  readonly offset: number
  readonly length: number
}

/** What a lane does in one go, in this order. */
export interface Turn {
  readonly drops: readonly number[]
  readonly collect: boolean
  readonly loads: readonly LoadJob[]
  readonly requests: readonly LaneRequest[]
  readonly bytes: Uint8Array
}

export interface LaneFailure {
  readonly ok: false
  readonly code: ErrorCode
  readonly message: string
}

/** An answer's body is `bytes[offset .. offset + length)` of the result. */
export interface LaneAnswer {
  readonly ok: true
  readonly type: string
  readonly customAttributes: string
  readonly offset: number
  readonly length: number
}

export interface TurnResult {
  readonly loads: readonly ({ readonly ok: true } | LaneFailure)[]
  /** One a request, in order; `missing` where the model is not resident (the thread is new). */
  readonly answers: readonly (LaneAnswer | LaneFailure | { readonly ok: 'missing' })[]
  /** Duration of each request, ms. */
  readonly durations: Float64Array
  readonly bytes: Uint8Array
}

/** A log line on its way from a lane. */
export interface LaneLogLine {
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    readonly fields: object
    readonly message: string
  }
}

/** What a lane is started with. */
export interface LaneData {
  readonly lane: number
  readonly control: Int32Array
  readonly maxBodyBytes: number
  readonly predictTimeoutMs: number
  readonly defaultAccept: string | undefined
}

/** Fields of the control array that a lane and the main thread share. */
export const Control = {
  /** Index of the running request; `-2 - k` while load k runs; -1 between. */
  running: 0,
  /** When that began: low 32 bits of `sharedClockMs`. */
  startedMs: 1,
  /** Bit i: the caller of request i is gone. */
  aborted: 2,
} as const

export const nothingRunning = -1
export const loadRunning = (index: number): number => -2 - index
export const maxRequestsPerTurn = 32

// Each thread's performance.now() counts from its own start; hrtime is one clock for all.
const hrtimeMs = () => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
const clockOffsetMs = hrtimeMs() - performance.now()

/** Milliseconds on a clock that all threads share, as the low 32 bits; compare by difference. */
export const sharedClockMs = (now = performance.now()): number => (now + clockOffsetMs) | 0
