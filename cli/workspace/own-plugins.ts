import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The plugins in the folder `plugins/` of a workspace: folders with a package.json, and .js or .mjs files.
 *
 * @returns their paths, in order; none where there is no such folder
 */
export async function findOwnPlugins(folder: string): Promise<string[]> {
  const root = join(folder, 'plugins')
  const names = (await readdir(root).catch(() => [])).filter(name => !/^[._]/.test(name)).sort()
  const found = await Promise.all(
    names.map(async name => ((await isPlugin(join(root, name))) ? [join(root, name)] : [])),
  )
  return found.flat()
}

async function isPlugin(path: string): Promise<boolean> {
  if (/\.m?js$/.test(path)) return true
  const manifest = await stat(join(path, 'package.json')).catch(() => undefined)
  return manifest?.isFile() ?? false
}
