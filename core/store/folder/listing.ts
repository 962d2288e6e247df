/** What could be loaded from a folder, in pages. */
import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { isParamsFile } from '../../artifact-folder.js'
import { collectGarbage } from '../../garbage.js'
import { isInside } from '../../inside.js'
import { storeError, unlessAbsent } from '../disk-errors.js'
import type { ListedTarget, PageRequest, TargetPage } from '../store.js'
import { isTarget } from '../target.js'
import { lookAtFiles, readNames } from './files.js'
import { realRoot } from './place.js'

/** Names and files looked at for one page. What holds few targets among much else has short pages, not slow ones. */
const maxLooks = 10_000
const maxDepth = 32
/** The names of a folder with more than these are kept for the next page. */
const keptFrom = 1000
const keptForMs = 10_000
const archiveName = /\.(tar\.gz|tgz|tar)$/

/** A name that the walk passed. */
interface Visit {
  readonly path: string
  readonly target: ListedTarget | undefined
  /** What it took to see what it is: files looked at. */
  readonly looks: number
}

/** What a name stands for. */
interface Seen {
  readonly target?: ListedTarget
  /** Targets may lie below it. */
  readonly isFolder?: boolean
  readonly looks?: number
}

/**
 * Walks a folder depth first, the names of each folder in the order of their UTF-16 units; a page goes on behind the
 * last name that the page before looked at, whether it still exists or not. Nothing is kept between pages but the
 * names of the large folder read last, for seconds.
 *
 * Targets are archives by their names, and folders that directly hold a params file, which are not searched further.
 * A link to either is one too; a link to a folder of targets is not followed, as they are listed where they are.
 */
export class FolderListing {
  #kept: { readonly folder: string; readonly version: string; readonly names: readonly string[] } | undefined
  #forget: NodeJS.Timeout | undefined

  /** @param maxEntries  a folder with more of them is no artifact */
  constructor(
    private readonly store: string,
    private readonly maxEntries: number,
  ) {}

  /** @throws HostError STORE_UNAVAILABLE, STORE_DENIED */
  list({ after, limit }: PageRequest): TargetPage {
    const root = realRoot(this.store)
    const targets: ListedTarget[] = []
    let last = after
    let looked = 0
    try {
      for (const { path, target, looks } of this.#walk(root, root, '', after?.split('/') ?? [], 0)) {
        if (target && targets.length === limit) return { targets, next: last }
        if (target) targets.push(target)
        last = path
        looked += looks
        if (looked >= maxLooks) return { targets, next: last }
      }
    } catch (error) {
      throw storeError(error, this.store)
    }
    return { targets, next: undefined }
  }

  /** @param after  the names of the path that the page before ended at, from this folder on */
  *#walk(root: string, folder: string, prefix: string, after: readonly string[], depth: number): Generator<Visit> {
    const names = depth === 0 ? this.#namesOf(folder) : unlessAbsent(() => this.#namesOf(folder))
    const [from, ...rest] = after
    for (let i = from === undefined ? 0 : lowerBound(names ?? [], from); i < (names?.length ?? 0); i++) {
      const name = names![i]!
      const path = prefix + name
      // What is gone meanwhile, or closed to this host, is left out.
      const seen = unlessAbsent(() => this.#look(root, join(folder, name), path)) ?? {}
      if (name !== from) yield { path, target: seen.target, looks: seen.looks ?? 1 }
      const isDeeper = seen.isFolder && depth < maxDepth
      if (isDeeper) yield* this.#walk(root, join(folder, name), `${path}/`, name === from ? rest : [], depth + 1)
    }
  }

  #look(root: string, path: string, target: string): Seen {
    if (!isTarget(target)) return {}
    let stats: Stats = lstatSync(path)
    const isLink = stats.isSymbolicLink()
    if (isLink) {
      const real = realpathSync.native(path)
      if (!isInside(root, real)) return {}
      stats = statSync(real)
    }
    if (stats.isDirectory()) {
      const names = readNames(path, this.maxEntries)
      const files = names?.some(isParamsFile) ? lookAtFiles(path, names) : undefined
      const looks = 1 + (files ? names!.length : 0)
      if (!files?.hasParams) return { isFolder: !isLink, looks }
      const { fileBytes, modifiedAt } = files
      return { target: { target, kind: 'folder', fileBytes, modifiedAt: modifiedAt.toISOString() }, looks }
    }
    if (!stats.isFile() || !archiveName.test(target)) return {}
    return { target: { target, kind: 'archive', fileBytes: stats.size, modifiedAt: stats.mtime.toISOString() } }
  }

  /** In order. */
  #namesOf(folder: string): readonly string[] {
    const { ino, mtimeNs } = statSync(folder, { bigint: true })
    const version = `${ino}-${mtimeNs}`
    if (this.#kept?.folder === folder && this.#kept.version === version) return this.#kept.names
    const names = readdirSync(folder).sort()
    if (names.length > keptFrom) {
      this.#kept = { folder, version, names }
      clearTimeout(this.#forget)
      this.#forget = setTimeout(() => {
        this.#kept = undefined
        // A thread that has little to do would keep the names for long.
        collectGarbage()
      }, keptForMs).unref()
    }
    return names
  }
}

/** @returns the first place that holds `name` or what comes behind it */
function lowerBound(names: readonly string[], name: string): number {
  let low = 0
  let high = names.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (names[middle]! < name) low = middle + 1
    else high = middle
  }
  return low
}
