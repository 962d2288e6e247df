/** A folder of plugins, such as that of the image: what lies in it, and what npm installed there. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { describeError, fail } from './errors.js'

/**
 * The plugins of a folder: each folder in it, each .js and .mjs file, and each package that its package.json names under
 * `dependencies`. Names that begin with `.` or `_` are none. A folder that does not exist has none.
 *
 * @returns paths as `--plugin` takes them, in the order of their names
 * @throws HostError PLUGIN_INVALID where the folder or its package.json cannot be read
 */
export async function findPlugins(folder: string | undefined): Promise<string[]> {
  if (folder === undefined) return []
  const names = await readdir(folder).catch((error): string[] => {
    if (error.code === 'ENOENT') return []
    throw fail('PLUGIN_INVALID', { path: folder, problem: `it cannot be read as a folder of plugins (${error.code}).` })
  })
  const candidates = names.filter(name => !/^[._]/.test(name) && name !== 'node_modules').sort()
  const isPlugin = await Promise.all(candidates.map(name => isFolderOrModule(join(folder, name))))
  const packages = names.includes('package.json') ? await readDependencies(folder) : []
  return [
    ...candidates.filter((_, i) => isPlugin[i]).map(name => join(folder, name)),
    ...packages.map(name => join(folder, 'node_modules', name)),
  ]
}

async function isFolderOrModule(path: string): Promise<boolean> {
  // Of a link that leads nowhere, too: the catalog says what is wrong with it.
  const isFolder = await stat(path).then(
    stats => stats.isDirectory(),
    () => true,
  )
  return isFolder || ['.js', '.mjs'].includes(extname(path))
}

/** Names of packages; the host itself, which a plugin may ask for, is none. */
async function readDependencies(folder: string): Promise<string[]> {
  const file = join(folder, 'package.json')
  let manifest: { dependencies?: unknown } | null
  try {
    manifest = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw fail('PLUGIN_INVALID', { path: folder, problem: `${file} cannot be read (${describeError(error)}).` }, error)
  }
  const names = Object.keys(manifest?.dependencies ?? {})
  return names.filter(name => name !== 'modelhost').sort()
}
