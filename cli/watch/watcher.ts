import { fstatSync, type Stats } from 'node:fs'
import { type FSWatcher, watch } from 'chokidar'
import { changedSince } from './changed-since.js'
import { counts, type Watched } from './watched.js'

export interface Watcher {
  /** Watches these, and what was watched before and is not among them no more. Resolves when it does. */
  set(watched: readonly Watched[]): Promise<void>
  close(): Promise<void>
}

interface WatcherOptions {
  /** Its artifacts are no part of a plugin whose folder it lies in. */
  readonly store: string | undefined
  readonly onChange: (path: string) => void
  readonly onError: (error: unknown) => void
}

export function createWatcher({ store, onChange, onError }: WatcherOptions): Watcher {
  const open = new Map<string, FSWatcher>()
  let settingUp: Promise<unknown> = Promise.resolve()

  async function begin(watched: Watched): Promise<FSWatcher> {
    const { folder, within, sinceMs } = watched
    const watcher = watch(folder, {
      ignored: path => !counts(path, watched, store),
      ignoreInitial: true,
      alwaysStat: true,
      ignorePermissionErrors: true,
    })
    watcher.on('all', (event, path, stats) => {
      // A folder counts, too, that has just come: what was written into it before it is watched is told by nobody.
      if (event !== 'unlinkDir' && path.startsWith(within) && !isOwnOutput(stats)) onChange(path)
    })
    await new Promise<void>(resolve =>
      watcher
        .on('error', error => {
          onError(error)
          resolve()
        })
        .on('ready', resolve),
    )
    const isNew = (path: string, stats: Stats) => counts(path, watched, store) && !isOwnOutput(stats)
    for (const path of await changedSince(within, sinceMs, isNew)) onChange(path)
    return watcher
  }

  async function change(watched: readonly Watched[]): Promise<void> {
    const wanted = new Map(watched.map(each => [keyOf(each), each]))
    const gone = [...open].filter(([key]) => !wanted.has(key))
    for (const [key] of gone) open.delete(key)
    const fresh = [...wanted].filter(([key]) => !open.has(key))
    const begun = fresh.map(async ([key, each]) => void open.set(key, await begin(each)))
    await Promise.all([...begun, ...gone.map(([, watcher]) => watcher.close())])
  }

  return {
    // One after the other: what one opens, the next may close.
    set(watched) {
      const next = settingUp.then(() => change(watched))
      settingUp = next
      return next
    },
    async close() {
      await settingUp
      await Promise.all([...open.values()].map(watcher => watcher.close()))
    },
  }
}

const keyOf = ({ folder, within, isPlugin }: Watched) => JSON.stringify([folder, within, isPlugin])

/** Is it the file that our log goes to? It would change with each change that is told there. */
function isOwnOutput(stats: Stats | undefined): boolean {
  return stats !== undefined && [1, 2].some(fd => isSameFile(fstatSync(fd), stats))
}

const isSameFile = (a: Stats, b: Stats) => a.ino === b.ino && a.dev === b.dev
