import { writeSync } from 'node:fs'

/**
 * Has a thread's stderr write to the process's at once. Threads hand it to the main thread otherwise, and what a plugin
 * prints just before a command ends would be lost.
 */
export function printAtOnce(stderr: NodeJS.WriteStream): void {
  const hand = stderr._write.bind(stderr)
  stderr._write = (chunk: Buffer | string, encoding, done) => {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(2, rest))
    } catch {
      // A pipe that is full, for one: the main thread can wait for it.
      return hand(rest, encoding, done)
    }
    done()
  }
  Object.defineProperty(stderr, '_writev', { value: undefined })
}
