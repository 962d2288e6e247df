import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './run.js'

/** The root of the project: what the image is built from. */
export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url))

/** A table of documents, in German. */
export const claimsFile = join(projectFolder, 'cli', 'workspace', 'files', 'data', 'claims_de.csv')

export const fixture = (name: string) => join(projectFolder, 'test', 'fixtures', 'image', name)

/** The node of the image; another one to try the image with that: MODELHOST_IMAGE_NODE=/path/to/node */
export const nodePath = process.env['MODELHOST_IMAGE_NODE'] || process.execPath

/** What is the same in each run, and takes long: the base, packages. */
export async function cacheFolder(): Promise<string> {
  const folder = process.env['MODELHOST_IMAGE_CACHE'] || join(tmpdir(), 'modelhost-image')
  await mkdir(folder, { recursive: true })
  return folder
}

/**
 * A folder for one run; those that killed runs have left are removed.
 *
 * @param kind  begins its name
 */
export async function runFolder(kind: string): Promise<string> {
  const cache = await cacheFolder()
  for (const name of await readdir(cache)) {
    const owner = /^[a-z]+-(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await removeWithMounts(join(cache, name))
  }
  return mkdtemp(join(cache, `${kind}-${process.pid}-`))
}

async function removeWithMounts(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  // The innermost ones first.
  for (const path of mounts.filter(path => path.startsWith(`${folder}/`)).reverse()) await run('umount', [path])
  await rm(folder, { recursive: true, force: true })
}
