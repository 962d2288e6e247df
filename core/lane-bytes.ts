/** What a model costs besides its files: in each lane, as its plugin says, and on the main thread. */
import type { AnyPlugin, FileSize } from './plugin.js'

/**
 * @param params  of the model, as the plugin's schema has them
 * @returns bytes of scratch in the image
 * @throws whatever the plugin throws; RangeError where it returns no number of bytes
 */
export function scratchBytesOf(plugin: AnyPlugin, params: unknown, files: readonly FileSize[]): number {
  if (typeof plugin.scratchBytes !== 'function') return plugin.scratchBytes ?? 0
  return wholeBytes('scratchBytes', plugin.scratchBytes(params, files.map(sizeOf)))
}

/**
 * @returns bytes on a lane's heap
 * @throws whatever the plugin throws; RangeError where it returns no number of bytes
 */
export function heapBytesOf(plugin: AnyPlugin, files: readonly FileSize[]): number {
  return wholeBytes('estimateSize', plugin.estimateSize?.(files.map(sizeOf)) ?? 0)
}

/** An asset that a model needs, by the plugin's name for it. */
export interface AssetNeed {
  readonly name: string
  readonly url: URL
  readonly scratchBytes: number
}

/**
 * @returns the assets of a model with these params and files
 * @throws whatever the plugin throws; TypeError where it returns no URLs, RangeError where no number of bytes
 */
export function assetsOf(plugin: AnyPlugin, params: unknown, files: readonly FileSize[]): AssetNeed[] {
  const sources = Object.entries(plugin.assets?.(params, files.map(sizeOf)) ?? {})
  return sources.map(([name, source]) => {
    const { url, scratchBytes = 0 } = source instanceof URL ? { url: source } : source
    if (!(url instanceof URL)) throw new TypeError(`assets returned no URL for "${name}"`)
    return { name, url, scratchBytes: wholeBytes(`assets, for the scratch of "${name}",`, scratchBytes) }
  })
}

const sizeOf = ({ name, bytes }: FileSize): FileSize => ({ name, bytes })

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
