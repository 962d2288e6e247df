/** Where a target of a folder store lies. Synchronous, as all short calls of the store's thread. */
import { type BigIntStats, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../errors.js'
import { isInside } from '../../inside.js'
import { cut } from '../../words.js'
import { codeOf, storeError } from '../disk-errors.js'

export interface Place {
  /** Of the target and of the store, without links. */
  readonly path: string
  readonly root: string
  readonly stats: BigIntStats
}

/**
 * Follows the links of a target. They may lead anywhere in the store.
 *
 * @throws HostError TARGET_NOT_FOUND, TARGET_INVALID, STORE_UNAVAILABLE, STORE_DENIED
 */
export function findPlace(store: string, target: string): Place {
  const invalid = (problem: string) => fail('TARGET_INVALID', { target: cut(target, 200), problem })
  const root = realRoot(store)
  try {
    const path = realpathSync.native(join(root, target))
    if (!isInside(root, path)) throw invalid('leads out of the store')
    const spelling = findTrueSpelling(root, target)
    if (spelling !== undefined) throw invalid(`is spelled "${cut(spelling, 200)}" in the store`)
    const stats = lstatSync(path, { bigint: true })
    if (!stats.isFile() && !stats.isDirectory()) throw invalid('is neither a file nor a folder')
    return { path, root, stats }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error)))
      throw fail('TARGET_NOT_FOUND', { target: cut(target, 200), store }, error)
    if (codeOf(error) === 'ELOOP') throw invalid('is a link that leads back to itself')
    throw storeError(error, store)
  }
}

/** @throws HostError STORE_UNAVAILABLE, STORE_DENIED */
export function realRoot(store: string): string {
  try {
    return realpathSync.native(store)
  } catch (error) {
    throw storeError(error, store)
  }
}

/** What this module asks of a file system. */
export interface Names {
  readonly readdirSync: (path: string) => string[]
  readonly lstatSync: (path: string) => { readonly dev: number; readonly ino: number }
}

/**
 * How a target that exists is truly spelled, where its file system takes other spellings too: `Claims` for `claims`.
 * One look a name tells such a file system from others; only there is a folder read.
 *
 * @returns undefined where it is spelled so
 */
export function findTrueSpelling(root: string, target: string, names: Names = { readdirSync, lstatSync }) {
  let folder = root
  const spelled: string[] = []
  for (const name of target.split('/')) {
    const path = join(folder, name)
    spelled.push(hasOtherSpellings(folder, name, names) ? trueName(folder, name, names) : name)
    folder = path
  }
  const spelling = spelled.join('/')
  return spelling === target ? undefined : spelling
}

function hasOtherSpellings(folder: string, name: string, { lstatSync }: Names): boolean {
  const other = swapCase(name)
  if (other === name) return false
  try {
    const [a, b] = [lstatSync(join(folder, other)), lstatSync(join(folder, name))]
    return a.dev === b.dev && a.ino === b.ino
  } catch {
    return false
  }
}

/** Each letter by itself, where that is one letter again. */
function swapCase(name: string): string {
  const swap = (letter: string) => {
    const upper = letter.toUpperCase()
    const other = upper === letter ? letter.toLowerCase() : upper
    return other.length === letter.length ? other : letter
  }
  return Array.from(name, swap).join('')
}

function trueName(folder: string, name: string, { readdirSync, lstatSync }: Names): string {
  const found = readdirSync(folder)
  if (found.includes(name)) return name
  const { dev, ino } = lstatSync(join(folder, name))
  const isIt = (each: string) => {
    const stats = lstatSync(join(folder, each))
    return stats.dev === dev && stats.ino === ino
  }
  const alike = found.filter(each => each.toLowerCase() === name.toLowerCase())
  return alike.find(isIt) ?? found.find(isIt) ?? name
}
