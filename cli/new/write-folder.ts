/** A folder that is written as a whole, or not at all. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeError } from '../../core/errors.js'
import { CommandError } from '../command.js'

/**
 * Writes files into a new or empty folder; after an error nothing is left of them.
 *
 * @param shown   the folder, as it was given
 * @param folder  its absolute path
 * @param files   path in it, with slashes -> content
 * @throws CommandError where there is something already, or it cannot be written
 */
export async function writeNewFolder(shown: string, folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const there = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR')
      throw new CommandError(`${shown} is in the way: it, or what it lies in, is no folder.`)
    throw new CommandError(`${shown} cannot be read (${describeError(error)}).`, { cause: error })
  })
  if (there.length > 0) {
    const some = there.length > 3 ? `${there.slice(0, 3).join(', ')} and more` : there.join(', ')
    throw new CommandError(`${shown} is not empty (${some}). Nothing was written. Name another folder with --dir.`)
  }
  let made: string | undefined
  try {
    // One by one: where a file system refuses any, as /proc does, a recursive mkdir would try for ever.
    for (const path of missingFolders(folder)) {
      await mkdir(path)
      made ??= path
    }
    for (const [name, content] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content, { flag: 'wx' })
    }
  } catch (error) {
    const ours = made === undefined ? [...files.keys()].map(name => join(folder, name.split('/')[0]!)) : [made]
    for (const path of ours) await rm(path, { recursive: true, force: true }).catch(() => {})
    throw new CommandError(`${shown} cannot be written (${describeError(error)}). Nothing of it is left.`, {
      cause: error,
    })
  }
}

/** The outermost first. */
function missingFolders(folder: string): string[] {
  return existsSync(folder) ? [] : [...missingFolders(dirname(folder)), folder]
}
