import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The times of files lag behind the clock by a tick of the system. */
const tickMs = 10

/** Each file -> which one it is, and when it was last changed. */
export type Snapshot = ReadonlyMap<string, { readonly inode: string; readonly changedMs: number }>

/**
 * @param path  a file or folder; it may be missing
 * @param doesCount  also of a folder: nothing in one that does not
 */
export async function takeSnapshot(path: string, doesCount: (path: string) => boolean): Promise<Snapshot> {
  const snapshot = new Map<string, { inode: string; changedMs: number }>()
  const look = async (path: string): Promise<void> => {
    const stats = doesCount(path) ? await stat(path).catch(() => undefined) : undefined
    if (!stats) return
    if (!stats.isDirectory()) {
      // By the time of the inode, which no tool sets, as it may that of the content.
      snapshot.set(path, { inode: `${stats.dev} ${stats.ino}`, changedMs: stats.ctimeMs })
      return
    }
    const names = await readdir(path).catch((): string[] => [])
    await Promise.all(names.map(name => look(join(path, name))))
  }
  await look(path)
  return snapshot
}

/** The files that are new, changed, or gone. */
export function changedBetween(before: Snapshot, now: Snapshot): string[] {
  const isOther = (path: string) => {
    const [a, b] = [before.get(path), now.get(path)]
    return a?.inode !== b?.inode || a?.changedMs !== b?.changedMs
  }
  return [...new Set([...before.keys(), ...now.keys()])].filter(isOther)
}

/** The files that were changed after a time, by Date.now(). */
export const changedAfter = (sinceMs: number, now: Snapshot): string[] =>
  [...now].filter(([, { changedMs }]) => changedMs >= sinceMs - tickMs).map(([path]) => path)
