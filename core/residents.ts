import type { Lane } from './lane.js'
import type { LaneModel } from './lane-queue.js'
import type { Ledger } from './ledger.js'
import type { Log } from './plugin.js'

/** Which models are resident in which lanes, and the heap bytes that each takes there. */
export class Residents {
  constructor(
    private readonly ledger: Ledger,
    private readonly log: Log,
  ) {}

  /** Its heap bytes in this lane are reserved already. */
  enter(lane: Lane, model: LaneModel): LaneModel {
    model.residents.add(lane)
    lane.residents.add(model)
    return model
  }

  leave(lane: Lane, model: LaneModel): void {
    if (!lane.residents.delete(model)) return
    model.residents.delete(lane)
    this.ledger.release(model.heapBytes)
  }

  /** Nothing is resident in this lane any more. */
  forget(lane: Lane): void {
    for (const model of [...lane.residents]) this.leave(lane, model)
  }

  /** Where a model could not become resident in a further lane, does it go on in those that it has? */
  staysHome(model: LaneModel, problem: string): boolean {
    if (model.residents.size === 0) return false
    if (model.maySpread) this.log.warn({ model: model.job.modelName, problem }, 'model stays in the lanes it has')
    model.maySpread = false
    model.confinedTo = undefined
    return true
  }
}
