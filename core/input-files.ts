import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describeError } from './errors.js'
import type { Refuse } from './job.js'

/**
 * Looks whether what a job reads is there: before hours of work, not after.
 *
 * @param given     name -> path of a file or folder
 * @param describe  a name as it stands behind "given", for errors
 * @returns the same, as absolute paths
 * @throws what `refuse` makes
 */
export async function findInputs<F extends Readonly<Record<string, string>>>(
  given: F,
  describe: (name: string) => string,
  refuse: Refuse,
): Promise<F> {
  const found: Record<string, string> = {}
  for (const [name, path] of Object.entries(given)) {
    const absolute = resolve(path)
    await access(absolute).catch(error => {
      const problem = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${describeError(error)})`
      throw refuse(`${absolute}, given ${describe(name)}, ${problem}. Check the path.`, error)
    })
    found[name] = absolute
  }
  return found as F
}
