import type { Lane } from './lane.js'
import { maxRequestsPerTurn } from './lane-messages.js'
import type { LaneModel, Pending } from './lane-queue.js'
import type { Ledger } from './ledger.js'
import { isLarge } from './turn.js'

const turnBudgetMs = 2
/** A second lane is woken for at least this much waiting work, or when work has waited for `patienceMs`. */
const spreadWorthMs = 0.3
const patienceMs = 1
const turnBodyBytes = 262_144

/** The models that have something waiting, and which of it a lane takes: from each in turn, so that none starves. */
export class WaitingModels {
  /** In the order in which they are served. */
  readonly #ring: LaneModel[] = []
  #patience: NodeJS.Timeout | undefined

  /** @param retry  called when work has waited long enough for a further lane */
  constructor(
    private readonly ledger: Ledger,
    private readonly retry: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.#ring.length === 0
  }

  /** Requests that wait, of all models. */
  get count(): number {
    return this.#ring.reduce((sum, model) => sum + model.queue.length, 0)
  }

  /** Notes a model to whose queue something was added. */
  add(model: LaneModel): void {
    if (model.isInRing || model.queue.length === 0) return
    model.isInRing = true
    this.#ring.push(model)
  }

  /** Takes everything that waits. */
  takeAll(): LaneModel[] {
    for (const model of this.#ring) model.isInRing = false
    return this.#ring.splice(0)
  }

  stop(): void {
    clearTimeout(this.#patience)
  }

  /** Requests for one turn, from the models in turn: at most 32, about 2 ms of work, one large body. */
  take(lane: Lane, spread: LaneModel[]): Pending[] {
    const taken: Pending[] = []
    let workMs = 0
    let bodyBytes = 0
    for (let passed = 0; passed < this.#ring.length && taken.length < maxRequestsPerTurn; ) {
      const model = this.#ring.shift()!
      const next = model.queue[0]
      if (!next) {
        model.isInRing = false
        continue
      }
      const isFull =
        taken.length > 0 && (workMs + model.expectedMs > turnBudgetMs || isLarge(next) || bodyBytes > turnBodyBytes)
      if (isFull) {
        this.#ring.unshift(model)
        break
      }
      if (!spread.includes(model) && !this.#mayRunIn(lane, model, spread)) {
        this.#ring.push(model)
        passed++
        continue
      }
      passed = 0
      model.queue.shift()
      model.running++
      taken.push(next)
      workMs += model.expectedMs
      bodyBytes += next.request.body.length
      if (model.queue.length > 0) this.#ring.push(model)
      else model.isInRing = false
      if (isLarge(next)) break
    }
    return taken
  }

  /** May this idle lane run the model? Where it is not resident it becomes so when its own lanes are busy. */
  #mayRunIn(lane: Lane, model: LaneModel, spread: LaneModel[]): boolean {
    if (model.confinedTo && model.confinedTo !== lane) return false
    if (model.residents.has(lane)) return true
    // One that is confined may not run in its other lanes, however idle they are.
    const lanes = model.confinedTo ? [] : [...model.residents]
    if (lanes.some(resident => !resident.isBusy)) return false
    if (lanes.length > 0) {
      if (!model.maySpread) return false
      const isWorthIt =
        model.queue.length * model.expectedMs >= spreadWorthMs ||
        performance.now() - model.queue[0]!.sinceMs >= patienceMs
      if (!isWorthIt) {
        this.#patience ??= setTimeout(() => {
          this.#patience = undefined
          this.retry()
        }, patienceMs)
        return false
      }
      if (!this.ledger.reserve(model.heapBytes)) return false
    } else {
      // Its lane was restarted: what is loaded stays loaded, even where that takes the ledger over its budget.
      this.ledger.take(model.heapBytes)
    }
    spread.push(model)
    return true
  }
}
