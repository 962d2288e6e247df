/** The package that a plugin is in, and the versions of modelhost that it is for. */
import { basename, dirname, join } from 'node:path'
import semver from 'semver'
import { type PackageJson, readPackageJson } from './package-json.js'
import { isFile } from './plugin-entry.js'
import { describePath } from './plugin-words.js'

export interface PluginPackage {
  readonly name: string
  readonly version: string | undefined
  /** Absolute path of its package.json. */
  readonly file: string
  /** Versions of modelhost, as `peerDependencies` names them, else `dependencies`; undefined where neither does. */
  readonly hostRange: string | undefined
  /** Names of the packages that it needs. */
  readonly needs: readonly string[]
}

/**
 * @param file  a module of it
 * @returns undefined for a module that is in no package with a name
 * @throws Error that says what is wrong with a package.json, as a sentence without its end
 */
export async function readPluginPackage(file: string): Promise<PluginPackage | undefined> {
  // As Node has it: what lies above `node_modules` is another package.
  for (let folder = dirname(file); basename(folder) !== 'node_modules'; folder = dirname(folder)) {
    const candidate = join(folder, 'package.json')
    if (await isFile(candidate)) {
      const values = await readPackageJson(candidate).catch(error => {
        throw new Error(`${candidate} ${error.message}`, { cause: error })
      })
      // One without a name only says of what kind the modules below it are.
      if (typeof values['name'] === 'string') return describePackage(values['name'], candidate, values)
    }
    if (folder === dirname(folder)) return undefined
  }
  return undefined
}

function describePackage(name: string, file: string, values: PackageJson): PluginPackage {
  const { version } = values
  const peers = namesAndRanges(values['peerDependencies'])
  const dependencies = namesAndRanges(values['dependencies'])
  return {
    name,
    version: typeof version === 'string' ? version : undefined,
    file,
    hostRange: peers['modelhost'] ?? dependencies['modelhost'],
    needs: Object.keys({ ...peers, ...dependencies }),
  }
}

function namesAndRanges(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).map(([name, range]) => [name, String(range)]))
}

/** @returns why the package is not for this version of modelhost, with the cure; undefined where it is, or does not say */
export function findVersionProblem(
  { name, version = '', file, hostRange }: PluginPackage,
  host: string,
): string | undefined {
  // A folder, an archive, a branch: what lies there has no range.
  if (hostRange === undefined || /[:/]/.test(hostRange)) return undefined
  const itself = `its package ${[name, version].join(' ').trim()}`
  if (semver.validRange(hostRange) === null) {
    return `${itself} is for modelhost "${hostRange}", which is no range of versions. In ${describePath(file)}, write one such as "modelhost": "^${host}" under "peerDependencies".`
  }
  if (semver.satisfies(host, hostRange, { includePrerelease: true })) return undefined
  const newHost = `npm install "modelhost@${hostRange}"`
  const cure = semver.gtr(host, hostRange)
    ? `Update the plugin (npm install ${name}@latest), or take the older modelhost (${newHost})`
    : `Update modelhost (${newHost}), or take an older version of ${name}`
  return `${itself} is for modelhost ${hostRange}, as ${describePath(file)} says, and this is modelhost ${host}. ${cure}.`
}
