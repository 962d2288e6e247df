/** Why the module of a plugin cannot be imported, in words, with the cure. */
import { execFile } from 'node:child_process'
import { dirname, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { describeError } from './errors.js'
import type { PluginModule } from './plugin-import.js'
import { cut } from './words.js'

export const commonJsCure =
  'Plugins are ES modules: write export default, and "type": "module" in package.json; in TypeScript, compile with "module": "nodenext".'

const lookLimitMs = 10_000
const maxShown = 500

/** @returns a sentence or two */
export async function describeFailure(error: unknown, module: PluginModule): Promise<string> {
  const [line = ''] = describeError(error).split('\n')
  const what = `its module cannot be imported (${cut(line, maxShown)})`
  const missing = findMissing(error)
  if (missing) return `${what}. ${missingCure(missing, module)}`
  if (/ is not defined in ES module scope/.test(line)) return `${what}, as it is CommonJS. ${commonJsCure}`
  const isSyntax = error instanceof SyntaxError
  const place = findPlace(error, module)?.text ?? (isSyntax ? await findSyntaxError(module.file) : undefined)
  const at = place === undefined ? '' : ` ${isSyntax ? 'in' : 'thrown at'} ${place}`
  if (/'modelhost(\/[\w-]+)?' does not provide an export|node_modules\/modelhost\/package\.json/.test(line)) {
    return `${what}${at}. It is for another version of modelhost: update the one or the other, and name the version it is for in its "peerDependencies".`
  }
  return `${what}${at}. ${isSyntax ? 'Build the plugin again or mend' : 'Mend'} it there, or start without it.`
}

/** What Node does not find, and the file that asks for it. */
interface Missing {
  readonly name: string
  readonly isPackage: boolean
  readonly importer: string
}

function findMissing(error: unknown): Missing | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  if (code !== 'ERR_MODULE_NOT_FOUND') return undefined
  const found = /^Cannot find (package|module) '(.+?)' imported from (.+)$/.exec(String(message))
  if (!found) return undefined
  const [, kind, name, importer] = found
  return { name: name!, isPackage: kind === 'package', importer: importer! }
}

function missingCure({ name, isPackage, importer }: Missing, { file, package: own }: PluginModule): string {
  if (!isPackage) return `${importer} imports a file that is not there. Build the plugin again, or mend the import.`
  // Of whoever has installed it: what a package needs lies beside it, or below.
  const above = file.indexOf(`${sep}node_modules${sep}`)
  const folder = above < 0 ? dirname(own?.file ?? file) : file.slice(0, above)
  const isNamed = above < 0 && own?.needs.includes(name)
  const install = isNamed || (above < 0 && name === 'modelhost') ? 'npm install' : `npm install ${name}`
  if (name !== 'modelhost') return `Run ${install} in ${folder}.`
  const also = above < 0 ? 'with "modelhost" under "devDependencies" and "peerDependencies" of its package.json' : ''
  return `A plugin imports the "modelhost" that is installed in its own folder or above. Run ${install} in ${folder}${also && `, ${also}`}.`
}

/** The first place in a stack that is the plugin's own; else the first that is not Node's. */
export function findPlace(
  error: unknown,
  { file, package: own }: PluginModule,
): { readonly text: string; readonly isOfPlugin: boolean } | undefined {
  const stack = String((error as { stack?: unknown } | null | undefined)?.stack ?? '')
  const folder = dirname(own?.file ?? file) + sep
  const places = stack.split('\n').flatMap(line => {
    const found = /^(?: +at (?:.* \()?(?:async )?)?((?:file:\/\/)?\/[^()]*?):(\d+)(?::\d+)?\)?$/.exec(line)
    if (!found) return []
    const path = found[1]!.startsWith('file:') ? fileURLToPath(found[1]!) : found[1]!
    const isOfPlugin = path.startsWith(folder) && !path.slice(folder.length).includes('node_modules')
    return [{ path, text: `${path}:${found[2]}`, isOfPlugin }]
  })
  return places.find(({ isOfPlugin }) => isOfPlugin) ?? places.find(({ path }) => !isOfHost(path))
}

const ownFolder = fileURLToPath(new URL('.', import.meta.url))
const isOfHost = (path: string) => path.startsWith(ownFolder) || /\/node_modules\/(fastify|avvio)\//.test(path)

/**
 * Where the syntax is wrong: Node tells it to who lets it end the process, and nobody else.
 *
 * @returns undefined where it does not say
 */
async function findSyntaxError(file: string): Promise<string | undefined> {
  const code = `await import(${JSON.stringify(pathToFileURL(file).href)})`
  const options = { timeout: lookLimitMs, env: { ...process.env, NODE_OPTIONS: '' } }
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], options)
  const { stderr = '' } = await run.catch(error => error)
  const [first = ''] = String(stderr).split('\n')
  const found = /^(?:file:\/\/)?(\/.*):(\d+)$/.exec(first)
  return found ? `${decodeURI(found[1]!)}:${found[2]}` : undefined
}
