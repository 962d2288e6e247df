/** What a lane that ended was doing, and what those are told that were in it. */
import { describeError, fail, type HostError } from './errors.js'
import { LaneCrash } from './lane.js'
import { dropRunning, type LoadJob, loadRunning } from './lane-messages.js'
import type { LaneModel, Pending } from './lane-queue.js'
import type { PendingLoad, RunningTurn } from './turn.js'

export interface Limits {
  readonly predictTimeoutMs: number
  readonly loadTimeoutMs: number
}

/** What ran when a lane ended: one of these, or none of them where nobody is to blame. */
export interface Crash {
  readonly isTimeout: boolean
  /** For people. */
  readonly problem: string
  readonly request: Pending | undefined
  readonly load: PendingLoad | undefined
  /** A model that was becoming resident because requests of it were in the turn. */
  readonly spread: LaneModel | undefined
  /** The model that was asked, was becoming resident, or was being dropped. */
  readonly model: LaneModel | undefined
  readonly isBlameless: boolean
}

export function readCrash(turn: RunningTurn, error: unknown): Crash {
  const crash = error instanceof LaneCrash ? error : new LaneCrash(-1, false, { cause: error })
  const request = turn.requests[crash.running]
  const spread = turn.spread.find((_, k) => loadRunning(k) === crash.running)
  const load = crash.running === loadRunning(0) ? turn.load : undefined
  const drop = turn.errand.drops.find((_, k) => dropRunning(k) === crash.running)
  return {
    isTimeout: crash.isTimeout,
    problem: describeError(crash.cause),
    request,
    load,
    spread,
    model: request?.model ?? spread ?? drop?.model,
    isBlameless: !request && !spread && !load && !drop,
  }
}

/** What the caller of the request that ended a lane is told. */
export function requestError({ job }: LaneModel, { isTimeout, problem }: Crash, limits: Limits): HostError {
  const { modelName: model } = job
  if (isTimeout) return fail('PREDICT_TIMEOUT', { model, limitMs: limits.predictTimeoutMs })
  return fail('LANE_CRASHED', { model, problem })
}

/** What is said of a load that ended a lane. */
export function loadError(job: LoadJob, { isTimeout, problem }: Crash, limits: Limits): HostError {
  const { modelName: model, pluginName: plugin } = job
  const { length: examples } = job.examples
  if (isTimeout) return fail('LOAD_TIMEOUT', { model, limitMs: limits.loadTimeoutMs, examples })
  return fail('LOAD_FAILED', { model, plugin, problem: `its thread ended (${problem})` })
}
