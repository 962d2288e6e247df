/** pluginName -> plugin: the built-in ones and those of `--plugin`, imported and checked when the host starts. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describeError, fail, isHostError } from './errors.js'
import type { AnyPlugin } from './plugin.js'
import { checkPlugin } from './plugin-check.js'

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

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ?? false
}

/** The module of a `--plugin` path. */
async function findEntry(path: string): Promise<string> {
  const invalid = (problem: string) => fail('PLUGIN_INVALID', { path, problem })
  const stats = await stat(path).catch(() => undefined)
  if (!stats) throw invalid('it does not exist. Name a folder with a package.json, or a .js file.')
  const entry = stats.isDirectory() ? resolve(path, await readEntryName(path)) : resolve(path)
  const kind = extname(entry)
  if (['.ts', '.mts', '.cts', '.tsx'].includes(kind)) {
    throw invalid(`${entry} is TypeScript. Plugins are JavaScript: build it first and name the .js file.`)
  }
  if (kind !== '.js' && kind !== '.mjs') throw invalid(`its entry ${entry} is not a .js or .mjs file.`)
  if (!(await isFile(entry))) throw invalid(`its entry ${entry} does not exist. Build the plugin first.`)
  return entry
}

async function readEntryName(folder: string): Promise<string> {
  const file = join(folder, 'package.json')
  const invalid = (problem: string) => fail('PLUGIN_INVALID', { path: folder, problem })
  const text = await readFile(file, 'utf8').catch(error => {
    throw invalid(`${file} cannot be read (${error.code}). A plugin folder needs a package.json that names its entry.`)
  })
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (error) {
    throw invalid(`${file} is not valid JSON: ${describeError(error)}.`)
  }
  if (typeof manifest !== 'object' || manifest === null) throw invalid(`${file} does not hold an object.`)
  const { exports, main } = manifest as { exports?: unknown; main?: unknown }
  const entry = exports === undefined ? (main ?? 'index.js') : findExport(exports)
  if (typeof entry !== 'string') throw invalid(`${file} names no entry. Give it "exports": "./index.js".`)
  return entry
}

/** What `import` of the package would take: the entry `.`, by the conditions of an ES module in Node. */
function findExport(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (Array.isArray(exports)) return exports.map(findExport).find(entry => entry !== undefined)
  if (typeof exports !== 'object' || exports === null) return undefined
  if ('.' in exports) return findExport(exports['.'])
  for (const [condition, target] of Object.entries(exports)) {
    const entry = ['node', 'import', 'module-sync', 'default'].includes(condition) ? findExport(target) : undefined
    if (entry !== undefined) return entry
  }
  return undefined
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
