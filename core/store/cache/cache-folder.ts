/**
 * The cache's place on disk:
 *
 *   CACHE/v1/entries/KEY/manifest.json, files/...   whole artifacts, put here by one rename
 *   CACHE/v1/tmp/OWNER/alive                        touched while its owner works
 *   CACHE/v1/tmp/OWNER/0, 1, 2, ...                 what it fetches, or removes
 *
 * Only names of these forms are ever touched.
 */
import {
  accessSync,
  constants,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, fail } from '../../errors.js'
import { codeOf, isFull, unlessAbsent } from '../disk-errors.js'
import { makeFolder } from '../make-folder.js'
import { createOwnerName, hasEnded, isOwnerName } from './cache-owner.js'

/** An owner elsewhere, or one that hangs, is taken for dead after this time; that of the disk, not of a host. */
const deadAfterMs = 5 * 60_000
const keyPattern = /^[0-9a-f]{40}$/

export class CacheFolder {
  readonly entries: string
  readonly #temporary: string
  readonly #owner = createOwnerName()
  #next = 0

  /** @throws HostError CONFIG_INVALID where it cannot be used, or not safely */
  constructor(readonly path: string) {
    const below = ['v1', 'v1/entries', 'v1/tmp']
    prepare(path, below)
    // What is read from it must not lead out of it, so it is named without links.
    const [, entries, temporary] = below.map(name => realpathSync(join(path, name)))
    this.entries = entries!
    this.#temporary = temporary!
  }

  /** @throws errors of the disk as Node has them */
  keys(): string[] {
    return (unlessAbsent(() => readdirSync(this.entries)) ?? []).filter(name => keyPattern.test(name))
  }

  pathOf(key: string): string {
    return join(this.entries, key)
  }

  /** An empty folder of its own. @throws errors of the disk as Node has them */
  createTemporary(): string {
    this.touch()
    // Somebody may have removed all of it.
    makeFolder(this.entries)
    const path = this.#nextPath()
    makeFolder(path)
    return path
  }

  /** Shows that what lies in its temporary folder is still wanted. @throws errors of the disk as Node has them */
  touch(): void {
    // It may be gone: taken for dead, where the process was stopped for long.
    makeFolder(join(this.#temporary, this.#owner))
    writeFileSync(this.#alivePath(this.#owner), '1')
  }

  /**
   * Removes a folder: for everybody at once, by a rename, then from the disk.
   *
   * @returns false where somebody else has done it
   * @throws errors of the disk as Node has them
   */
  remove(path: string): boolean {
    try {
      rmSync(this.#takeAway(path), { recursive: true, force: true })
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  /**
   * Removes what dead owners have left.
   *
   * @returns how many of them
   * @throws errors of the disk as Node has them
   */
  clean(): number {
    const nowMs = this.#now()
    const isDead = (owner: string) => hasEnded(owner) || nowMs - this.#touchedMs(owner) > deadAfterMs
    const dead = readdirSync(this.#temporary).filter(name => name !== this.#owner && isOwnerName(name) && isDead(name))
    return dead.filter(owner => this.remove(join(this.#temporary, owner))).length
  }

  #takeAway(path: string): string {
    try {
      makeFolder(join(this.#temporary, this.#owner))
      const removed = this.#nextPath()
      renameSync(path, removed)
      return removed
    } catch (error) {
      // A full disk may not even take a name; an entry without its manifest is none.
      if (!isFull(error)) throw error
      rmSync(join(path, 'manifest.json'), { force: true })
      return path
    }
  }

  async close(): Promise<void> {
    await rm(join(this.#temporary, this.#owner), { recursive: true, force: true })
  }

  /** By the clock of the disk, where it can be written to. */
  #now(): number {
    try {
      this.touch()
      return statSync(this.#alivePath(this.#owner)).mtimeMs
    } catch (error) {
      if (!isFull(error)) throw error
      return Date.now()
    }
  }

  #nextPath(): string {
    return join(this.#temporary, this.#owner, String(this.#next++))
  }

  #alivePath(owner: string): string {
    return join(this.#temporary, owner, 'alive')
  }

  #touchedMs(owner: string): number {
    for (const path of [this.#alivePath(owner), join(this.#temporary, owner)]) {
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats) return stats.mtimeMs
    }
    return Number.POSITIVE_INFINITY
  }
}

/** Where everybody may write, such as in /tmp, somebody else could have made the folder, to give us models of his own. */
function prepare(path: string, below: readonly string[]): void {
  const invalid = (problem: string, cause?: unknown) =>
    fail('CONFIG_INVALID', { setting: '--cache', problem: `${path} ${problem}` }, cause)
  const other = 'Others may write where it lies; name a folder that is yours alone.'
  try {
    const folders = [path, ...below.map(name => join(path, name))]
    for (const folder of folders) {
      makeFolder(folder)
      const stats = lstatSync(folder)
      if (stats.isSymbolicLink()) throw invalid(`is a link, or has one in it (${folder}). ${other}`)
      if (!stats.isDirectory()) throw invalid(`is not a folder (${folder}). Name another one.`)
      if (process.getuid && stats.uid !== process.getuid())
        throw invalid(`belongs to another user (${stats.uid}). ${other}`)
      if (stats.mode & 0o002) throw invalid('can be written to by everybody. Name a folder in it, or chmod o-w it.')
    }
    // Nothing is written: where the disk is full, cleaning comes first.
    for (const folder of folders.slice(1)) accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    if (codeOf(error) === 'CONFIG_INVALID') throw error
    throw invalid(`cannot be written to: ${describeError(error)}. Name another folder.`, error)
  }
}
