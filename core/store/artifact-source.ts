import type { PageRequest, TargetKind, TargetPage } from './store.js'

/** The main thread's door to a store: targets in, folders out. The work is done in a thread of its own. */
export interface ArtifactSource {
  /** As people know it: `s3://bucket/prefix`, or an absolute path. */
  readonly url: string
  /**
   * Brings the present version of a target to this machine, or finds it there.
   *
   * @throws HostError TARGET_NOT_FOUND, TARGET_INVALID, ARCHIVE_INVALID, STORE_UNAVAILABLE, STORE_DENIED, CACHE_FULL
   */
  fetch(target: string): Promise<FetchedArtifact>
  /** The files of an artifact were read: the cache may drop it. */
  release(artifact: FetchedArtifact): void
  /** @throws HostError STORE_UNAVAILABLE, STORE_DENIED */
  list(page: PageRequest): Promise<TargetPage>
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
  /** Was it on this machine already? */
  readonly isCached: boolean
  /** What `release` gives back. */
  readonly lease: number
}
