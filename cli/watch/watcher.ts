import { fstatSync, statSync } from 'node:fs'
import { type FSWatcher, watch } from 'chokidar'
import { changedAfter, changedBetween, type Snapshot, takeSnapshot } from './snapshot.js'
import { counts, type Watched } from './watched.js'

/**
 * Sees what changes. chokidar says at once that something has, but not all: a folder that takes the name of another, and what
 * is written into a new one before it is watched, it misses. So what has changed is what two looks at the files differ in;
 * what chokidar says only makes the next look come at once.
 */
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

interface Open {
  readonly watched: Watched
  readonly watcher: FSWatcher
  seen: Snapshot
}

/** A look for what nobody said. */
const lookMs = 1000

export function createWatcher({ store, onChange, onError }: WatcherOptions): Watcher {
  const open = new Map<string, Open>()
  let working: Promise<unknown> = Promise.resolve()
  let isLookDue = false
  const timer = setInterval(() => lookSoon(), lookMs).unref()

  const snapshotOf = (watched: Watched) => takeSnapshot(watched.within, path => counts(path, watched, store))

  async function begin(watched: Watched): Promise<void> {
    const seen = await snapshotOf(watched)
    changedAfter(watched.sinceMs, seen).forEach(tell)
    const watcher = watch(watched.folder, {
      ignored: path => !counts(path, watched, store),
      ignoreInitial: true,
      ignorePermissionErrors: true,
    })
    watcher.on('all', lookSoon).on('raw', lookSoon).on('error', onError)
    open.set(keyOf(watched), { watched, watcher, seen })
  }

  async function look(): Promise<void> {
    isLookDue = false
    for (const each of open.values()) {
      const now = await snapshotOf(each.watched)
      changedBetween(each.seen, now).forEach(tell)
      each.seen = now
    }
  }

  const tell = (path: string) => {
    if (!isOwnOutput(path)) onChange(path)
  }

  function lookSoon(): void {
    if (isLookDue) return
    isLookDue = true
    void inTurn(look)
  }

  async function change(watched: readonly Watched[]): Promise<void> {
    const wanted = new Map(watched.map(each => [keyOf(each), each]))
    const gone = [...open].filter(([key]) => !wanted.has(key))
    for (const [key] of gone) open.delete(key)
    const begun = [...wanted].filter(([key]) => !open.has(key)).map(([, each]) => begin(each))
    await Promise.all([...begun, ...gone.map(([, { watcher }]) => watcher.close())])
  }

  /** One after the other: what one opens, the next may close. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = working.then(work)
    working = done
    return done
  }

  return {
    set: watched => inTurn(() => change(watched)),
    close() {
      clearInterval(timer)
      return inTurn(() => change([]))
    },
  }
}

const keyOf = ({ folder, within, isPlugin }: Watched) => JSON.stringify([folder, within, isPlugin])

/** Is it the file that our log goes to? It would change with each change that is told there. */
function isOwnOutput(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false })
  return file !== undefined && [1, 2].map(fd => fstatSync(fd)).some(own => own.ino === file.ino && own.dev === file.dev)
}
