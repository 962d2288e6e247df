import type { HostError } from './errors.js'

/** What a host has of a target of its store. */
export interface TargetState {
  /** `unloaded`: not here now; the next request loads it. `failed`: as that, but not before `retryAt`. */
  readonly state: 'unloaded' | 'loading' | 'ready' | 'leaving' | 'failed'
  /** Is it never evicted? */
  readonly isPinned: boolean
  /** What it takes of the memory budget now. */
  readonly residentBytes: number
  /** Its last request, or its load; undefined where this host has not had it, or has forgotten. */
  readonly lastUsedAt: Date | undefined
  /** Why its last load failed. */
  readonly error: HostError | undefined
  readonly retryAt: Date | undefined
}
