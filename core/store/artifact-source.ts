import type { PageRequest, TargetKind, TargetPage } from './store.js'

/** The main thread's door to a store: targets in, folders out. The work is done in a thread of its own. */
export interface ArtifactSource {
  /** As people know it: `s3://bucket/prefix`, or an absolute path. */
  readonly url: string
  /**
   * Brings the present version of a target to this machine, or finds it there.
   *
   * It stays until `release`, but for a cache that several hosts share: another one may remove what it takes for unused.
   * So where an artifact turns out to be broken, fetch it again: if that one is another `copy`, it may have been removed
   * while it was read, and the new one is to be read, once.
   *
   * @param target  as `checkTarget` lets it pass
   * @throws HostError TARGET_NOT_FOUND, TARGET_INVALID, ARCHIVE_INVALID, STORE_UNAVAILABLE, STORE_DENIED, CACHE_FULL
   */
  fetch(target: string): Promise<FetchedArtifact>
  /** The files of an artifact were read: the cache may drop it. */
  release(artifact: FetchedArtifact): void
  /** @throws HostError STORE_UNAVAILABLE, STORE_DENIED */
  list(page: PageRequest): Promise<TargetPage>
  /** Gives up what is under way, and removes what it had begun; what is asked then is refused with DRAINING. */
  close(): Promise<void>
}

export interface FetchedArtifact {
  readonly target: string
  readonly kind: TargetKind
  /** Where its files are: with one extra folder around them, perhaps, where it was an archive. */
  readonly folder: string
  /** No link in the folder may lead out of this one. */
  readonly root: string
  readonly version: string
  /** Bytes of its files in the store. */
  readonly fileBytes: number
  /** Another one where the files were brought, or written, anew. */
  readonly copy: string
  /** Was it on this machine already? */
  readonly isCached: boolean
  /** What `release` gives back; 0 where it lies in the store itself. */
  readonly lease: number
}
