import { largeBodyBytes } from './body.js'
import type { LoadJob, RequestHead, Turn } from './lane-messages.js'
import type { LaneModel, Pending } from './lane-queue.js'

/** What one lane does next: as the main thread keeps it, and as it travels. */
/** A load on its way to a lane. */
export interface PendingLoad {
  readonly job: LoadJob
  readonly heapBytes: number
  /** Crashes that nobody was to blame for while it was in a lane. */
  crashes: number
  readonly resolve: (model: LaneModel) => void
  readonly reject: (error: unknown) => void
}

/** What rides along with a lane's next turn. */
export interface Errand {
  readonly drops: { readonly model: LaneModel; readonly done: () => void }[]
  readonly collects: (() => void)[]
}

/** One turn, as the main thread keeps it. */
export interface RunningTurn {
  readonly errand: Errand
  readonly load: PendingLoad | undefined
  /** Models that become resident in this turn because requests of theirs are in it. */
  readonly spread: readonly LaneModel[]
  readonly requests: readonly Pending[]
  /** Was a body handed over, so that it cannot be sent again? */
  readonly isTransferred: boolean
}

/** Is its body handed over rather than copied? Then it is alone in its turn. */
export const isLarge = (pending: Pending) => pending.request.body.length >= largeBodyBytes

/**
 * The requests of a turn as columns, with their bodies in one buffer. One that is handed over goes as it is; others
 * are copied, because they share Node's buffer pool and may be needed again after a crash.
 */
export function packRequests(
  pendings: readonly Pending[],
  isTransferred: boolean,
): Pick<Turn, 'requests' | 'requestIds' | 'heads' | 'bytes'> {
  const requests: number[] = []
  const requestIds: string[] = []
  const heads: RequestHead[] = []
  let last: RequestHead | undefined
  let length = 0
  for (const { model, request } of pendings) {
    if (!last || !isSameHead(last, request.head)) {
      last = request.head
      heads.push(last)
    }
    requests.push(model.job.key, request.body.length, heads.length - 1)
    requestIds.push(request.requestId)
    length += request.body.length
  }
  if (isTransferred) return { requests, requestIds, heads, bytes: pendings[0]!.request.body }
  // Not from Node's pool, so that it may be handed over.
  const bytes = Buffer.allocUnsafeSlow(length)
  let offset = 0
  for (const { request } of pendings) {
    bytes.set(request.body, offset)
    offset += request.body.length
  }
  return { requests, requestIds, heads, bytes }
}

const isSameHead = (a: RequestHead, b: RequestHead): boolean =>
  a.contentType === b.contentType &&
  a.accept === b.accept &&
  a.contentEncoding === b.contentEncoding &&
  a.customAttributes === b.customAttributes
