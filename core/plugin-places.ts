/*
 * Where plugins come from, in this order:
 *
 *   built in ──▶ --plugin: paths, names of packages ──▶ --plugin-folder ──▶ the application's dependencies
 *
 * The application is the nearest package.json from the working folder upwards.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, type HostError, isHostError } from './errors.js'
import { findPackage, isPackageName, moduleFolders, nearestPackageJson, readPackageJson } from './package-json.js'
import { findPlugins } from './plugin-folder.js'

/** Who names a plugin. */
export interface PluginOrigin {
  readonly kind: 'built in' | '--plugin' | 'folder' | 'application'
  /** The folder of plugins, or the package.json of the application. */
  readonly path?: string
}

export interface PluginPlace {
  /** Of a folder with a package.json, or of a module. */
  readonly path: string
  /** Undefined where nobody says. */
  readonly origin?: PluginOrigin
  /** Why there is no plugin to be found. */
  readonly error?: HostError
}

export interface PluginSources {
  /** Paths, and names of packages. */
  readonly given: readonly string[]
  /** Of plugins. */
  readonly folder: string | undefined
  /** Are the application's dependencies looked through? */
  readonly isApplicationRead: boolean
}

/** The keyword of a package that is a plugin. */
export const pluginKeyword = 'modelhost-plugin'

/** The places of all plugins but those that are built in; what is wrong with one stands in it. */
export async function findPluginPlaces({ given, folder, isApplicationRead }: PluginSources): Promise<PluginPlace[]> {
  return [
    ...(await Promise.all(given.map(findGiven))),
    ...(await findInFolder(folder)),
    ...(isApplicationRead ? await findInApplication() : []),
  ]
}

/**
 * The paths of places.
 *
 * @throws HostError what is wrong with the first place that has none
 */
export function pathsOf(places: readonly PluginPlace[]): string[] {
  const error = places.find(place => place.error)?.error
  if (error) throw error
  return places.map(({ path }) => path)
}

/** Is it a package to be looked for, rather than a path? */
export const isNameOfPackage = (given: string, path = given) => isPackageName(given) && !existsSync(path)

async function findGiven(given: string): Promise<PluginPlace> {
  const origin = { kind: '--plugin' } as const
  if (!isNameOfPackage(given)) return { path: given, origin }
  const folders = moduleFolders(process.cwd())
  const path = await findPackage(given, folders)
  if (path !== undefined) return { path, origin }
  const cure = `Run npm install ${given}, or write ./${given} where it is a file or folder`
  const problem = `there is no package of this name in ${folders.join(', ')}. ${cure}.`
  return { path: given, origin, error: fail('PLUGIN_INVALID', { path: given, problem }) }
}

async function findInFolder(folder: string | undefined): Promise<PluginPlace[]> {
  if (folder === undefined) return []
  const origin = { kind: 'folder', path: folder } as const
  try {
    return (await findPlugins(folder)).map(path => ({ path, origin }))
  } catch (error) {
    if (!isHostError(error)) throw error
    return [{ path: folder, origin, error }]
  }
}

/** Of what the application names, the packages that say they are plugins; what is not installed is npm's affair. */
async function findInApplication(): Promise<PluginPlace[]> {
  const file = await nearestPackageJson(process.cwd())
  if (file === undefined) return []
  const origin = { kind: 'application', path: file } as const
  const invalid = (path: string, problem: string, cause?: unknown) =>
    fail('PLUGIN_INVALID', { path, problem: `${problem} ${howToLeaveOut}` }, cause)
  let names: string[]
  try {
    names = dependenciesOf(await readPackageJson(file))
  } catch (error) {
    const problem = `it names no plugins, as it ${(error as Error).message}. Mend it.`
    return [{ path: file, origin, error: invalid(file, problem, error) }]
  }
  const folders = moduleFolders(dirname(file))
  const places = names.map(async (name): Promise<PluginPlace[]> => {
    const path = isPackageName(name) ? await findPackage(name, folders) : undefined
    if (path === undefined || !existsSync(join(path, 'package.json'))) return []
    try {
      const { keywords } = await readPackageJson(join(path, 'package.json'))
      return [keywords].flat().includes(pluginKeyword) ? [{ path, origin }] : []
    } catch (error) {
      const problem = `its package.json ${(error as Error).message}. Run npm install ${name} in ${dirname(file)} again.`
      return [{ path, origin, error: invalid(join(path, 'package.json'), problem, error) }]
    }
  })
  return (await Promise.all(places)).flat()
}

const howToLeaveOut = 'MODELHOST_ONLY_GIVEN_PLUGINS=true leaves the dependencies of the application out.'

/** @throws Error as `readPackageJson` */
function dependenciesOf({ dependencies = {} }: { readonly dependencies?: unknown }): string[] {
  if (typeof dependencies !== 'object' || dependencies === null || Array.isArray(dependencies))
    throw new Error('has "dependencies" that are no object of packages')
  return Object.keys(dependencies).filter(name => name !== 'modelhost')
}
