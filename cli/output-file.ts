import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describeError } from '../core/errors.js'
import { CommandError, UsageError } from './command.js'

/** A file that a command writes when its work is done: all of it, or nothing. */
export interface OutputFile {
  /** Absolute; where a link leads. */
  readonly path: string
  /** Replaces the file; packed where its name ends with `.gz`. */
  write(text: string): Promise<void>
}

/**
 * Looks whether a file can be written, before the work.
 *
 * @param flag    that names it, for errors
 * @param inputs  files that it must not replace
 * @throws UsageError
 */
export async function planOutput(flag: string, given: string, inputs: readonly string[]): Promise<OutputFile> {
  const refuse = (problem: string) => new UsageError(`${flag} ${given} ${problem} Choose another ${flag}.`)
  const real = (path: string) => realpath(path).catch(() => resolve(path))
  const path = await real(given)
  const found = await stat(path).catch(() => undefined)
  if (found && !found.isFile()) throw refuse('is there and no file.')
  if ((await Promise.all(inputs.map(real))).includes(path)) throw refuse('is what would be read.')
  await access(dirname(path), constants.W_OK).catch(error => {
    const problem =
      error.code === 'ENOENT' ? 'is in a folder that does not exist.' : `cannot be written (${error.code}).`
    throw refuse(problem)
  })
  return {
    path,
    async write(text) {
      const part = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
      try {
        await writeFile(part, path.endsWith('.gz') ? gzipSync(text) : text)
        await rename(part, path)
      } catch (error) {
        throw new CommandError(`${path} cannot be written (${describeError(error)}).`, { cause: error })
      } finally {
        await rm(part, { force: true })
      }
    },
  }
}
