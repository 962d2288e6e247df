/** Which modelhost a new package is developed with: the one that is used around it. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describeError } from '../../core/errors.js'
import { CommandError, UsageError } from '../command.js'
import { ownVersion } from './own-version.js'

interface Manifest {
  readonly name?: unknown
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
}

/**
 * The version to write into `devDependencies`.
 *
 * @param folder  of the new package, absolute
 * @param given   a version, a `file:` spec or a path, both from the working folder
 * @returns given, or what the nearest package.json above has, else `^` and this version; `file:` from the new folder
 * @throws UsageError where what is given is a path to nothing; CommandError where that package.json cannot be read
 */
export async function modelhostSpec(folder: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return movedSpec(givenSpec(given), process.cwd(), folder)
  const file = nearestManifest(dirname(folder))
  const { name, dependencies, devDependencies } = file === undefined ? {} : await readManifest(file)
  // In a clone of this package.
  if (file !== undefined && name === 'modelhost') return fileSpec(folder, dirname(file))
  const found = dependencies?.['modelhost'] ?? devDependencies?.['modelhost']
  if (file === undefined || typeof found !== 'string') return `^${ownVersion}`
  return movedSpec(found, dirname(file), folder)
}

function givenSpec(given: string): string {
  if (given === '')
    throw new UsageError('--modelhost is empty. Give a version, such as ^0.1.0, or the path of a tarball.')
  const path = given.replace(/^file:/, '')
  if (existsSync(path)) return `file:${path}`
  const isPath = path !== given || /^\.{0,2}\/|\.tgz$/.test(given)
  if (isPath && !/^[a-z+]+:\/\//.test(given))
    throw new UsageError(`--modelhost is "${given}", and there is nothing at this path.`)
  return given
}

/** A path in a spec, as it is from another folder; what is no path stays. */
function movedSpec(spec: string, from: string, to: string): string {
  return spec.startsWith('file:') ? fileSpec(to, resolve(from, spec.slice('file:'.length))) : spec
}

const fileSpec = (from: string, path: string) => `file:${relative(from, path).replaceAll(sep, '/')}`

function nearestManifest(folder: string): string | undefined {
  const file = join(folder, 'package.json')
  if (existsSync(file)) return file
  return dirname(folder) === folder ? undefined : nearestManifest(dirname(folder))
}

async function readManifest(file: string): Promise<Manifest> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as Manifest | null) ?? {}
  } catch (error) {
    const cure = 'Mend it, or say with --modelhost which one to take.'
    throw new CommandError(`${file}, which may name modelhost, cannot be read (${describeError(error)}). ${cure}`, {
      cause: error,
    })
  }
}
