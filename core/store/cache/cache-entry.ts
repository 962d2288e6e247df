/** An artifact in the cache: its files, and a manifest that is written last and says what must be there. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unlessAbsent } from '../disk-errors.js'
import type { FoundTarget } from '../store.js'

interface Manifest {
  /** For people. */
  readonly store: string
  readonly target: string
  readonly version: string
  /** Path below `files`, and bytes. */
  readonly files: readonly (readonly [string, number])[]
  /** What the entry takes on disk, about. */
  readonly bytes: number
}

/** What a file system gives at a time, mostly. */
const blockBytes = 4096
const onDisk = (bytes: number) => Math.ceil(bytes / blockBytes) * blockBytes

export const filesOf = (entry: string): string => join(entry, 'files')
const manifestOf = (entry: string) => join(entry, 'manifest.json')

/** The name of the entry of one version of a target. */
export function keyOf(store: string, { target, version }: FoundTarget): string {
  return createHash('sha256')
    .update(JSON.stringify([store, target, version]))
    .digest('hex')
    .slice(0, 40)
}

/**
 * Says what must be in an entry, from what is in it now.
 *
 * The files are not forced to the disk, that would cost more than most fetches: after a loss of power some may be too
 * short, which the manifest tells.
 *
 * @returns what it takes on disk, about
 * @throws errors of the disk as Node has them
 */
export function writeManifest(entry: string, store: string, { target, version }: FoundTarget): number {
  const files = listFiles(filesOf(entry))
  const bytes = files.reduce((sum, [, size]) => sum + onDisk(size), blockBytes)
  const manifest: Manifest = { store, target, version, files, bytes }
  writeFileSync(manifestOf(entry), JSON.stringify(manifest), { mode: 0o600 })
  return bytes
}

/** @returns what the files in a folder take on disk, about */
export function measure(folder: string): number {
  return listFiles(folder).reduce((sum, [, size]) => sum + onDisk(size), 0)
}

/** @returns what an entry takes on disk, about; undefined where it is broken */
export function readBytes(entry: string): number | undefined {
  return readManifest(entry)?.bytes
}

export interface WholeEntry {
  /** What it takes on disk, about. */
  readonly bytes: number
  /** Another one where it was removed, and brought again. */
  readonly copy: string
}

/** @returns undefined where there is no entry, or not a whole one */
export function checkEntry(entry: string): WholeEntry | undefined {
  const manifest = readManifest(entry)
  const isWhole = manifest?.files.every(([name, bytes]) => {
    const stats = unlessAbsent(() => statSync(join(filesOf(entry), name)))
    return stats?.isFile() && stats.size === bytes
  })
  const stats = isWhole ? unlessAbsent(() => statSync(manifestOf(entry), { bigint: true })) : undefined
  return stats && { bytes: manifest!.bytes, copy: `${stats.ino}-${stats.mtimeNs}` }
}

function readManifest(entry: string): Manifest | undefined {
  const text = unlessAbsent(() => readFileSync(manifestOf(entry), 'utf8'))
  try {
    const { files, bytes } = JSON.parse(text ?? '')
    const isFile = (file: unknown) =>
      Array.isArray(file) && typeof file[0] === 'string' && Number.isSafeInteger(file[1])
    return Array.isArray(files) && files.every(isFile) && Number.isSafeInteger(bytes) ? JSON.parse(text!) : undefined
  } catch {
    return undefined
  }
}

/** Nothing but files and folders is ever unpacked. */
function listFiles(folder: string, prefix = ''): [string, number][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path, `${prefix}${entry.name}/`)
    return [[prefix + entry.name, statSync(path).size] as [string, number]]
  })
}
