import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describeError, isHostError } from '../core/errors.js'
import { CommandError, UsageError } from './command.js'

/** A file that a command writes when its work is done: all of it, or nothing. */
export interface OutputFile {
  /** Absolute; where a link leads. */
  readonly path: string
  /** Replaces the file, whose mode stays; packed where its name ends with `.gz`. */
  write(text: string): Promise<void>
  /**
   * The same with bytes as they come, whatever the file's name.
   *
   * @throws what the bytes' source means for people, as it is
   */
  writeBytes(bytes: AsyncIterable<Uint8Array>): Promise<void>
}

/**
 * Looks whether a file can be written, before the work.
 *
 * @param flag    that names it, for errors
 * @param inputs  paths that it must not replace, by whatever name of theirs; there may be nothing yet. A folder stands for
 *   the files in it
 * @throws UsageError
 */
export async function planOutput(flag: string, given: string, inputs: readonly string[]): Promise<OutputFile> {
  const refuse = (problem: string) => new UsageError(`${flag} ${given} ${problem} Choose another ${flag}.`)
  const path = await realPath(given)
  const found = await stat(path).catch(() => undefined)
  if (found && !found.isFile()) throw refuse('is there and no file.')
  const taken = new Set((await Promise.all(inputs.map(identifyAll))).flat(2))
  if ((await identify(path)).some(name => taken.has(name))) throw refuse('is what would be read.')
  await access(dirname(path), constants.W_OK).catch(error => {
    const problem =
      error.code === 'ENOENT' ? 'is in a folder that does not exist.' : `cannot be written (${error.code}).`
    throw refuse(problem)
  })
  const replace = async (content: string | Uint8Array | AsyncIterable<Uint8Array>) => {
    const part = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
    try {
      // What others must not read they must not read meanwhile either.
      await writeFile(part, content, { mode: found ? 0o600 : 0o666 })
      if (found) await chmod(part, found.mode & 0o7777)
      await rename(part, path)
    } catch (error) {
      if (isHostError(error) || error instanceof CommandError) throw error
      throw new CommandError(`${path} cannot be written (${describeError(error)}).`, { cause: error })
    } finally {
      await rm(part, { force: true })
    }
  }
  return {
    path,
    write: text => replace(path.endsWith('.gz') ? gzipSync(text) : text),
    writeBytes: replace,
  }
}

/** Absolute, where links lead; where there is nothing yet, the same of its folder. */
async function realPath(path: string): Promise<string> {
  const folder = dirname(path)
  return realpath(path).catch(async () => join(await realpath(folder).catch(() => resolve(folder)), basename(path)))
}

async function identifyAll(path: string): Promise<string[][]> {
  const names = await readdir(path).catch(() => undefined)
  return Promise.all((names?.map(name => join(path, name)) ?? [path]).map(identify))
}

/** Its real path, and what it has in common with its hard links. */
async function identify(path: string): Promise<string[]> {
  const real = await realPath(path)
  const found = await stat(real, { bigint: true }).catch(() => undefined)
  return found ? [real, `${found.dev}:${found.ino}`] : [real]
}
