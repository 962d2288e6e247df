import { open, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { UsageError } from '../command.js'

/** Who writes an output. */
interface Owner {
  readonly pid: number
  readonly host: string
}

/** Outputs that this process writes. */
const ours = new Set<string>()

/**
 * Keeps other runs from an output, whose lines would stand between these ones. What a killed run left is taken over.
 *
 * @param path  of the output, beside which the lock lies
 * @returns ends it
 * @throws UsageError where a run writes to it
 */
export async function lockOutput(path: string): Promise<() => Promise<void>> {
  const lockFile = `${path}.lock`
  for (;;) {
    try {
      const file = await open(lockFile, 'wx')
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner))
      await file.close()
      ours.add(path)
      return async () => {
        ours.delete(path)
        await rm(lockFile, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = await readOwner(lockFile)
    if (owner && isRunning(owner, path)) {
      const problem = `is being written by process ${owner.pid}. Wait for it; if that is none of this command, remove ${lockFile}.`
      throw new UsageError(`--output ${path} ${problem}`)
    }
    await rm(lockFile, { force: true })
  }
}

/** @returns undefined where nobody is named, as after a crash between two writes */
async function readOwner(lockFile: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, 'utf8')) as Owner
  } catch {
    return undefined
  }
}

function isRunning({ pid, host }: Owner, path: string): boolean {
  // Nobody here can tell of another machine. Mostly it is gone, and the work goes on in the next container.
  if (host !== hostname()) return false
  // A container that is started again may give the same id again.
  if (pid === process.pid) return ours.has(path)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
