/** pluginName -> plugin: the built-in ones and those of `--plugin`, imported and checked when the host starts. */
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describeError, fail, isHostError } from './errors.js'
import type { AnyPlugin } from './plugin.js'
import { checkPlugin } from './plugin-check.js'
import { findEntry, isFile } from './plugin-entry.js'

export interface CatalogEntry {
  readonly plugin: AnyPlugin
  /** Where it comes from, for people: `built in`, or the path given. */
  readonly source: string
  /** The file URL that a lane imports. */
  readonly module: string
}

export type Catalog = ReadonlyMap<string, CatalogEntry>

/**
 * Imports and checks all plugins.
 *
 * @param pluginPaths  folders with a package.json, or .js and .mjs files
 * @param builtIn      entry modules of the plugins that come with the host
 * @throws HostError PLUGIN_INVALID
 */
export async function readCatalog(pluginPaths: readonly string[], builtIn?: readonly URL[]): Promise<Catalog> {
  const candidates = (builtIn ?? (await findBuiltIn())).map(url => ({ url, source: 'built in' }))
  for (const path of pluginPaths) candidates.push({ url: pathToFileURL(await findEntry(path)), source: path })
  const plugins = await Promise.all(candidates.map(({ url }) => importPlugin(url)))
  const catalog = new Map<string, CatalogEntry>()
  for (const [i, plugin] of plugins.entries()) {
    const { url, source } = candidates[i]!
    const other = catalog.get(plugin.name)
    if (other) {
      const problem = `it is named "${plugin.name}" as is the plugin ${describeEntry(other)}. Rename one of them.`
      throw fail('PLUGIN_INVALID', { path: describePath(url), problem })
    }
    catalog.set(plugin.name, { plugin, source, module: url.href })
  }
  return catalog
}

const describeEntry = ({ source, module }: CatalogEntry) =>
  source === 'built in' ? 'that comes with the host' : `of ${describePath(new URL(module))}`

/** The path as a person at this folder would write it. */
function describePath(url: URL): string {
  const path = fileURLToPath(url)
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere
}

/** The folders beside `core/` that hold a plugin; `_` before a name means that it holds none. */
async function findBuiltIn(): Promise<URL[]> {
  const root = fileURLToPath(new URL('../plugins/', import.meta.url))
  const names = (await readdir(root).catch(() => [])).filter(name => !name.startsWith('_')).sort()
  const entries = names.map(name => join(root, name, 'index.js'))
  const isThere = await Promise.all(entries.map(isFile))
  return entries.filter((_, i) => isThere[i]).map(entry => pathToFileURL(entry))
}

async function importPlugin(url: URL): Promise<AnyPlugin> {
  const path = describePath(url)
  try {
    const { default: plugin } = (await import(url.href)) as { default?: unknown }
    return checkPlugin(plugin, path)
  } catch (error) {
    if (isHostError(error) && error.code === 'PLUGIN_INVALID') throw error
    throw fail('PLUGIN_INVALID', { path, problem: `its module cannot be imported (${describeError(error)}).` }, error)
  }
}
