/** What a store is. Everything here runs in the store's thread; see `store-thread.ts` for the door of the main thread. */

/** A place below which artifacts lie. */
export interface Store {
  /** As people know it: `s3://bucket/prefix`, or an absolute path. */
  readonly url: string
  /**
   * What lies under a target at this moment. Cheap: nothing is downloaded.
   *
   * @param target  as `checkTarget` lets it pass
   * @throws HostError TARGET_NOT_FOUND, TARGET_INVALID where it leads out of the store, ARCHIVE_INVALID where a folder has
   *   more than an artifact may have, STORE_UNAVAILABLE, STORE_DENIED
   */
  find(target: string, signal: AbortSignal): Promise<FoundTarget>
  /**
   * A page of the targets that could be loaded, in an order that does not change.
   *
   * @throws HostError QUERY_INVALID where `after` was never a `next`, STORE_UNAVAILABLE, STORE_DENIED
   */
  list(page: PageRequest, signal: AbortSignal): Promise<TargetPage>
  /** Lets go of what it holds open, connections for one. */
  close?(): void
}

export interface FoundTarget {
  readonly target: string
  readonly kind: TargetKind
  /** Another one where the content is another: of S3's ETags, or of size, time and inode. */
  readonly version: string
  /** Bytes of its files in the store. */
  readonly fileBytes: number
  /** Where its files are already, in a folder store; else `fetch` brings them. */
  readonly folder?: string
  /** Given with `folder`: no link in it may lead out of this one. */
  readonly root?: string
  /**
   * Writes the files of exactly this version into an empty folder; what is wrong with an archive is found here.
   *
   * @throws HostError ARCHIVE_INVALID, STORE_DENIED, TARGET_NOT_FOUND, STORE_UNAVAILABLE (where `isReplaced` of it is true,
   *   the target is another one by now); errors of the disk as Node has them; the reason of `signal`
   */
  fetch?(folder: string, signal: AbortSignal): Promise<void>
}

/** A file with an archive, or a folder (in S3: a prefix) with the files of one artifact. */
export type TargetKind = 'archive' | 'folder'

export interface PageRequest {
  /** `next` of the page before. */
  readonly after: string | undefined
  /** Targets wanted, at least 1. */
  readonly limit: number
}

export interface TargetPage {
  readonly targets: readonly ListedTarget[]
  /** Where there are more. A page may hold fewer than were asked for and still have a next one. */
  readonly next: string | undefined
}

export interface ListedTarget {
  readonly target: string
  readonly kind: TargetKind
  /** Bytes of its files in the store. */
  readonly fileBytes: number
  /** ISO 8601, of its youngest file. */
  readonly modifiedAt: string
}

/** What one artifact may cost to unpack. */
export interface UnpackLimits {
  /** Unpacked. */
  readonly maxBytes: number
  readonly maxEntries: number
  /** Unpacked bytes a byte of the archive, beyond the first 16 MiB. */
  readonly maxRatio: number
}
