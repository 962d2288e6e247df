import { ArchiveProblem } from './archive-problem.js'
import type { UnpackLimits } from './store.js'

/** What an archive has cost so far. */
export class UnpackBudget {
  #entries = 0
  #bytes = 0

  constructor(private readonly limits: Pick<UnpackLimits, 'maxBytes' | 'maxEntries'>) {}

  /** Headers, and folders that no header names. */
  addEntry(): void {
    this.#entries++
    const { maxEntries } = this.limits
    if (this.#entries > maxEntries) {
      throw new ArchiveProblem(`it has more than ${maxEntries} entries (--max-archive-entries)`)
    }
  }

  /** @param bytes  that a header announces: they are refused before they come */
  addBytes(bytes: number): void {
    this.#bytes += bytes
    const { maxBytes } = this.limits
    if (this.#bytes > maxBytes) {
      throw new ArchiveProblem(`it unpacks to more than ${maxBytes} bytes (--max-archive-bytes)`)
    }
  }
}
