import { entryProblem } from './archive-problem.js'

/** As most file systems have them. */
const maxPathBytes = 1024
const maxPartBytes = 255
const maxDepth = 32

/**
 * The parts of a path in an archive: names only, none of which leads up or elsewhere on any system.
 *
 * @param path  as the archive says it; `./` and doubled slashes mean nothing
 * @returns none for the archive's own folder, `./`
 * @throws ArchiveProblem
 */
export function splitEntryPath(path: string): string[] {
  const problem = findPathProblem(path)
  if (problem) throw entryProblem(path, problem)
  return partsOf(path)
}

const partsOf = (path: string) => path.split('/').filter(part => part !== '' && part !== '.')

/** @returns what continues the sentence: `has ".." in its path` */
export function findPathProblem(path: string): string | undefined {
  if (path === '') return 'has no name'
  if (Buffer.byteLength(path) > maxPathBytes) return `has a path of more than ${maxPathBytes} bytes`
  if (/\p{Cc}/u.test(path)) return 'has a control character in its path'
  // What was no UTF-8 before it was read.
  if (path.includes('\ufffd')) return 'has a name that is not UTF-8'
  if (path.startsWith('/')) return 'has an absolute path'
  if (/^[a-z]:/i.test(path)) return 'has a drive in its path'
  if (path.includes('\\')) return 'has a backslash in its path'
  const parts = partsOf(path)
  if (parts.includes('..')) return 'has ".." in its path'
  if (parts.length > maxDepth) return `lies more than ${maxDepth} folders deep`
  if (parts.some(part => Buffer.byteLength(part) > maxPartBytes)) return `has a name of more than ${maxPartBytes} bytes`
  return undefined
}

/** What editors and archivers leave behind (macOS writes `._DocSim-params.json`): no part of an artifact. */
export function isLitter(parts: readonly string[]): boolean {
  return parts[0] === '__MACOSX' || parts.some(part => part.startsWith('.'))
}

/** The same for two paths that some file system takes for one. */
export const pathKey = (parts: readonly string[]) => parts.join('/').normalize('NFC').toLowerCase()
