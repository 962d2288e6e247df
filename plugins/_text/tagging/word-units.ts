import { maxUnits } from './kernels/tagging.js'

const half = maxUnits / 2

/**
 * Writes a word as kernels read it: of one with more than 64 units, its first and last 32.
 *
 * @returns how many units were written
 */
export function writeWord(text: string, start: number, end: number, units: Uint16Array, at: number): number {
  const length = end - start
  const isLong = length > maxUnits
  const firstEnd = isLong ? start + half : end
  for (let i = start; i < firstEnd; i++) units[at++] = text.charCodeAt(i)
  if (!isLong) return length
  for (let i = end - half; i < end; i++) units[at++] = text.charCodeAt(i)
  return maxUnits
}
