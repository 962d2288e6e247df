/** Finds what an artifact folder holds: its params file and the files that a plugin needs. */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, type ErrorCode, type ErrorDetails, fail, type HostError } from './errors.js'
import { closeLater, openToRead, readAt } from './file-io.js'
import type { AnyPlugin } from './plugin.js'
import { firstFew } from './words.js'

export interface ArtifactFileInfo {
  readonly name: string
  readonly path: string
  readonly bytes: number
}

const suffix = '-params.json'
const maxParamsBytes = 1 << 20
const usualParamsBytes = 16_384

/** Where a params file lies. */
export interface FoundParams {
  readonly folder: string
  /** All names in the folder. */
  readonly names: readonly string[]
  readonly prefix: string
  readonly paramsFile: string
  /** Does the folder itself say that it is a regular file? A link is looked at when it is opened. */
  readonly isRegular: boolean
}

/**
 * Finds the one params file at the top of a folder, or of the one folder that an archive had around everything.
 *
 * @throws HostError ARTIFACT_NOT_FOUND, PARAMS_NOT_FOUND, PARAMS_AMBIGUOUS
 */
export async function findParamsFile(path: string): Promise<FoundParams> {
  const top = await readFolder(path)
  const atTop = pickParamsFile(path, top)
  if (atTop) return atTop
  const inner = top.filter(entry => entry.isDirectory() && entry.name !== '__MACOSX')
  if (inner.length === 1) {
    const folder = join(path, inner[0]!.name)
    const inside = pickParamsFile(folder, await readFolder(folder))
    if (inside) return inside
  }
  throw fail('PARAMS_NOT_FOUND', { path, found: firstFew(top.map(({ name }) => name)) })
}

/** Names that begin with a dot are editors' and archivers' (macOS writes `._DocSim-params.json`). */
async function readFolder(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter(({ name }) => !name.startsWith('.'))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    const reasons: Record<string, string> = { ENOENT: 'does not exist', ENOTDIR: 'is not a folder' }
    throw unlessShort(error, 'ARTIFACT_NOT_FOUND', { path, problem: reasons[code] ?? `cannot be read (${code})` })
  }
}

function pickParamsFile(folder: string, entries: readonly Dirent[]): FoundParams | undefined {
  const isParams = (entry: Dirent) =>
    entry.name.endsWith(suffix) && entry.name.length > suffix.length && !entry.isDirectory()
  const found = entries.filter(isParams)
  if (found.length > 1) {
    throw fail('PARAMS_AMBIGUOUS', { path: folder, found: firstFew(found.map(({ name }) => name).sort()) })
  }
  const [entry] = found
  if (!entry) return undefined
  const { name } = entry
  const names = entries.map(each => each.name)
  const prefix = name.slice(0, -suffix.length)
  return { folder, names, prefix, paramsFile: join(folder, name), isRegular: entry.isFile() }
}

/** @throws HostError PARAMS_INVALID where it is no regular file, too large, or cannot be read */
export async function readParamsFile({ paramsFile: file, isRegular }: FoundParams): Promise<Uint8Array> {
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw unlessShort(error, 'PARAMS_INVALID', { file, problem: `it cannot be read (${error.code}).` })
  }
  if (!isRegular) {
    const stats = await stat(file).catch(unreadable)
    if (!stats.isFile()) throw invalid('it is not a regular file.')
    // What the system makes up as it is read, such as an environment, has no size, and no business in a message.
    if (stats.size === 0) return new Uint8Array(0)
  }
  const descriptor = await openToRead(file).catch(unreadable)
  try {
    let bytes = Buffer.allocUnsafe(usualParamsBytes)
    let length = 0
    for (;;) {
      const bytesRead = await readAt(descriptor, bytes.subarray(length), length).catch(unreadable)
      length += bytesRead
      if (length > maxParamsBytes) throw invalid(`it has more than ${maxParamsBytes} bytes.`)
      // A regular file gives all that it has.
      if (length < bytes.length) return bytes.subarray(0, length)
      bytes = Buffer.concat([bytes], length * 4)
    }
  } finally {
    closeLater(descriptor)
  }
}

/** Says what is wrong with a file, but for a want of descriptors or memory: that is not the artifact's fault. */
function unlessShort<C extends ErrorCode>(error: unknown, code: C, details: ErrorDetails<C>): HostError {
  const isShort = ['EMFILE', 'ENFILE', 'ENOMEM'].includes((error as NodeJS.ErrnoException).code ?? '')
  if (isShort) return fail('RESOURCES_SHORT', { problem: describeError(error) }, error)
  return fail(code, details, error)
}

/**
 * Lists what a plugin loads from: `<prefix>-model` and what else it names, each a regular file or a link to one.
 *
 * @throws HostError ARTIFACT_FILE_MISSING, ARTIFACT_FILE_UNREADABLE
 */
export async function findFiles(
  plugin: AnyPlugin,
  { folder, prefix, names }: FoundParams,
): Promise<ArtifactFileInfo[]> {
  const wanted = [...(plugin.hasModelFile === false ? [] : [{ name: 'model' }]), ...(plugin.files ?? [])]
  const found = await Promise.all(
    wanted.map(async ({ name, optional = false }) => {
      const file = `${prefix}-${name}`
      if (names.includes(file)) return { name, ...(await statFile(join(folder, file))) }
      if (optional) return undefined
      throw fail('ARTIFACT_FILE_MISSING', { path: folder, file, found: firstFew(names) })
    }),
  )
  return found.filter(file => file !== undefined)
}

async function statFile(path: string): Promise<{ path: string; bytes: number }> {
  const unreadable = (problem: string) => ({ file: path, problem })
  const stats = await stat(path).catch(error => {
    const problem = error.code === 'ENOENT' ? 'it is a link to nothing' : describeError(error)
    throw unlessShort(error, 'ARTIFACT_FILE_UNREADABLE', unreadable(problem))
  })
  if (stats.isDirectory()) throw fail('ARTIFACT_FILE_UNREADABLE', unreadable('it is a directory'))
  if (!stats.isFile()) throw fail('ARTIFACT_FILE_UNREADABLE', unreadable('it is not a regular file'))
  return { path, bytes: stats.size }
}
