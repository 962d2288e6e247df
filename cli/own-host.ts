import type { Host } from '../core/host.js'
import type { Log } from '../core/plugin.js'

export interface OwnHostOptions {
  readonly plugins: readonly string[]
  readonly log: Log
  /** Where its models come from; without it they come by `POST /models`. */
  readonly store?: string
  /** Others than those below, by the names of their flags in camel case. */
  readonly settings?: Readonly<Record<string, number>>
}

/** A host for this process alone: a free port, one lane as a rule, nothing taken from the environment. */
export async function startOwnHost({ plugins, log, store, settings: given = {} }: OwnHostOptions): Promise<Host> {
  const { readSettings, startHost } = await import('../core/host.js')
  // Whoever starts it has found all plugins that there are.
  const flags = { host: '127.0.0.1', port: 0, lanes: 1, plugins, onlyGivenPlugins: true, store, ...given }
  // Whatever lies in the folders of SageMaker on this machine.
  const env = store === undefined ? { SAGEMAKER_MULTI_MODEL: 'true' } : {}
  const { settings } = await readSettings({ flags, env })
  return startHost({ settings, log })
}
