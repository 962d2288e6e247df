import { close, constants, open, read } from 'node:fs'

/**
 * Files by descriptor, with one trip to the thread pool a call. `FileHandle` makes more of them, and a load of a small
 * model is little else.
 */

/** Opens a file to read it; a fifo that nobody writes to does not block. */
export function openToRead(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY | constants.O_NONBLOCK, (error, descriptor) => {
      if (error) reject(error)
      else resolve(descriptor)
    })
  })
}

/** @returns bytes read; 0 at the end of the file */
export function readAt(descriptor: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, target, 0, target.length, position, (error, bytesRead) => {
      if (error) reject(error)
      else resolve(bytesRead)
    })
  })
}

/** Nobody waits for it: what was only read cannot fail to be written. */
export function closeLater(descriptor: number): void {
  close(descriptor, () => {})
}
