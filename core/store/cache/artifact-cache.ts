/** Artifacts of a store on this disk, within a budget of bytes. Several hosts, of several machines, may share a folder. */
import { renameSync, rmSync, statSync } from 'node:fs'
import { describeError, fail } from '../../errors.js'
import type { Log } from '../../plugin.js'
import { Semaphore } from '../../semaphore.js'
import type { Settings } from '../../setting-table.js'
import { cut } from '../../words.js'
import { codeOf, isFull, unlessAbsent } from '../disk-errors.js'
import { makeFolder } from '../make-folder.js'
import { replaced } from '../replaced.js'
import type { FoundTarget } from '../store.js'
import { CacheBudget, type Evicted } from './cache-budget.js'
import { checkEntry, filesOf, keyOf, measure, writeManifest } from './cache-entry.js'
import { CacheFolder } from './cache-folder.js'

export type CacheSettings = Pick<Settings, 'cacheFolder' | 'cacheBudgetBytes'>

/** An artifact that is on this disk, until it is let go. */
export interface CachedArtifact {
  readonly key: string
  readonly folder: string
  /** Another one where it was removed, and brought again. */
  readonly copy: string
  /** Was it there already? */
  readonly isCached: boolean
}

/** How often the bytes of a running fetch are counted. */
const watchEveryMs = 1000
/** How often a host shows that it lives; see `CacheFolder.clean`. */
const touchEveryMs = 60_000

/**
 *   found ▶ an entry of this version, whole? ──yes──▶ used, held
 *             │ no
 *             ▼
 *   room ▶ temporary folder ▶ fetch ▶ manifest ▶ rename ──▶ entry, held
 *             ▲                 │ disk full
 *             └──── evict ◀─────┘
 */
export class ArtifactCache {
  readonly #folder: CacheFolder
  readonly #budget: CacheBudget
  /** What is fetched at the same time fits into the budget, as far as the sizes in the store tell. */
  readonly #room: Semaphore
  readonly #touching: NodeJS.Timeout

  /** @throws HostError CONFIG_INVALID where the folder cannot be used, or not safely */
  constructor(
    { cacheFolder, cacheBudgetBytes }: CacheSettings,
    private readonly log: Log,
  ) {
    this.#folder = new CacheFolder(cacheFolder)
    this.#budget = new CacheBudget(this.#folder, cacheBudgetBytes)
    this.#room = new Semaphore(cacheBudgetBytes)
    this.#touching = setInterval(() => this.#touch(), touchEveryMs).unref()
    this.#clean()
  }

