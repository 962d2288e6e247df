/** Is what a model held free again once it is unloaded? */
import { setImmediate } from 'node:timers/promises'
import type { Codec } from '../codec.js'
import { collectGarbage } from '../garbage.js'
import type { AnyPlugin } from '../plugin.js'
import { askHere, loadHere, readImage } from './local-lanes.js'

interface Traces {
  readonly model: WeakRef<object> | undefined
  readonly image: WeakRef<object>
}

/** Finalizers, and promises that are just settled, hold on for some turns of the event loop. */
const tries = 5

/**
 * Loads, asks and unloads a model in this thread.
 *
 * @returns what is still held afterwards: `its model`, or `its image`; undefined where nothing is
 */
export async function findHeld(
  plugin: AnyPlugin,
  folder: string,
  codec: Codec,
  requests: readonly unknown[],
): Promise<string | undefined> {
  const { model, image } = await loadAndUnload(plugin, folder, codec, requests)
  for (let i = 0; i < tries; i++) {
    await setImmediate()
    collectGarbage()
    if (!model?.deref() && !image.deref()) return undefined
  }
  if (model?.deref()) return 'its model is still held after unload'
  return image.deref() && 'its image is still held after unload, by a view on one of its files'
}

/** A function of its own, so that no frame of the caller holds anything. */
async function loadAndUnload(
  plugin: AnyPlugin,
  folder: string,
  codec: Codec,
  requests: readonly unknown[],
): Promise<Traces> {
  const job = await readImage(plugin, folder, 1)
  const resident = await loadHere(plugin, job, 0, codec)
  for (const request of requests) await askHere(resident, request)
  await plugin.unload?.(resident.model)
  const { model } = resident
  const isObject = (typeof model === 'object' && model !== null) || typeof model === 'function'
  return { model: isObject ? new WeakRef(model) : undefined, image: new WeakRef(job.memory.buffer) }
}
