import { statSync, utimesSync } from 'node:fs'
import { unlessAbsent } from '../disk-errors.js'
import { readBytes } from './cache-entry.js'
import type { CacheFolder } from './cache-folder.js'

/** Between two looks at what other hosts have put into the folder, or taken out. */
const scanEveryMs = 60_000
/** Times as disks keep them may differ from those that were set by less than this. */
const clockStepMs = 1

interface Known {
  readonly bytes: number
  /** Of the disk: when a host used it last, as far as is known. */
  readonly usedMs: number
}

/**
 * The bytes of the entries, and which of them go: those unused for longest, and never one that is held.
 *
 * What this host writes is counted at once; what others write when the folder is looked at again. So hosts that share a
 * folder stay within the budget and what the others fetch in a minute; and any host goes above it by what is being
 * fetched and read at that moment, where nothing else is left to remove.
 */
export class CacheBudget {
  /** The one unused for longest comes first. */
  readonly #entries = new Map<string, Known>()
  #entryBytes = 0
  readonly #held = new Map<string, number>()
  /** Bytes of what is being fetched. */
  readonly #pending = new Map<string, number>()
  #scannedMs = Number.NEGATIVE_INFINITY

  constructor(
    private readonly folder: CacheFolder,
    readonly limitBytes: number,
  ) {}

  /** Looks at the folder again, where that is due. Entries without a manifest are removed. @returns was it due? */
  scan(): boolean {
    if (performance.now() - this.#scannedMs < scanEveryMs) return false
    const found: [string, Known][] = []
    for (const key of this.folder.keys()) {
      const path = this.folder.pathOf(key)
      const usedMs = unlessAbsent(() => statSync(path).mtimeMs)
      if (usedMs === undefined) continue
      const bytes = this.#entries.get(key)?.bytes ?? readBytes(path)
      if (bytes === undefined) this.folder.remove(path)
      else found.push([key, { bytes, usedMs }])
    }
    this.#entries.clear()
    this.#entryBytes = 0
    for (const [key, known] of found.sort(([, a], [, b]) => a.usedMs - b.usedMs)) this.#set(key, known)
    this.#scannedMs = performance.now()
    return true
  }

  /** An entry was used, or written. */
  use(key: string, bytes: number): void {
    const now = new Date()
    // Without it, as on a disk that is read-only, the order is that of this host alone.
    unlessAbsent(() => utimesSync(this.folder.pathOf(key), now, now))
    this.#set(key, { bytes, usedMs: now.getTime() })
  }

  /** Keeps an entry until it is let go as often. */
  hold(key: string): void {
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
  }

  letGo(key: string): void {
    const left = (this.#held.get(key) ?? 0) - 1
    if (left > 0) this.#held.set(key, left)
    else this.#held.delete(key)
  }

  setPending(path: string, bytes: number): void {
    this.#pending.set(path, bytes)
  }

  dropPending(path: string): void {
    this.#pending.delete(path)
  }

  /**
   * Removes entries until all that is there and `extraBytes` are within the budget, or no more can go.
   *
   * @returns what was removed
   */
  makeRoom(extraBytes: number): Evicted {
    return this.#evict(() => this.#bytes() + extraBytes > this.limitBytes)
  }

  /** Removes entries that take so many bytes together, or all that can go. */
  free(bytes: number): Evicted {
    return this.#evict(freed => freed < bytes)
  }

  #evict(isMoreWanted: (freed: number) => boolean): Evicted {
    const evicted = { entries: 0, bytes: 0 }
    // What is set anew meanwhile comes again, at the end.
    for (const [key, { bytes, usedMs }] of this.#entries) {
      if (!isMoreWanted(evicted.bytes)) break
      if (this.#held.has(key)) continue
      const path = this.folder.pathOf(key)
      const nowUsedMs = unlessAbsent(() => statSync(path).mtimeMs) ?? 0
      if (nowUsedMs > usedMs + clockStepMs) {
        // Another host has used it since.
        this.#set(key, { bytes, usedMs: nowUsedMs })
        continue
      }
      try {
        this.folder.remove(path)
      } catch {
        // What this host may not remove stays, and counts.
        continue
      }
      this.#delete(key)
      evicted.entries++
      evicted.bytes += bytes
    }
    return evicted
  }

  #set(key: string, known: Known): void {
    this.#delete(key)
    this.#entries.set(key, known)
    this.#entryBytes += known.bytes
  }

  #delete(key: string): void {
    this.#entryBytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }

  #bytes(): number {
    let sum = this.#entryBytes
    for (const bytes of this.#pending.values()) sum += bytes
    return sum
  }
}

export interface Evicted {
  readonly entries: number
  readonly bytes: number
}
