/** The module that a path means, as `import` of the package would find it. */
import { stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { fail } from './errors.js'
import { readPackageJson } from './package-json.js'

/**
 * The module of a `--plugin` path.
 *
 * @returns an absolute path
 * @throws HostError PLUGIN_INVALID
 */
export async function findEntry(path: string): Promise<string> {
  const invalid = (problem: string) => fail('PLUGIN_INVALID', { path, problem })
  const stats = await stat(path).catch(() => undefined)
  if (!stats) throw invalid('it does not exist. Name a folder with a package.json, or a .js file.')
  const entry = stats.isDirectory() ? resolve(path, await readEntryName(path)) : resolve(path)
  const kind = extname(entry)
  if (['.ts', '.mts', '.cts', '.tsx'].includes(kind)) {
    throw invalid(
      `${entry} is TypeScript. Plugins are JavaScript: build it first (npm run build, or tsc -w while you write) and name the .js file.`,
    )
  }
  if (kind !== '.js' && kind !== '.mjs') throw invalid(`its entry ${entry} is not a .js or .mjs file.`)
  if (!(await isFile(entry))) throw invalid(`its entry ${entry} does not exist. Build the plugin first.`)
  return entry
}

async function readEntryName(folder: string): Promise<string> {
  const file = join(folder, 'package.json')
  const invalid = (problem: string) => fail('PLUGIN_INVALID', { path: folder, problem })
  const manifest = await readPackageJson(file).catch(error => {
    throw invalid(`${file} ${error.message}. A plugin folder needs a package.json that names its entry.`)
  })
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

export async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() ?? false
}
