/** The store and its cache together, in the store's thread: targets in, folders of this machine out. */
import { type ErrorCode, fail, isHostError } from '../errors.js'
import type { Log } from '../plugin.js'
import { roundMs } from '../quantities.js'
import { cut } from '../words.js'
import type { FetchedArtifact } from './artifact-source.js'
import { ArtifactCache } from './cache/artifact-cache.js'
import { isS3, openStore, type StoreSettings } from './open-store.js'
import { isReplaced } from './replaced.js'
import type { FoundTarget, PageRequest, Store, TargetPage } from './store.js'

/** A target that changes while it is read is found anew, so often. */
const maxTries = 3
/** Of what lies in the store, and needs no lease. */
const noLease = 0

export class LocalArtifacts {
  /** One fetch a target, however many ask. */
  readonly #fetching = new Map<string, Promise<FetchedArtifact>>()
  /** The key in the cache that each lease holds. */
  readonly #leases = new Map<number, string>()
  readonly #closing = new AbortController()
  #cache: ArtifactCache | undefined

  /** @param lastLease  leases count on from here */
  constructor(
    private readonly store: Store,
    private readonly settings: StoreSettings,
    private readonly log: Log,
    private lastLease = noLease,
  ) {}

  /**
   * Opens a store. A folder store may never need a cache, so it is made with the first archive.
   *
   * @throws HostError CONFIG_INVALID
   */
  static async open(settings: StoreSettings, log: Log, lastLease?: number): Promise<LocalArtifacts> {
    const local = new LocalArtifacts(await openStore(settings), settings, log, lastLease)
    if (isS3(settings.store)) local.#cache = new ArtifactCache(settings, log)
    return local
  }

  get url(): string {
    return this.store.url
  }

  /** What tells its artifacts in the cache from others: the same bucket name may stand for another one elsewhere. */
  get #source(): string {
    const { s3Endpoint } = this.settings
    return isS3(this.url) && s3Endpoint !== undefined ? `${this.url} at ${s3Endpoint}` : this.url
  }

  /** @throws HostError TARGET_NOT_FOUND, TARGET_INVALID, ARCHIVE_INVALID, STORE_UNAVAILABLE, STORE_DENIED, CACHE_FULL */
  async fetch(target: string): Promise<FetchedArtifact> {
    const other = this.#fetching.get(target)
    if (other) return this.#share(await other)
    const fetching = this.#limited(`"${cut(target, 200)}"`, signal => this.#fetch(target, signal))
    this.#fetching.set(target, fetching)
    try {
      return await fetching
    } finally {
      this.#fetching.delete(target)
    }
  }

  release(lease: number): void {
    const key = this.#leases.get(lease)
    this.#leases.delete(lease)
    if (key !== undefined) this.#cache?.letGo(key)
  }

  /** @throws HostError STORE_UNAVAILABLE, STORE_DENIED */
  list(page: PageRequest): Promise<TargetPage> {
    return this.#limited('a page of the list', signal => this.store.list(page, signal))
  }

  /** Gives up what is under way, and removes what it had begun. */
  async close(): Promise<void> {
    this.#closing.abort(fail('DRAINING', {}))
    await Promise.allSettled(this.#fetching.values())
    await this.#cache?.close()
    this.store.close?.()
  }

  async #limited<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limitMs = this.settings.fetchTimeoutMs
    const problem = `${what} did not come within ${limitMs} ms (--fetch-timeout-ms)`
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(fail('STORE_UNAVAILABLE', { store: this.url, problem })), limitMs)
    const signal = AbortSignal.any([late.signal, this.#closing.signal])
    try {
      signal.throwIfAborted()
      return await work(signal)
    } catch (error) {
      // Whatever was thrown by what the signal broke off.
      throw signal.aborted ? signal.reason : error
    } finally {
      clearTimeout(timer)
    }
  }

  async #fetch(target: string, signal: AbortSignal): Promise<FetchedArtifact> {
    const startMs = performance.now()
    for (let tries = 1; ; tries++) {
      try {
        const found = await this.store.find(target, signal)
        const artifact = await this.#bring(found, signal)
        const { version, fileBytes, isCached } = artifact
        const fields = { target, version, bytes: fileBytes, ms: roundMs(performance.now() - startMs), isCached }
        if (isCached) this.log.debug(fields, 'artifact found')
        else this.log.info(fields, 'artifact fetched')
        return artifact
      } catch (error) {
        if (!isReplaced(error) || tries === maxTries) throw error
      }
    }
  }

  async #bring(found: FoundTarget, signal: AbortSignal): Promise<FetchedArtifact> {
    const { target, kind, version, fileBytes } = found
    const about = { target, kind, version, fileBytes }
    if (found.folder !== undefined) {
      const place = { folder: found.folder, root: found.root ?? found.folder }
      return { ...about, ...place, copy: version, isCached: true, lease: noLease }
    }
    const cache = this.#openCache(found)
    const { key, folder, copy, isCached } = await cache.open(this.#source, found, signal)
    return { ...about, folder, root: folder, copy, isCached, lease: this.#newLease(key) }
  }

  #openCache({ target }: FoundTarget): ArtifactCache {
    try {
      this.#cache ??= new ArtifactCache(this.settings, this.log)
      return this.#cache
    } catch (error) {
      const isConfig = isHostError(error) && error.code === ('CONFIG_INVALID' satisfies ErrorCode)
      if (!isConfig) throw error
      const { cacheFolder: folder } = this.settings
      throw fail('CACHE_FULL', { target: cut(target, 200), folder, problem: error.message }, error)
    }
  }

  #share(artifact: FetchedArtifact): FetchedArtifact {
    const key = this.#leases.get(artifact.lease)
    if (key === undefined) return artifact
    this.#cache!.hold(key)
    return { ...artifact, lease: this.#newLease(key) }
  }

  #newLease(key: string): number {
    this.#leases.set(++this.lastLease, key)
    return this.lastLease
  }
}
