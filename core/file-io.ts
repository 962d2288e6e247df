import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { fail } from './errors.js'
import { isInside } from './inside.js'

/** A read of this size keeps the system's buffers small and a signal's wait short. */
const chunkBytes = 8 << 20
const descriptors = '/proc/self/fd'
const knowsDescriptors = existsSync(descriptors)

/**
 * Opens a file to read it; a fifo that nobody writes to does not block.
 *
 * @param root  no link may lead out of this folder
 * @throws HostError ARTIFACT_FILE_UNREADABLE where one does; errors of the disk as Node has them
 */
export function openToRead(path: string, root?: string): number {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK
  if (root === undefined) return openSync(path, flags)
  const real = realPathInside(path, root)
  const descriptor = openSync(real, flags)
  try {
    // Links may have changed since, so what was opened must be what lies in the folder.
    if (liesInside(descriptor, real, root)) return descriptor
    throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: 'it was replaced while it was opened' })
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** Linux knows where an open file lies; elsewhere its place is looked at once more, which a swift swapper may win. */
function liesInside(descriptor: number, real: string, root: string): boolean {
  if (knowsDescriptors) return isInside(root, readlinkSync(`${descriptors}/${descriptor}`))
  const opened = fstatSync(descriptor, { bigint: true })
  const found = lstatSync(realPathInside(real, root), { bigint: true })
  return opened.dev === found.dev && opened.ino === found.ino
}

/**
 * Follows the links of a path.
 *
 * @throws HostError ARTIFACT_FILE_UNREADABLE where they lead out of `root`; errors of the disk as Node has them
 */
export function realPathInside(path: string, root: string): string {
  const real = realpathSync.native(path)
  if (isInside(root, real)) return real
  throw fail('ARTIFACT_FILE_UNREADABLE', { file: path, problem: 'a link leads out of the store' })
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