  /**
   * Brings what was found to this disk, or finds it there, and holds it: it is not removed before `letGo`. Another host
   * does not know of that; it may remove what it takes for unused, then files are missing, and are to be fetched again.
   *
   * @throws HostError CACHE_FULL, and what `found.fetch` throws
   */
  async open(store: string, found: FoundTarget, signal: AbortSignal): Promise<CachedArtifact> {
    const key = keyOf(store, found)
    const there = this.#use(key)
    const copy = there ?? (await this.#bring(key, store, found, signal))
    return { key, folder: filesOf(this.#folder.pathOf(key)), copy, isCached: there !== undefined }
  }

  /** Holds once more what is held. */
  hold(key: string): void {
    this.#budget.hold(key)
  }

  letGo(key: string): void {
    this.#budget.letGo(key)
    this.#report(this.#budget.makeRoom(0))
  }

  /** Removes what it had begun. */
  async close(): Promise<void> {
    clearInterval(this.#touching)
    await this.#folder.close()
  }

  /** @returns which copy it is; undefined where there is no whole entry */
  #use(key: string): string | undefined {
    const entry = checkEntry(this.#folder.pathOf(key))
    if (!entry) return undefined
    this.#budget.use(key, entry.bytes)
    this.#budget.hold(key)
    return entry.copy
  }

  /** @returns which copy it is */
  async #bring(key: string, store: string, found: FoundTarget, signal: AbortSignal): Promise<string> {
    const leave = await this.#enter(found.fileBytes, signal)
    try {
      if (this.#budget.scan()) this.#clean()
      for (let wanted = Math.max(found.fileBytes, 1); ; wanted *= 2) {
        try {
          return await this.#bringOnce(key, store, found, signal)
        } catch (error) {
          if (!isFull(error)) throw error
          // More each time: nobody knows how much it needs.
          const evicted = this.#budget.free(wanted)
          this.#report(evicted)
          if (evicted.entries === 0) throw error
        }
      }
    } catch (error) {
      throw this.#inWords(error, found.target)
    } finally {
      leave()
    }
  }

  async #bringOnce(key: string, store: string, found: FoundTarget, signal: AbortSignal): Promise<string> {
    this.#report(this.#budget.makeRoom(found.fileBytes))
    const temporary = this.#folder.createTemporary()
    const tooLarge = new AbortController()
    const watch = setInterval(() => this.#watch(temporary, tooLarge), watchEveryMs)
    try {
      makeFolder(filesOf(temporary))
      await found.fetch!(filesOf(temporary), AbortSignal.any([signal, tooLarge.signal]))
      const bytes = writeManifest(temporary, store, found)
      if (bytes > this.#budget.limitBytes) throw this.#tooLarge()
      const copy = this.#putInPlace(key, temporary)
      if (copy === undefined) throw replaced(store, found.target)
      this.#budget.dropPending(temporary)
      this.#report(this.#budget.makeRoom(0))
      return copy
    } catch (error) {
      if (tooLarge.signal.aborted) throw this.#tooLarge()
      // Taken for dead and cleaned, as this process was stopped for minutes.
      if (codeOf(error) === 'ENOENT' && !unlessAbsent(() => statSync(temporary))) throw replaced(store, found.target)
      throw error
    } finally {
      clearInterval(watch)
      this.#budget.dropPending(temporary)
      rmSync(temporary, { recursive: true, force: true })
    }
  }

  /**
   * Where another host was faster, its entry is used; a broken one makes way.
   *
   * @returns which copy it is; undefined where another host has removed it at once
   */
  #putInPlace(key: string, temporary: string): string | undefined {
    const path = this.#folder.pathOf(key)
    for (let tries = 1; ; tries++) {
      const problem = rename(temporary, path)
      const copy = this.#use(key)
      if (copy !== undefined || !problem) return copy
      // EPERM is what Windows says.
      const isTaken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM'].includes(codeOf(problem))
      if (!isTaken || tries === 3) throw problem
      this.#folder.remove(path)
    }
  }

  #watch(temporary: string, tooLarge: AbortController): void {
    try {
      const bytes = measure(temporary)
      this.#budget.setPending(temporary, bytes)
      if (bytes > this.#budget.limitBytes) tooLarge.abort()
      else this.#report(this.#budget.makeRoom(0))
    } catch (error) {
      this.log.debug({ problem: describeError(error) }, 'cache not measured')
    }
  }

  #touch(): void {
    try {
      this.#folder.touch()
    } catch (error) {
      this.log.debug({ problem: describeError(error) }, 'cache not touched')
    }
  }

  async #enter(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const give = this.#room.acquire(bytes, () => queueMicrotask(() => resolve(leave)))
      const giveUp = () => {
        give()
        reject(signal.reason)
      }
      const leave = () => {
        signal.removeEventListener('abort', giveUp)
        give()
      }
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #tooLarge() {
    return new TooLarge(`it takes more than the whole budget of ${this.#budget.limitBytes} bytes`)
  }

  #inWords(error: unknown, target: string): unknown {
    const isOfDisk = isFull(error) || (error as NodeJS.ErrnoException).syscall !== undefined
    if (!isOfDisk && !(error instanceof TooLarge)) return error
    const problem = error instanceof TooLarge ? error.message : describeError(error)
    return fail('CACHE_FULL', { target: cut(target, 200), folder: this.#folder.path, problem }, error)
  }

  #clean(): void {
    const owners = this.#folder.clean()
    if (owners > 0) this.log.info({ folder: this.#folder.path, owners }, 'cache cleaned after hosts that ended')
  }

  #report({ entries, bytes }: Evicted): void {
    if (entries > 0) this.log.info({ folder: this.#folder.path, entries, bytes }, 'cache entries removed')
  }
}

class TooLarge extends Error {}

function rename(from: string, to: string): unknown {
  try {
    renameSync(from, to)
    return undefined
  } catch (error) {
    return error
  }
}
