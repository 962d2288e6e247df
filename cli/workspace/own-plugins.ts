import { join, resolve } from 'node:path'
import { findPlugins } from '../../core/plugin-folder.js'

/**
 * The plugins in the folder `plugins` of a workspace, which may lack, and further ones.
 *
 * @returns absolute paths, each once: who names one of its own, or their folder, has it once, too
 * @throws HostError PLUGIN_INVALID
 */
export async function ownPlugins(workspace: string, further: readonly string[]): Promise<string[]> {
  const own = await findPlugins(join(workspace, 'plugins'), { mayLack: true })
  return [...new Set([...own, ...further].map(path => resolve(path)))]
}
