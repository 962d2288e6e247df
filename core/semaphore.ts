/** Hands out a bounded amount of something, in order of asking. */
export class Semaphore {
  #free: number
  readonly #waiting: { amount: number; grant: () => void }[] = []

  constructor(readonly limit: number) {
    this.#free = limit
  }

  /**
   * Calls back when the amount is there; at once where it is. An amount above the limit counts as the limit.
   *
   * @returns a function that gives the amount back, or gives up waiting; further calls of it do nothing. Where it is told to keep
   *   some, and more is held, it gives back the rest only, and may be called again
   */
  acquire(wanted: number, granted: () => void): (keep?: number) => void {
    const amount = Math.min(wanted, this.limit)
    const entry = {
      amount,
      grant: () => {
        entry.isHeld = true
        granted()
      },
      isHeld: false,
      isOver: false,
    }
    const release = (keep = 0) => {
      if (entry.isOver) return
      const kept = entry.isHeld ? Math.min(keep, entry.amount) : 0
      entry.isOver = kept === 0
      if (entry.isHeld) this.#free += entry.amount - kept
      else this.#waiting.splice(this.#waiting.indexOf(entry), 1)
      entry.amount = kept
      this.#next()
    }
    if (this.#waiting.length === 0 && amount <= this.#free) {
      this.#free -= amount
      entry.grant()
    } else {
      this.#waiting.push(entry)
    }
    return release
  }

  /** Runs a task while one unit is held. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    let release: () => void = () => {}
    await new Promise<void>(resolve => {
      release = this.acquire(1, resolve)
    })
    try {
      return await task()
    } finally {
      release()
    }
  }

  #next(): void {
    for (let first = this.#waiting[0]; first && first.amount <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= first.amount
      first.grant()
    }
  }
}
