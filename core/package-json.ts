/** The package.json files that plugins are found by. */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeError } from './errors.js'

/** What a package says of itself; whatever anybody wrote there. */
export type PackageJson = Readonly<Record<string, unknown>>

/**
 * @returns what the file holds
 * @throws Error whose message ends a sentence that begins with the file: `is not valid JSON: ...`
 */
export async function readPackageJson(file: string): Promise<PackageJson> {
  const text = await readFile(file, 'utf8').catch(error => {
    throw new Error(`cannot be read (${error.code})`, { cause: error })
  })
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw new Error(`is not valid JSON: ${describeError(error)}`, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('does not hold an object')
  return value as PackageJson
}

/** As npm and Node read it: some editors begin a file with a byte order mark. */
export const parseJson = (text: string): unknown => JSON.parse(text.replace(/^\uFEFF/, ''))

/** The nearest package.json from this folder upwards; undefined where there is none. */
export async function nearestPackageJson(folder: string): Promise<string | undefined> {
  for (const parent of fromHereUpwards(folder)) {
    const file = join(parent, 'package.json')
    // A folder that nobody may look into is none of ours.
    if ((await stat(file).catch(() => undefined))?.isFile()) return file
  }
  return undefined
}

/** The folders `node_modules` in which Node looks for the packages that a module in this folder imports. */
export function moduleFolders(folder: string): string[] {
  const parents = fromHereUpwards(folder).filter(parent => basename(parent) !== 'node_modules')
  return parents.map(parent => join(parent, 'node_modules'))
}

/** @returns the folder of an installed package; undefined where none of `folders` has it */
export async function findPackage(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name)
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return path
  }
  return undefined
}

/** As npm names packages, with or without a scope. */
export const isPackageName = (text: string) => /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i.test(text)

function fromHereUpwards(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...fromHereUpwards(parent)]
}
