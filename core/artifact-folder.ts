/**
 * Finds what an artifact folder holds: its params file and the files that a plugin needs. Synchronous: it runs in the
 * loader's thread, or in a command of its own.
 */
import { closeSync, type Dirent, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describeError, type ErrorCode, type ErrorDetails, fail, type HostError, isHostError } from './errors.js'
import { openToRead, readFully, realPathInside } from './file-io.js'
import type { FileLook } from './image.js'
import type { AnyPlugin, PluginFile } from './plugin.js'
import { firstFew } from './words.js'

export interface ArtifactFileInfo {
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** No link may lead out of this folder. */
  readonly root?: string
  /** What its first bytes say, where somebody has looked already. */
  readonly look?: FileLook
}

/** A file that a plugin needs, not looked for yet. */
export interface WantedFile {
  readonly name: string
  readonly path: string
  readonly root?: string
}

const suffix = '-params.json'
/** A params file is no larger. */
export const maxParamsBytes = 1 << 20
const usualParamsBytes = 16_384

/** Is this the name of a params file? */
export const isParamsFile = (name: string): boolean => name.endsWith(suffix) && name.length > suffix.length

/** How far the search for an artifact's files may go; without it, wherever the disk leads. */
export interface SearchBounds {
  /** No link may lead out of this folder; without links itself. */
  readonly root?: string
  /** May there be one folder around everything, as in many archives? By default yes. */
  readonly isOneFolderDeeperAllowed?: boolean
}

/** Where a params file lies. */
export interface FoundParams {
  readonly folder: string
  /** All names in the folder. */
  readonly names: readonly string[]
  readonly prefix: string
  readonly paramsFile: string
  /** Does the folder itself say that it is a regular file? A link is looked at when it is opened. */
  readonly isRegular: boolean
  /** No link in the folder may lead out of this one. */
  readonly root?: string
}

/**
 * Finds the one params file at the top of a folder, or of the one folder that an archive had around everything.
 *
 * @throws HostError ARTIFACT_NOT_FOUND, PARAMS_NOT_FOUND, PARAMS_AMBIGUOUS
 */
export function findParamsFile(
  path: string,
  { root, isOneFolderDeeperAllowed = true }: SearchBounds = {},
): FoundParams {
  const top = readFolder(path, root)
  const atTop = pickParamsFile(path, top, root)
  if (atTop) return atTop
  const inner = top.filter(entry => isOneFolderDeeperAllowed && entry.isDirectory() && entry.name !== '__MACOSX')
  if (inner.length === 1) {
    const folder = join(path, inner[0]!.name)
    const inside = pickParamsFile(folder, readFolder(folder, root), root)
    if (inside) return inside
  }
  throw fail('PARAMS_NOT_FOUND', { path, found: firstFew(top.map(({ name }) => name)) })
}

/** Names that begin with a dot are editors' and archivers' (macOS writes `._DocSim-params.json`). */
function readFolder(path: string, root: string | undefined): Dirent[] {
  try {
    if (root !== undefined) realPathInside(path, root)
    return readdirSync(path, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
  } catch (error) {
    if (isHostError(error)) throw error
    const { code = '' } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder' }
    throw unlessShort(error, 'ARTIFACT_NOT_FOUND', { path, problem: reasons[code] ?? `cannot be read (${code})` })
  }
}

function pickParamsFile(folder: string, entries: readonly Dirent[], root: string | undefined): FoundParams | undefined {
  const found = entries.filter(entry => isParamsFile(entry.name) && !entry.isDirectory())
  if (found.length > 1) {
    throw fail('PARAMS_AMBIGUOUS', { path: folder, found: firstFew(found.map(({ name }) => name).sort()) })
  }
  const [entry] = found
  if (!entry) return undefined
  const { name } = entry
  const names = entries.map(each => each.name)
  const prefix = name.slice(0, -suffix.length)
  return { folder, names, prefix, paramsFile: join(folder, name), isRegular: entry.isFile(), ...within(root) }
}

const within = (root: string | undefined) => (root === undefined ? {} : { root })

/** @throws HostError PARAMS_INVALID where it is no regular file, too large, or cannot be read */
export function readParamsFile({ paramsFile: file, isRegular, root }: FoundParams): Uint8Array {
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  try {
    if (!isRegular) {
      if (root !== undefined) realPathInside(file, root)
      const stats = statSync(file)
      if (!stats.isFile()) throw invalid('it is not a regular file.')
      // What the system makes up as it is read, such as an environment, has no size, and no business in a message.
      if (stats.size === 0) return new Uint8Array(0)
    }
    const descriptor = openToRead(file, root)
    try {
      for (let bytes = new Uint8Array(usualParamsBytes); ; bytes = new Uint8Array(bytes.length * 4)) {
        const length = readFully(descriptor, bytes, 0)
        if (length > maxParamsBytes) throw invalid(`it has more than ${maxParamsBytes} bytes.`)
        if (length < bytes.length) return bytes.subarray(0, length)
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (isHostError(error)) throw error
    const problem = `it cannot be read (${(error as NodeJS.ErrnoException).code}).`
    throw unlessShort(error, 'PARAMS_INVALID', { file, problem })
  }
}

/** Says what is wrong with a file, but for a want of descriptors or memory: that is not the artifact's fault. */
export function unlessShort<C extends ErrorCode>(error: unknown, code: C, details: ErrorDetails<C>): HostError {
  const isShort = ['EMFILE', 'ENFILE', 'ENOMEM'].includes((error as NodeJS.ErrnoException).code ?? '')
  if (isShort) return fail('RESOURCES_SHORT', { problem: describeError(error) }, error)
  return fail(code, details, error)
}

/**
 * What a plugin loads from: `<prefix>-model` and what else it names.
 *
 * @throws HostError ARTIFACT_FILE_MISSING
 */
export function wantedFiles(plugin: AnyPlugin, { folder, prefix, names, root }: FoundParams): WantedFile[] {
  const declared = [...(plugin.hasModelFile === false ? [] : [{ name: 'model' }]), ...(plugin.files ?? [])]
  return declared.flatMap(({ name, optional = false }: PluginFile) => {
    const file = `${prefix}-${name}`
    if (names.includes(file)) return [{ name, path: join(folder, file), ...within(root) }]
    if (optional) return []
    throw fail('ARTIFACT_FILE_MISSING', { path: folder, file, found: firstFew(names) })
  })
}

/**
 * Each a regular file or a link to one.
 *
 * @throws HostError ARTIFACT_FILE_UNREADABLE
 */
export function measureFiles(wanted: readonly WantedFile[]): ArtifactFileInfo[] {
  return wanted.map(file => ({ ...file, bytes: measureFile(file) }))
}

function measureFile({ path, root }: WantedFile): number {
  const unreadable = (problem: string) => ({ file: path, problem })
  try {
    if (root !== undefined) realPathInside(path, root)
    const stats = statSync(path)
    if (stats.isDirectory()) throw fail('ARTIFACT_FILE_UNREADABLE', unreadable('it is a directory'))
    if (!stats.isFile()) throw fail('ARTIFACT_FILE_UNREADABLE', unreadable('it is not a regular file'))
    return stats.size
  } catch (error) {
    if (isHostError(error)) throw error
    const isDangling = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const problem = isDangling ? 'it is a link to nothing' : describeError(error)
    throw unlessShort(error, 'ARTIFACT_FILE_UNREADABLE', unreadable(problem))
  }
}
