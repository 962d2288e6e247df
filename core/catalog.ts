/** pluginName -> plugin: the built-in ones and those of other sources, imported and checked when the host starts. */
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { fail, type HostError, isHostError } from './errors.js'
import { readPackageJson } from './package-json.js'
import type { AnyPlugin } from './plugin.js'
import { checkPlugin } from './plugin-check.js'
import { findEntry, isFile } from './plugin-entry.js'
import { importModule } from './plugin-import.js'
import { findVersionProblem, type PluginPackage, readPluginPackage } from './plugin-package.js'
import type { PluginOrigin, PluginPlace } from './plugin-places.js'
import { describePath, twoOfOneName } from './plugin-words.js'

export interface CatalogEntry {
  readonly plugin: AnyPlugin
  /** Where it comes from, for people: `built in`, or the path given. */
  readonly source: string
  /** The file URL that a lane imports. */
  readonly module: string
  /** Who names it. */
  readonly origin?: PluginOrigin
  /** The package that its module is in. */
  readonly package?: PluginPackage | undefined
}

export type Catalog = ReadonlyMap<string, CatalogEntry>

/** A plugin that no host can take. */
export interface BrokenPlugin extends PluginPlace {
  readonly error: HostError
}

interface Reading {
  /** Entry modules of the plugins that come with the host. */
  readonly builtIn?: readonly URL[] | undefined
  /** Time for one module to be imported. Default: 30 s. */
  readonly importLimitMs?: number
}

const defaultImportLimitMs = 30_000

/**
 * Imports and checks all plugins.
 *
 * @param plugins  folders with a package.json, or .js and .mjs files; with who names them, or without
 * @param builtIn  entry modules of the plugins that come with the host
 * @throws HostError PLUGIN_INVALID, of the first that is wrong
 */
export async function readCatalog(
  plugins: readonly (string | PluginPlace)[],
  builtIn?: readonly URL[],
  reading: Reading = {},
): Promise<Catalog> {
  const { entries, broken } = await surveyPlugins(plugins, { ...reading, builtIn })
  if (broken.length > 0) throw broken[0]!.error
  return new Map(entries.map(entry => [entry.plugin.name, entry]))
}

/** All plugins that a host can take, in order, and all that it cannot: a broken one hides no other. */
export async function surveyPlugins(
  plugins: readonly (string | PluginPlace)[],
  { builtIn, importLimitMs = defaultImportLimitMs }: Reading = {},
): Promise<{ entries: readonly CatalogEntry[]; broken: readonly BrokenPlugin[] }> {
  const own = (builtIn ?? (await findBuiltIn())).map(url => ({
    path: fileURLToPath(url),
    origin: { kind: 'built in' } as const,
  }))
  const places: readonly PluginPlace[] = [...own, ...plugins.map(asPlace)]
  const host = await hostVersion()
  const found = await findModules(places)
  const read = await Promise.all(found.map(each => readEntry(each, host, importLimitMs)))
  const catalog = new Map<string, CatalogEntry>()
  const broken: BrokenPlugin[] = []
  for (const [i, outcome] of read.entries()) {
    const other = 'plugin' in outcome ? catalog.get(outcome.plugin.name) : undefined
    if (!('plugin' in outcome)) broken.push(outcome)
    else if (other) broken.push({ ...found[i]!.place, error: twoOfOneName(outcome, other) })
    else catalog.set(outcome.plugin.name, outcome)
  }
  return { entries: [...catalog.values()], broken }
}

const asPlace = (plugin: string | PluginPlace): PluginPlace => (typeof plugin === 'string' ? { path: plugin } : plugin)

/** A place and its module, as Node names it; without where there is none. */
interface FoundModule {
  readonly place: PluginPlace
  readonly file?: string
}

/** Each module once, however many name it: by a link, by its package and by its path. */
async function findModules(places: readonly PluginPlace[]): Promise<FoundModule[]> {
  const found = await Promise.all(places.map(findModule))
  const first = new Map<string, FoundModule>()
  for (const each of found) {
    const key = each.file ?? each.place.path
    if (!first.has(key)) first.set(key, each)
  }
  return [...first.values()]
}

async function findModule(place: PluginPlace): Promise<FoundModule> {
  if (place.error) return { place }
  try {
    const entry = place.origin?.kind === 'built in' ? place.path : await findEntry(place.path)
    return { place, file: await realpath(entry) }
  } catch (error) {
    return { place: { ...place, error: asInvalid(error, place.path) } }
  }
}

async function readEntry(
  { place, file }: FoundModule,
  host: string,
  limitMs: number,
): Promise<CatalogEntry | BrokenPlugin> {
  const { origin } = place
  if (file === undefined) return place as BrokenPlugin
  const path = describePath(file)
  try {
    const ownPackage = await readPluginPackage(file)
    const isBuiltIn = origin?.kind === 'built in'
    const problem = ownPackage && !isBuiltIn ? findVersionProblem(ownPackage, host) : undefined
    if (problem) throw new Error(problem)
    const plugin = checkPlugin(await importModule({ file, package: ownPackage }, limitMs), path)
    return {
      plugin,
      source: isBuiltIn ? 'built in' : place.path,
      module: pathToFileURL(file).href,
      ...(origin === undefined ? {} : { origin }),
      package: ownPackage,
    }
  } catch (error) {
    return { ...place, error: asInvalid(error, path) }
  }
}

const asInvalid = (error: unknown, path: string): HostError =>
  isHostError(error)
    ? error
    : fail('PLUGIN_INVALID', { path, problem: (error as Error).message }, (error as Error).cause)

/** The folders beside `core/` that hold a plugin; `_` before a name means that it holds none. */
async function findBuiltIn(): Promise<URL[]> {
  const root = fileURLToPath(new URL('../plugins/', import.meta.url))
  const names = (await readdir(root).catch(() => [])).filter(name => !name.startsWith('_')).sort()
  const entries = names.map(name => join(root, name, 'index.js'))
  const isThere = await Promise.all(entries.map(isFile))
  return entries.filter((_, i) => isThere[i]).map(entry => pathToFileURL(entry))
}

/** Of this package. */
async function hostVersion(): Promise<string> {
  const { version } = await readPackageJson(fileURLToPath(new URL('../../package.json', import.meta.url)))
  return String(version)
}
