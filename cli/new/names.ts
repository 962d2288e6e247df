/** Names that npm and the host take. */
import { builtinModules } from 'node:module'
import { basename } from 'node:path'
import { UsageError } from '../command.js'

const part = '[a-z0-9][a-z0-9._~-]*'
const packageName = new RegExp(`^(@${part}/)?${part}$`)
const pluginName = /^[A-Za-z][A-Za-z0-9._-]{0,99}$/
const maxPackageNameLength = 214
/** The host itself, and what npm refuses besides the modules of Node. */
const taken = ['modelhost', 'node_modules', 'favicon.ico', ...builtinModules]

/**
 * Is it a name that a new package may have?
 *
 * @throws UsageError saying what is wrong, with a name that would do where there is one
 * @see https://docs.npmjs.com/cli/configuring-npm/package-json#name
 */
export function checkPackageName(name: string): void {
  if (taken.includes(name)) throw new UsageError(`NAME is "${name}", which is taken. Choose another name.`)
  if (packageName.test(name) && name.length <= maxPackageNameLength) return
  const rule = `small letters, digits and hyphens, at most ${maxPackageNameLength} characters, maybe with a scope as in "@acme/my-sentiment"`
  const better = improve(name)
  const hint = better ? ` Did you mean "${better}"?` : ''
  const path = /^[./]|^[^@].*\/|\\/.test(name) ? ' The folder is said with --dir.' : ''
  throw new UsageError(`NAME is "${name}", which is no name of a package: ${rule}.${hint}${path}`)
}

/** `MySentiment` and `my sentiment` as `my-sentiment`. */
function improve(name: string): string | undefined {
  const scope = /^@[^/]+\//.exec(name)?.[0] ?? ''
  const words = name
    .slice(scope.length)
    .replace(/^.*[/\\]/, '')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-')
  const better = `${scope}${words.replaceAll(/[^A-Za-z0-9._~-]+/g, '-').replaceAll(/^[-._~]+|-+$/g, '')}`.toLowerCase()
  return packageName.test(better) && better.length <= maxPackageNameLength ? better : undefined
}

/** `MySentiment` of `my-sentiment`, `@acme/my-sentiment` and `modelhost-plugin-my-sentiment`. */
export function pluginNameOf(name: string): string {
  const words = basename(name)
    .replace(/^modelhost-(plugin-)?(?=[A-Za-z0-9])/, '')
    .split(/[^A-Za-z0-9]+/)
  return words.map(word => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
}

/**
 * Is it a name that a plugin may have beside those of this package?
 *
 * @param packageName  where it comes from; undefined where it was given
 * @throws UsageError
 */
export async function checkPluginName(name: string, packageName: string | undefined): Promise<void> {
  const what = packageName === undefined ? 'The plugin' : `The plugin of "${packageName}"`
  const cure = packageName === undefined ? 'Choose another --name.' : 'Give it a name with --name.'
  if (!pluginName.test(name)) {
    const rule = 'begins with a letter and has at most 100 letters, digits, ".", "_" and "-"'
    throw new UsageError(`${what} would be called "${name}", but such a name ${rule}. ${cure}`)
  }
  const { readCatalog } = await import('../../core/host.js')
  // Names of files begin with it, which some disks tell apart by more than their case alone.
  const same = [...(await readCatalog([])).keys()].find(known => known.toLowerCase() === name.toLowerCase())
  if (same === undefined) return
  const like = same === name ? 'as one' : `like "${same}"`
  throw new UsageError(`${what} would be called "${name}", ${like} that comes with modelhost. ${cure}`)
}
