/** What `serve --watch` watches, and what of it counts. */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HeldModel, Settings } from '../../core/host.js'

export interface Watched {
  /** Exists, as a rule: what lies in it may come and go. */
  readonly folder: string
  /** What counts: this file or folder, in `folder` or the same. */
  readonly within: string
  /** Has parts that are no part of a plugin: sources, packages, the store. */
  readonly isPlugin: boolean
  /** What is new and was changed after this time, by Date.now(), has changed since it was read. */
  readonly sinceMs: number
}

type Where = Pick<Settings, 'mode' | 'store' | 'single'>

/**
 * The folders of plugins that a host has imported: those in which their entry modules lie, just below that of the
 * package, and the package.json of each; and the
 * folder of plugins, in which one may come.
 *
 * @param modules  file URLs
 * @param sinceMs  when they were imported, by Date.now()
 */
export function watchedModules(
  modules: readonly string[],
  pluginFolder: string | undefined,
  sinceMs: number,
): Watched[] {
  const plugin = plugins(sinceMs)
  const ofModules = modules.flatMap(module => {
    const entryFolder = dirname(fileURLToPath(module))
    const folder = packageFolder(entryFolder)
    if (folder === undefined || folder === entryFolder) return [plugin(entryFolder)]
    // All that is built: the entry may be dist/src/index.js, and import from dist/lib.
    const [built] = relative(folder, entryFolder).split(sep)
    return [plugin(folder, join(folder, built!)), plugin(folder, join(folder, 'package.json'))]
  })
  return [...ofModules, ...(pluginFolder === undefined ? [] : [plugin(pluginFolder)])]
}

/** Where plugins should be, as the settings say: one that cannot be imported may be mended anywhere in there. */
export function watchedPaths(paths: readonly string[], sinceMs: number): Watched[] {
  const plugin = plugins(sinceMs)
  return paths.filter(isAbsolute).map(path => {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
    const folder = isFile ? dirname(path) : path
    return plugin(nearestThere(folder), folder)
  })
}

/** The artifacts of models, where they lie on this machine: a host does not see by itself that what it has loaded is new. */
export function watchedArtifacts(
  models: readonly HeldModel[],
  { mode, store, single }: Where,
  startedMs: number,
): Watched[] {
  if (mode === 'single') return [artifact(single!, startedMs)]
  if (mode === 'platform') return models.map(({ url, sinceMs }) => artifact(resolve(url), sinceMs))
  if (store === undefined || !isAbsolute(store)) return []
  return models.map(({ url, sinceMs }) => artifact(join(store, url), sinceMs))
}

/** Does a change of this path count, or of what lies in it? */
export function counts(path: string, { folder, within, isPlugin }: Watched, store: string | undefined): boolean {
  if (!isInside(path, within)) return isInside(within, path) && isInside(path, folder)
  const names = relative(folder, path).split(sep)
  if (!isPlugin) return !relative(within, path).split(sep).some(isHidden)
  if (names.some(name => name === 'node_modules' || isHidden(name)) || isSource(path)) return false
  const isOfStore = store !== undefined && isInside(path, store) && !isInside(within, store)
  return !isOfStore
}

const plugins =
  (sinceMs: number) =>
  (folder: string, within = folder): Watched => ({ folder, within, isPlugin: true, sinceMs })

/** Watched from above: training puts a new folder in the place of the old one. */
const artifact = (path: string, sinceMs: number): Watched => ({
  folder: dirname(path),
  within: path,
  isPlugin: false,
  sinceMs,
})

const isHidden = (name: string) => name.startsWith('.') || name.endsWith('~')

/**
 * What is compiled, or said to people and tools, and never loaded. A log may be the one that our own lines go to, through a
 * pipe: it would change with each change that is told there.
 */
const isSource = (path: string) => /\.([mc]?ts|tsx|map|tsbuildinfo|md|log)$/.test(path)

const isInside = (path: string, folder: string) =>
  path === folder || path.startsWith(folder === sep ? sep : folder + sep)

/** The nearest folder from here upwards that has a package.json; a package ends at the `node_modules` that it lies in. */
function packageFolder(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder || basename(dirname(folder)) === 'node_modules') return undefined
  }
}

function nearestThere(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}
