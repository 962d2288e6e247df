import { webAssembly } from './webassembly.js'

/** An artifact's or asset's bytes: a shared WebAssembly memory, so that kernels of every lane see it without a copy. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

/** The unit in which a memory is made; untouched parts of it cost nothing. */
export const pageBytes = 65_536
/** Offsets in a memory are 32 bits; the last page stays free so that an end is a 32-bit number too. */
export const maxMemoryBytes = 65_535 * pageBytes

/**
 * @param bytes  wanted size, at most `maxMemoryBytes`
 * @returns a zero-filled memory of at least that size, in whole pages
 * @throws RangeError when the process has no addresses left
 */
export function createSharedMemory(bytes: number): SharedMemory {
  const pages = Math.ceil(bytes / pageBytes)
  return new webAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}
