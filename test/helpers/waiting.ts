import { setImmediate } from 'node:timers/promises'
import type { TestHost } from 'modelhost/testing'

/** Resolves once this many requests wait for a model. */
export async function waiting({ host }: TestHost, modelName: string, count: number): Promise<void> {
  while (host.models.get(modelName).waiting < count) await setImmediate()
}
