/** What the process holds, to the byte: images, assets, scratch, params, and the heap that plugins declare. */
export class Ledger {
  #usedBytes = 0
  /** Called after bytes were released. */
  onRelease: (() => void) | undefined

  constructor(readonly budgetBytes: number) {}

  get usedBytes(): number {
    return this.#usedBytes
  }

  get freeBytes(): number {
    return Math.max(0, this.budgetBytes - this.#usedBytes)
  }

  /** @returns false where there is no room; then nothing is reserved */
  reserve(bytes: number): boolean {
    if (bytes > this.freeBytes) return false
    this.#usedBytes += bytes
    return true
  }

  /** Counts bytes that are held whether they fit or not. */
  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    this.onRelease?.()
  }
}
