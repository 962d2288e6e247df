import { LRUCache } from 'lru-cache'
import type { LaneModel } from './lane-queue.js'

interface Used {
  readonly laneModel: LaneModel
  /** By performance.now(): the clock of the day may be set. */
  lastUsedMs: number
}

/** Above what a process can hold at once, so that the list never drops one by itself. */
const maxListed = 16_384

/** The models that may be evicted, in the order of their last use. */
export class Recency {
  readonly #used = new LRUCache<string, Used>({ max: maxListed })
  readonly #pinned = new Set<string>()
  /** Called after one was entered, or unpinned. */
  onEnter: (() => void) | undefined

  get size(): number {
    return this.#used.size
  }

  enter(name: string, laneModel: LaneModel): void {
    this.#used.set(name, { laneModel, lastUsedMs: performance.now() })
    this.onEnter?.()
  }

  leave(name: string): void {
    this.#used.delete(name)
  }

  /** A request came for it, or was answered. */
  touch(name: string): void {
    const used = this.#used.get(name)
    if (used) used.lastUsedMs = performance.now()
  }

  lastUsedMs(name: string): number | undefined {
    return this.#used.peek(name)?.lastUsedMs
  }

  pin(name: string): void {
    this.#pinned.add(name)
  }

  unpin(name: string): void {
    this.#pinned.delete(name)
    this.onEnter?.()
  }

  isPinned(name: string): boolean {
    return this.#pinned.has(name)
  }

  /** Pinned ones that are here. */
  pinnedNames(): string[] {
    return [...this.#pinned].filter(name => this.#used.has(name))
  }

  /** The one that was not used for longest, of those that have nothing to do. */
  leastRecent(): string | undefined {
    for (const name of this.#leastRecentFirst()) if (!isBusy(this.#used.peek(name)!)) return name
    return undefined
  }

  /** Those that have nothing to do and were not used since a time, by performance.now(). */
  idleSince(timeMs: number): string[] {
    const idle: string[] = []
    for (const name of this.#leastRecentFirst()) {
      const used = this.#used.peek(name)!
      if (used.lastUsedMs > timeMs) break
      if (!isBusy(used)) idle.push(name)
    }
    return idle
  }

  /** Those that could go once they have answered. */
  busy(): LaneModel[] {
    return [...this.#leastRecentFirst()]
      .map(name => this.#used.peek(name)!)
      .filter(isBusy)
      .map(used => used.laneModel)
  }

  *#leastRecentFirst(): Generator<string> {
    for (const name of this.#used.rkeys()) if (!this.#pinned.has(name)) yield name
  }
}

const isBusy = ({ laneModel }: Used) => laneModel.queue.length + laneModel.running > 0
