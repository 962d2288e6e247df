import type { HostError } from './errors.js'
import type { Invoker } from './invoker.js'
import type { Management } from './management.js'
import type { ModelInfo, Models } from './models.js'
import { servePlatform } from './platform.js'
import type { Log } from './plugin.js'
import type { Recency } from './recency.js'
import type { HostStore } from './server.js'
import type { Settings } from './setting-table.js'
import { serveSingle } from './single.js'
import { serveStore } from './standalone.js'

/** A model that a host has, as another host can take it over. */
export interface HeldModel {
  readonly modelName: string
  /** Where `POST /models` has it from: a path, or in standalone mode the target. */
  readonly url: string
  readonly isPinned: boolean
  /** When its load began, by Date.now(). */
  readonly sinceMs: number
}

export function holdModel({ modelName, loadedAt, loadMs }: ModelInfo, url: string, isPinned = false): HeldModel {
  return { modelName, url, isPinned, sinceMs: Math.floor(Date.parse(loadedAt) - loadMs) }
}

/** What the modes of a host do differently. */
export interface Serving {
  readonly invoker: Invoker
  /** Where callers may say what is loaded; undefined where they may not. */
  readonly management: Management | undefined
  readonly store: HostStore | undefined
  /** The name of the one model that there is, in single mode. */
  readonly singleModel: string | undefined
  /** Loads what must be there before the first request. */
  prepare(): Promise<void>
  /** What is loaded, or asked to stay loaded. */
  held(): readonly HeldModel[]
  /**
   * Loads a model that another host has.
   *
   * @throws HostError what is wrong with it
   */
  take(model: HeldModel): Promise<void>
  /** Unloads a model to make room. */
  evict(modelName: string): Promise<void>
  /** Models that may hold memory already, and are not ready yet. */
  arriving(): number
  /** Requests that wait for a load. */
  waiting(): number
  /** Answers what waits for a load. */
  abandon(error: HostError): void
  close(): Promise<void>
}

export interface ServingParts {
  readonly settings: Settings
  readonly models: Models
  readonly recency: Recency
  readonly log: Log
}

/** @throws HostError CONFIG_INVALID where the store is not there */
export async function createServing(parts: ServingParts): Promise<Serving> {
  const { mode } = parts.settings
  return mode === 'standalone' ? serveStore(parts) : mode === 'single' ? serveSingle(parts) : servePlatform(parts)
}
