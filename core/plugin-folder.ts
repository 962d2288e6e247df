/** A folder of plugins, such as that of the image: what lies in it, and what npm installed there. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, parse } from 'node:path'
import { describeError, fail } from './errors.js'
import { parseJson } from './package-json.js'

/**
 * The plugins of a folder: each folder in it, each module, and each package that its package.json names under
 * `dependencies`. Names that begin with `.` or `_` are none.
 *
 * @param mayLack  a folder that does not exist has none, and is no error
 * @returns paths as `--plugin` takes them, in the order of their names
 * @throws HostError PLUGIN_INVALID where the folder or its package.json cannot be read
 */
export async function findPlugins(folder: string | undefined, { mayLack = false } = {}): Promise<string[]> {
  if (folder === undefined) return []
  const names = await readdir(folder).catch((error): string[] => {
    if (error.code === 'ENOENT' && mayLack) return []
    throw fail('PLUGIN_INVALID', { path: folder, problem: describeFolderError(error) })
  })
  const candidates = names.filter(name => !/^[._]/.test(name) && name !== 'node_modules').sort()
  const isPlugin = await Promise.all(candidates.map(name => isFolderOrModule(join(folder, name), names)))
  const packages = names.includes('package.json') ? await readDependencies(folder) : []
  return [
    ...candidates.filter((_, i) => isPlugin[i]).map(name => join(folder, name)),
    ...packages.map(name => join(folder, 'node_modules', name)),
  ]
}

const describeFolderError = ({ code }: { code: string }) =>
  code === 'ENOENT'
    ? 'it does not exist. Name a folder of plugins.'
    : `it cannot be read as a folder of plugins (${code}).`

async function isFolderOrModule(path: string, names: readonly string[]): Promise<boolean> {
  // Of a link that leads nowhere, too: the catalog says what is wrong with it.
  const isFolder = await stat(path).then(
    stats => stats.isDirectory(),
    () => true,
  )
  return isFolder || isModule(basename(path), names)
}

/** Modules that no host can run are among them, so that the catalog says so; sources beside what was made of them are not. */
function isModule(name: string, names: readonly string[]): boolean {
  const { name: stem, ext } = parse(name)
  if (['.js', '.mjs', '.cjs'].includes(ext)) return true
  const isSource = ['.ts', '.mts', '.cts'].includes(ext) && !stem.endsWith('.d')
  return isSource && !names.includes(`${stem}${ext.replace('t', 'j')}`)
}

/** Names of packages; the host itself, which a plugin may ask for, is none. */
async function readDependencies(folder: string): Promise<string[]> {
  const file = join(folder, 'package.json')
  let manifest: { dependencies?: unknown } | null
  try {
    manifest = parseJson(await readFile(file, 'utf8')) as typeof manifest
  } catch (error) {
    throw fail('PLUGIN_INVALID', { path: folder, problem: `${file} cannot be read (${describeError(error)}).` }, error)
  }
  const dependencies = manifest?.dependencies ?? {}
  if (typeof dependencies !== 'object' || Array.isArray(dependencies)) {
    throw fail('PLUGIN_INVALID', { path: folder, problem: `"dependencies" in ${file} is no object of packages.` })
  }
  const names = Object.keys(dependencies)
  return names.filter(name => name !== 'modelhost').sort()
}
