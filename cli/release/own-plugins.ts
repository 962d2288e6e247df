import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findPlugins } from '../../core/plugin-folder.js'
import { markedFile } from '../workspace/marked-models.js'

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
  const own = isWorkspace ? await findPlugins(join(folder, 'plugins'), { mayLack: true }) : []
  return [...new Set([...own, ...given].map(path => resolve(path)))]
}
