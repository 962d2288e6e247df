/** Finds what an artifact folder holds: its params file and the files that a plugin needs. */
import type { Dirent } from 'node:fs'
import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError, type ErrorCode, type ErrorDetails, fail, type HostError } from './errors.js'
import type { AnyPlugin } from './plugin.js'
import { firstFew } from './words.js'

export interface ArtifactFileInfo {
  readonly name: string
  readonly path: string
  readonly bytes: number
}

const suffix = '-params.json'
const maxParamsBytes = 1 << 20

/** Where a params file lies. */
export interface FoundParams {
  readonly folder: string
  /** All names in the folder. */
  readonly names: readonly string[]
  readonly prefix: string
  readonly paramsFile: string
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
  const found = entries.filter(isParams).map(({ name }) => name)
  if (found.length > 1) throw fail('PARAMS_AMBIGUOUS', { path: folder, found: firstFew(found.sort()) })
  const [name] = found
  if (!name) return undefined
  const names = entries.map(entry => entry.name)
  return { folder, names, prefix: name.slice(0, -suffix.length), paramsFile: join(folder, name) }
}

/** @throws HostError PARAMS_INVALID where it is no regular file, too large, or cannot be read */
export async function readParamsFile(file: string): Promise<Uint8Array> {
  const invalid = (problem: string) => fail('PARAMS_INVALID', { file, problem })
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw unlessShort(error, 'PARAMS_INVALID', { file, problem: `it cannot be read (${error.code}).` })
  }
  // Without O_NONBLOCK, opening a fifo waits for its writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(unreadable)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw invalid('it is not a regular file.')
    if (stats.size > maxParamsBytes) throw invalid(`it has ${stats.size} bytes, more than ${maxParamsBytes}.`)
    const bytes = Buffer.allocUnsafe(stats.size)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length).catch(unreadable)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await handle.close()
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
