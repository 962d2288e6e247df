import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './disk-errors.js'

/**
 * Makes a folder for this user alone, and those above it, where they are missing.
 *
 * Node's own `recursive` never comes back where a folder that exists takes no other one and says ENOENT, as /proc does.
 *
 * @throws errors of the disk as Node has them
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    const above = dirname(path)
    if (codeOf(error) !== 'ENOENT' || statSync(above, { throwIfNoEntry: false })) throw error
    makeFolder(above)
    makeFolder(path)
  }
}
