/** A folder as a store: plain artifact folders, used where they lie, and archives. */
import { statSync } from 'node:fs'
import { describeError, fail } from '../../errors.js'
import type { Settings } from '../../setting-table.js'
import { cut } from '../../words.js'
import { codeOf, storeError } from '../disk-errors.js'
import { replaced } from '../replaced.js'
import type { FoundTarget, Store } from '../store.js'
import { unpackArchive } from './archive.js'
import { lookAtFiles, readNames, versionOf } from './files.js'
import { FolderListing } from './listing.js'
import { findPlace, type Place } from './place.js'

export type FolderSettings = Pick<Settings, 'maxArchiveBytes' | 'maxArchiveEntries' | 'maxArchiveRatio'> & {
  readonly store: string
}

/**
 * Opens a folder; nothing in it is read yet.
 *
 * @throws HostError CONFIG_INVALID where it is not there
 */
export async function openFolderStore(settings: FolderSettings): Promise<Store> {
  const { store: url, maxArchiveEntries } = settings
  checkRoot(url)
  const listing = new FolderListing(url, maxArchiveEntries)
  return {
    url,
    find: async target => {
      const place = findPlace(url, target)
      return place.stats.isDirectory()
        ? describeFolder(place, target, url, maxArchiveEntries)
        : describeArchive(place, target, settings)
    },
    list: async page => listing.list(page),
  }
}

function checkRoot(url: string): void {
  const invalid = (problem: string) => fail('CONFIG_INVALID', { setting: '--store', problem: `${url} ${problem}` })
  try {
    if (!statSync(url).isDirectory()) throw invalid('is not a folder. Name one that holds artifacts.')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw invalid('does not exist. Name a folder that holds artifacts.')
    throw code === 'CONFIG_INVALID' ? error : invalid(`cannot be read: ${describeError(error)}.`)
  }
}

/** @throws HostError TARGET_INVALID, STORE_DENIED, STORE_UNAVAILABLE (`isReplaced` where it went after it was found) */
export function describeFolder({ path, root }: Place, target: string, store: string, maxEntries: number): FoundTarget {
  try {
    const names = readNames(path, maxEntries)
    const problem = `is a folder that holds more than ${maxEntries} files and folders (--max-archive-entries)`
    if (!names) throw fail('TARGET_INVALID', { target: cut(target, 200), problem })
    const { version, fileBytes } = lookAtFiles(path, names)
    return { target, kind: 'folder', version, fileBytes, folder: path, root }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw replaced(store, target)
    throw storeError(error, store)
  }
}

function describeArchive(place: Place, target: string, settings: FolderSettings): FoundTarget {
  const { store, maxArchiveBytes, maxArchiveEntries, maxArchiveRatio } = settings
  const limits = { maxBytes: maxArchiveBytes, maxEntries: maxArchiveEntries, maxRatio: maxArchiveRatio }
  return {
    target,
    kind: 'archive',
    version: versionOf(place.stats),
    fileBytes: Number(place.stats.size),
    fetch: (folder, signal) => unpackArchive({ ...place, store, target }, folder, limits, signal),
  }
}
