import type { LaneModel } from './lane-queue.js'
import type { Ledger } from './ledger.js'
import type { Recency } from './recency.js'
import { checkSize, memoryFull, type Room } from './room.js'
import { Semaphore } from './semaphore.js'

export interface EvictingRoomParts {
  readonly ledger: Ledger
  readonly recency: Recency
  /** Unloads a model that has nothing to do; it leaves `recency` at once. Resolves when its bytes are released. */
  evict(name: string): Promise<void>
  /** What evicting a model releases. */
  bytesOf(name: string): number
  /** Models that are not entered yet, but may hold bytes: also those that wait for room. */
  loading(): number
  /** Those of them that have their room. */
  entering(): number
  /** Models that are on their way out, whatever for: each releases its bytes once it has answered. */
  leaving(): number
}

/** Each image reserves addresses, and a process has some for 13,000 of them, live or not yet collected. */
const maxModels = 10_000
const stillMs = 1000
/** A load that found no room among busy models for this long gets that of one of them. */
const patienceMs = 1000

/**
 * Makes room where there is none: the models that were not used for longest go, until it is enough for all that wait.
 * One that has accepted work stays until that is answered. Where all have, the first that is done goes; where none ever is, as
 * requests come without a pause, the one that was not used for longest takes no more of them, and goes.
 */
export class EvictingRoom implements Room {
  readonly #turn = new Semaphore(1)
  readonly #leaving = new Set<Promise<void>>()
  #leavingBytes = 0
  #waiting = 0
  #wantedBytes = 0
  readonly #wakes = new Set<() => void>()
  /** Models that will say when they are done. */
  readonly #watched = new WeakSet<LaneModel>()

  constructor(private readonly parts: EvictingRoomParts) {
    parts.ledger.onRelease = () => this.#notice()
    parts.recency.onEnter = () => this.#notice()
  }

  async take(owner: string, bytes: number, isHolding = false): Promise<void> {
    const { ledger, recency, bytesOf } = this.parts
    checkSize(owner, bytes, ledger.budgetBytes)
    // Where pinned models leave too little, nobody should go for nothing.
    const pinnedBytes = recency.pinnedNames().reduce((sum, name) => sum + bytesOf(name), 0)
    if (pinnedBytes + bytes > ledger.budgetBytes) throw memoryFull(owner, bytes, ledger)
    this.#waiting++
    this.#wantedBytes += bytes
    // A model leaves its lanes in a moment of theirs, so for each that waits one is on its way.
    if (this.#waiting > 1) this.#evictEnough()
    this.#notice()
    const take = async () => {
      try {
        await this.#take(owner, bytes)
      } finally {
        // Before the next one has its turn: it counts those that wait.
        this.#waiting--
        this.#wantedBytes -= bytes
      }
    }
    // In order of asking, so that a large model is not passed by small ones for ever; but who holds the asset of another load
    // does not wait behind it.
    await (isHolding ? take() : this.#turn.run(take))
  }

  /** Something changed: bytes were released, or a model may be evicted that could not. */
  #notice(): void {
    for (const wake of [...this.#wakes]) wake()
  }

  async #take(owner: string, bytes: number): Promise<void> {
    const { ledger, recency, loading, entering, leaving, evict } = this.parts
    let closeMs = performance.now() + patienceMs
    while (recency.size >= maxModels || !ledger.reserve(bytes)) {
      this.#evictEnough()
      if (this.#leaving.size > 0) {
        await Promise.race(this.#leaving)
        continue
      }
      const busy = recency.busy()
      const isEnd = () => busy.length === 0 && leaving() === 0
      // A load that waits here itself frees nothing.
      if (isEnd() && loading() <= this.#waiting) throw memoryFull(owner, bytes, ledger)
      if (busy.length > 0 && performance.now() >= closeMs) {
        // Its next requests wait for its next load, behind this one.
        void evict(busy[0]!.job.modelName)
        closeMs = performance.now() + patienceMs
        continue
      }
      const hasChanged = await this.#changes(busy)
      // Loads may wait for each other's assets; one that has its room waits for nobody.
      if (!hasChanged && isEnd() && entering() === 0) throw memoryFull(owner, bytes, ledger)
    }
  }

  #evictEnough(): void {
    const { ledger, recency } = this.parts
    while (recency.size >= maxModels || ledger.freeBytes + this.#leavingBytes < this.#wantedBytes) {
      const name = recency.leastRecent()
      if (name === undefined) return
      this.#evict(name)
    }
  }

  #evict(name: string): void {
    const bytes = this.parts.bytesOf(name)
    this.#leavingBytes += bytes
    const leaving = this.parts.evict(name).finally(() => {
      this.#leavingBytes -= bytes
      this.#leaving.delete(leaving)
    })
    this.#leaving.add(leaving)
  }

  /** @returns false where nothing changed for a while */
  async #changes(busy: readonly LaneModel[]): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const still = new Promise<false>(resolve => {
      // A host that is gone waits for nobody.
      timer = setTimeout(() => resolve(false), stillMs).unref()
    })
    let wake: () => void = () => {}
    const changed = new Promise<true>(resolve => {
      wake = () => resolve(true)
    })
    this.#wakes.add(wake)
    for (const model of busy) this.#watch(model)
    const hasChanged = await Promise.race([still, changed])
    clearTimeout(timer)
    this.#wakes.delete(wake)
    return hasChanged
  }

  /** Once for each time that it is busy: a model that always is would keep all who ask. */
  #watch(model: LaneModel): void {
    if (this.#watched.has(model)) return
    this.#watched.add(model)
    void model.idle().then(() => {
      this.#watched.delete(model)
      this.#notice()
    })
  }
}
