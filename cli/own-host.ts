import type { Host } from '../core/host.js'
import type { Log } from '../core/plugin.js'

export interface OwnHostOptions {
  readonly plugins: readonly string[]
  readonly log: Log
}

/** A host for this process alone: a free port, one lane, nothing taken from the environment. */
export async function startOwnHost({ plugins, log }: OwnHostOptions): Promise<Host> {
  const { readSettings, startHost } = await import('../core/host.js')
  const flags = { host: '127.0.0.1', port: 0, lanes: 1, plugins }
  // As a platform does it: by POST /models, whatever lies in the folders of SageMaker on this machine.
  const { settings } = await readSettings({ flags, env: { SAGEMAKER_MULTI_MODEL: 'true' } })
  return startHost({ settings, log })
}
