import type { Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The times of files lag behind the clock by a tick of the system. */
const tickMs = 10

/**
 * What has changed since a time: by the inode's own time, which no tool sets, as it may that of the content. That of a
 * folder tells what was removed, and that it was put in the place of another.
 *
 * @param path  a file or folder; it may be missing
 * @param sinceMs  by Date.now()
 * @param doesCount  also of a folder: nothing in one that does not
 */
export async function changedSince(
  path: string,
  sinceMs: number,
  doesCount: (path: string, stats: Stats) => boolean,
): Promise<string[]> {
  const stats = await stat(path).catch(() => undefined)
  if (!stats || !doesCount(path, stats)) return []
  const self = stats.ctimeMs >= sinceMs - tickMs ? [path] : []
  if (!stats.isDirectory()) return self
  const names = await readdir(path).catch((): string[] => [])
  const inside = await Promise.all(names.map(name => changedSince(join(path, name), sinceMs, doesCount)))
  return [...self, ...inside.flat()]
}
