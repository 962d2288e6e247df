import type { UnpackLimits } from '../store.js'
import { ArchiveProblem } from './archive-problem.js'

/** Long names and attributes: one of an entry, and all of them. */
export const maxMetadataBytes = 1 << 18
const maxAllMetadataBytes = 16 << 20

/** What an archive has cost so far. */
export class UnpackBudget {
  #metadataBytes = 0
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

  /** @param bytes  of an extended header, which are kept until they are read */
  addMetadata(bytes: number): void {
    this.#metadataBytes += bytes
    if (bytes > maxMetadataBytes) {
      throw new ArchiveProblem(`it has an extended header of more than ${maxMetadataBytes} bytes`)
    }
    if (this.#metadataBytes > maxAllMetadataBytes) {
      throw new ArchiveProblem(`its extended headers have more than ${maxAllMetadataBytes} bytes`)
    }
    this.addBytes(bytes)
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
