/** What a model costs in each lane, as its plugin says. */
import type { ArtifactFileInfo } from './artifact-folder.js'
import type { AnyPlugin } from './plugin.js'

/**
 * @param params  of the model, as the plugin's schema has them
 * @returns bytes of scratch in the image
 * @throws whatever the plugin throws; RangeError where it returns no number of bytes
 */
export function scratchBytesOf(plugin: AnyPlugin, params: unknown): number {
  if (typeof plugin.scratchBytes !== 'function') return plugin.scratchBytes ?? 0
  return wholeBytes('scratchBytes', plugin.scratchBytes(params))
}

/**
 * @returns bytes on a lane's heap
 * @throws whatever the plugin throws; RangeError where it returns no number of bytes
 */
export function heapBytesOf(plugin: AnyPlugin, files: readonly ArtifactFileInfo[]): number {
  return wholeBytes('estimateSize', plugin.estimateSize?.(files) ?? 0)
}

function wholeBytes(asked: string, answer: number): number {
  const bytes = Math.ceil(answer)
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`${asked} returned ${answer}, which is no number of bytes`)
  }
  return bytes
}
