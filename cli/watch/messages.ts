import type { HeldModel } from '../../core/host.js'

/**
 * What `serve --watch` and its host, a process of its own, tell each other:
 *
 *                                                               ──▶ up
 *   start ──▶ all plugins imported                                ──▶ imported | failed
 *             what settings ask for is loaded                     ──▶ prepared | failed
 *   serve ──▶ what the host before had is loaded, it listens     ──▶ serving  | failed
 *   take  ──▶ what the host before was asked to load since then   ──▶ taken
 *   end   ──▶ no connection is idle here, where another host has taken over ──▶ handedOver
 *             what was accepted is answered                      ──▶ held, and the process ends
 */
export type ToHost =
  | { readonly type: 'start'; readonly flags: Flags; readonly port: number | undefined }
  | { readonly type: 'serve'; readonly models: readonly HeldModel[] }
  | { readonly type: 'take'; readonly models: readonly HeldModel[]; readonly goneNames: readonly string[] }
  | { readonly type: 'end'; readonly how: Ending }

export type FromHost =
  | { readonly type: 'up' | 'imported' | 'handedOver' }
  | { readonly type: 'prepared'; readonly modules: readonly string[] }
  | { readonly type: 'serving'; readonly url: string; readonly failed: readonly FailedModel[] }
  | { readonly type: 'taken'; readonly failed: readonly FailedModel[] }
  | { readonly type: 'held'; readonly models: readonly HeldModel[] }
  | { readonly type: 'failed'; readonly message: string; readonly code: string | undefined }

/** What `serve` was given, by the names of its flags in camelCase. */
export type Flags = Readonly<Record<string, unknown>>

/** By a signal; or another host listens on the same socket. */
export type Ending = 'SIGTERM' | 'SIGINT' | 'replaced'

export interface FailedModel {
  readonly model: HeldModel
  readonly reason: string
}
