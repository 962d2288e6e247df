import { constants, openSync, readSync } from 'node:fs'

/** A read of this size keeps the system's buffers small and a signal's wait short. */
const chunkBytes = 8 << 20

/** Opens a file to read it; a fifo that nobody writes to does not block. */
export function openToRead(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

/** @returns bytes read: less than `target` has only where the file ends */
export function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0
  while (done < target.length) {
    const wanted = Math.min(chunkBytes, target.length - done)
    const bytesRead = readSync(descriptor, target, done, wanted, position + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}
