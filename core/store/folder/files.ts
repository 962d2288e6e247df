/** The files of a plain artifact folder in a store. */
import { createHash } from 'node:crypto'
import { type BigIntStats, opendirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isParamsFile } from '../../artifact-folder.js'
import { unlessAbsent } from '../disk-errors.js'

export interface FolderFiles {
  /** Another one where a file is another. */
  readonly version: string
  readonly fileBytes: number
  /** Of the youngest file. */
  readonly modifiedAt: Date
  readonly hasParams: boolean
}

/** Of a file: another one where it was written anew. The same on each host that mounts it. */
export const versionOf = ({ size, mtimeNs, ino }: BigIntStats): string => `${size}-${mtimeNs}-${ino}`

/**
 * Looks at the files that lie directly in a folder, through links.
 *
 * @param names  as `readNames` has them
 */
export function lookAtFiles(path: string, names: readonly string[]): FolderFiles {
  const hash = createHash('sha256')
  let bytes = 0n
  let youngest = 0n
  let hasParams = false
  for (const name of names.toSorted()) {
    const stats = unlessAbsent(() => statSync(join(path, name), { bigint: true }))
    if (!stats?.isFile()) continue
    hash.update(`${name}/${versionOf(stats)}\n`)
    bytes += stats.size
    if (stats.mtimeMs > youngest) youngest = stats.mtimeMs
    hasParams ||= isParamsFile(name)
  }
  const version = hash.digest('base64url')
  return { version, fileBytes: Number(bytes), modifiedAt: new Date(Number(youngest)), hasParams }
}

/**
 * The names in a folder, read piece by piece: one that is no artifact may be huge. Names that begin with a dot are no
 * part of an artifact.
 *
 * @returns undefined where there are more than `max`
 * @throws errors of the disk as Node has them
 */
export function readNames(path: string, max: number): string[] | undefined {
  const folder = opendirSync(path)
  try {
    const names: string[] = []
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
      if (entry.name.startsWith('.')) continue
      if (names.length === max) return undefined
      names.push(entry.name)
    }
    return names
  } finally {
    folder.closeSync()
  }
}
