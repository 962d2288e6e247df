/**
 * When a training is to end, in memory that its busy thread sees: a message would wait there until it is done.
 *
 * By the machine's monotonic clock, which all threads of a process share (`performance.now` begins anew in each): the time
 * of day may be set while a training runs.
 */

export type TrainLimitMemory = SharedArrayBuffer

export class TrainLimit {
  readonly shared: TrainLimitMemory = new SharedArrayBuffer(16)

  /** @param maxSeconds  from now; without it there is no limit */
  constructor(maxSeconds = Number.POSITIVE_INFINITY) {
    new Float64Array(this.shared)[0] = monotonicSeconds() + maxSeconds
  }

  /** From here on no time is left. */
  stop(): void {
    Atomics.store(new Int32Array(this.shared), stopped, 1)
  }
}

const monotonicSeconds = () => Number(process.hrtime.bigint()) / 1e9

/** Place of the flag, behind the time. */
const stopped = 2

/** Was the training told to end with what it has? */
export function isStopped(shared: TrainLimitMemory): boolean {
  return Atomics.load(new Int32Array(shared), stopped) !== 0
}

/** @returns never below 0 */
export function secondsLeft(shared: TrainLimitMemory): number {
  if (isStopped(shared)) return 0
  return Math.max(0, new Float64Array(shared)[0]! - monotonicSeconds())
}
