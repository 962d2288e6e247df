import { fstatSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
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
    const beganMs = Date.now()
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
    watcher.on('raw', (event, name, details) => {
      const path = join((details as { watchedPath: string }).watchedPath, name ?? '')
      if (event !== 'rename' || !counts(path, watched, store) || !isFolder(path)) return
      void inTurn(() => renew({ ...watched, sinceMs: beganMs }, watcher))
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

  /** A folder in the place of another of its name is not looked into by a watcher that has looked into that one. */
  async function renew(watched: Watched, old: FSWatcher): Promise<void> {
    const key = keyOf(watched)
    if (open.get(key) !== old) return
    open.set(key, await begin(watched))
    await old.close()
  }

  async function change(watched: readonly Watched[]): Promise<void> {
    const wanted = new Map(watched.map(each => [keyOf(each), each]))
    const gone = [...open].filter(([key]) => !wanted.has(key))
    for (const [key] of gone) open.delete(key)
    const fresh = [...wanted].filter(([key]) => !open.has(key))
    const begun = fresh.map(async ([key, each]) => void open.set(key, await begin(each)))
    await Promise.all([...begun, ...gone.map(([, watcher]) => watcher.close())])
  }

  /** One after the other: what one opens, the next may close. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = settingUp.then(work)
    settingUp = done
    return done
  }

  return {
    set: watched => inTurn(() => change(watched)),
    close: () => inTurn(() => change([])),
  }
}

const keyOf = ({ folder, within, isPlugin }: Watched) => JSON.stringify([folder, within, isPlugin])

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Is it the file that our log goes to? It would change with each change that is told there. */
function isOwnOutput(stats: Stats | undefined): boolean {
  return stats !== undefined && [1, 2].some(fd => isSameFile(fstatSync(fd), stats))
}

const isSameFile = (a: Stats, b: Stats) => a.ino === b.ino && a.dev === b.dev
