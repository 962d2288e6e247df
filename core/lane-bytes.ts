/** What a model costs besides its files: in each lane, as its plugin says, and on the main thread. */
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

/**
 * The main thread keeps params and examples for as long as the model; as values they take about twice what they take as
 * JSON.
 *
 * @param paramsFileBytes  size of the params file
 * @returns bytes on the main thread's heap
 */
export const paramsBytesOf = (paramsFileBytes: number): number => 2 * paramsFileBytes

function wholeBytes(asked: string, answer: number): number {
  const bytes = Math.ceil(answer)
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`${asked} returned ${answer}, which is no number of bytes`)
  }
  return bytes
}
