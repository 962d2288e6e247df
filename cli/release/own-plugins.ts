import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { markedFile } from '../workspace/marked-models.js'
import { ownPlugins } from '../workspace/own-plugins.js'

/**
 * The plugins of the workspace that this folder is, as `modelhost plan` takes them, and those asked for.
 *
 * @param given   of `--plugin`
 * @param folder  perhaps a workspace
 * @returns absolute paths, each once
 * @throws HostError PLUGIN_INVALID
 */
export async function withOwnPlugins(given: readonly string[], folder = '.'): Promise<string[]> {
  const isWorkspace = await stat(join(folder, markedFile)).then(
    found => found.isFile(),
    () => false,
  )
  return isWorkspace ? ownPlugins(folder, given) : [...new Set(given.map(path => resolve(path)))]
}
