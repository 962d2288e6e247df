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
  /** Requests to warm up with, each as JSON. */
  readonly examples: readonly string[]
  readonly memory: SharedMemory
  readonly files: readonly FileLayout[]
  readonly scratch: ScratchLayout
  readonly assets: Readonly<Record<string, AssetImage>>
}

/** Where scratch lies in an image. */
export interface ScratchLayout {
  /** First byte of lane 0's; lane i has its own `bytesPerLane` behind it. */
  readonly offset: number
  readonly bytesPerLane: number
}

export interface AssetImage {
  /** No other image has it, also not one of the same file at another time. */
  readonly key: number
  readonly memory: SharedMemory
  readonly file: FileLayout
  readonly scratch: ScratchLayout
}

/** What requests of one kind have in common; sent once where several in a row are alike. */
export interface RequestHead {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly accept: string | undefined
  readonly customAttributes: string
}

/**
 * What a lane does in one go: drops, garbage, loads, then requests.
 *
 * Requests are columns, not objects: copying a message costs by the number of values in it.
 */
export interface Turn {
  readonly drops: readonly number[]
  readonly collect: boolean
  readonly loads: readonly LoadJob[]
  /** Three a request: key of the model, length of the body, index of the head. */
  readonly requests: readonly number[]
  readonly requestIds: readonly string[]
  readonly heads: readonly RequestHead[]
  /** The bodies, one after the other. */
  readonly bytes: Uint8Array
}

export interface LaneFailure {
  readonly ok: false
  readonly code: ErrorCode
  readonly message: string
}

export type LoadResult = { readonly ok: true } | LaneFailure

export interface TurnResult {
  readonly loads: readonly LoadResult[]
  /** Three a request, in order: what came of it (see `Outcome`), length of the answer's body, duration in ms. */
  readonly answers: readonly number[]
  /** Content types of answers. */
  readonly types: readonly string[]
  readonly failures: readonly LaneFailure[]
  /** Custom attributes that go back: index of the request, then the text. */
  readonly attributes: readonly (readonly [number, string])[]
  /** The answers' bodies, one after the other. */
  readonly bytes: Uint8Array
}

/** What came of a request: 0 and up is an answer with that content type; below is a failure, or a model not here. */
export const Outcome = {
  /** The model is not resident: the thread is new. */
  missing: -1,
  failure: (index: number): number => -2 - index,
  failureIndex: (outcome: number): number => -2 - outcome,
} as const

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
  /** Index of the running request; `-2 - k` while load k runs, `-1000 - k` while drop k does; -1 between. */
  running: 0,
  /** When that began: low 32 bits of `sharedClockMs`. */
  startedMs: 1,
  /** Bit i: the caller of request i is gone. */
  aborted: 2,
} as const

export const nothingRunning = -1
export const loadRunning = (index: number): number => -2 - index
export const dropRunning = (index: number): number => -1000 - index
export const maxRequestsPerTurn = 32

// Each thread's performance.now() counts from its own start; hrtime is one clock for all.
const hrtimeMs = () => {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
const clockOffsetMs = hrtimeMs() - performance.now()

/** Milliseconds on a clock that all threads share, as the low 32 bits; compare by difference. */
export const sharedClockMs = (now = performance.now()): number => (now + clockOffsetMs) | 0
