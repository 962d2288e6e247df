import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import type { TestHost } from 'modelhost/testing'
import type { Test } from 'tap'
import { folder, pluginPath } from './artifacts.js'

/** Model types for a store of `probes` and `weights`. */
export const storePlugins = [pluginPath('probe'), pluginPath('weights')]

/** A folder store whose models are of the probe plugin, each with these params. */
export async function probeStore(
  t: Pick<Test, 'teardown'>,
  models: Readonly<Record<string, Record<string, unknown>>>,
): Promise<string> {
  const entries = Object.entries(models).map(([target, params]) => [
    `${target}/Probe-params.json`,
    JSON.stringify({ model_name: 'Probe', ...params }),
  ])
  return folder(t, Object.fromEntries(entries))
}

/** Adds models of `bytes` weights to a store. */
export async function addWeights(store: string, names: readonly string[], bytes: number): Promise<void> {
  const file = encodeTensorFile({ tensors: { weights: new Float32Array(bytes / 4).fill(1) } })
  for (const name of names) {
    await mkdir(join(store, name), { recursive: true })
    await writeFile(join(store, name, 'w-params.json'), '{"model_name":"Weights"}')
    await writeFile(join(store, name, 'w-model'), file)
  }
}

/** The models that are loaded now, in the order of their loads. */
export async function loadedModels({ url }: TestHost): Promise<string[]> {
  const { models } = (await (await fetch(`${url}/models?limit=1000`)).json()) as { models: { modelName: string }[] }
  return models.map(({ modelName }) => modelName)
}
