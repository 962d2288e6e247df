/** Where the module of a plugin object is, so that lanes can import it too. */

import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { readCatalog } from '../catalog.js'
import type { AnyPlugin } from '../plugin.js'
import { findEntry } from '../plugin-entry.js'
import { Finding } from './checks.js'
import { nearestPlugin } from './nearest-plugin.js'

/**
 * @param given  a path or URL of a module, or of a folder with a package.json; without it, the package of the working folder and
 *   the built-in plugins are looked at
 * @returns paths for a host's `plugins`; none where the plugin comes with the host
 * @throws Finding where there is no such module, or it has another plugin
 */
export async function findModule(plugin: AnyPlugin, given: string | URL | undefined): Promise<readonly string[]> {
  if (given !== undefined) {
    const path = await findEntry(toPath(given))
    const other = await defaultOf(path)
    const problem = differs(other, plugin)
    if (problem !== undefined) throw new Finding(`${path}: ${problem}`)
    return [path]
  }
  const folder = await nearestPlugin()
  const entry = folder === undefined ? undefined : await findEntry(folder)
  if (entry !== undefined && (await defaultOf(entry)) === plugin) return [entry]
  const catalog = await readCatalog([])
  if (catalog.get(plugin.name)?.plugin === plugin) return []
  const here =
    entry === undefined
      ? `no package.json with the keyword "modelhost-plugin" at or above ${process.cwd()}`
      : `another object than this plugin from ${entry}, the entry of the package in ${folder}`
  throw new Finding(`${here}; and it is none of the plugins that come with modelhost`)
}

const toPath = (given: string | URL) =>
  given instanceof URL || given.startsWith('file:') ? fileURLToPath(given) : resolve(given)

const defaultOf = async (path: string): Promise<unknown> =>
  ((await import(pathToFileURL(path).href)) as { default?: unknown }).default

/** The object itself may be another: a test runner that compiles TypeScript has its own. */
function differs(other: unknown, plugin: AnyPlugin): string | undefined {
  if (other === plugin) return undefined
  if (typeof other !== 'object' || other === null) return 'it has no plugin as its default export'
  const { name, version, params, request, response } = other as AnyPlugin
  if (name !== plugin.name) return `its plugin is named "${name}"`
  const isSame = isDeepStrictEqual(
    [version, JSON.stringify([params, request, response])],
    [plugin.version, JSON.stringify([plugin.params, plugin.request, plugin.response])],
  )
  return isSame ? undefined : 'its plugin has another version or other schemas; build it first'
}
