import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
