import { artifactReader } from './artifact-reader.js'
import { planAsset } from './assets.js'
import { type ImagePlan, planImage } from './image.js'
import { scratchBytesOf } from './lane-bytes.js'
import type { LoadJob } from './lane-messages.js'
import type { ArtifactDescription } from './params.js'
import type { AnyPlugin } from './plugin.js'
import { createSharedMemory, pageBytes, type SharedMemory } from './shared-memory.js'

/** What of an artifact's description its files are read by: plain data. */
export type DescribedFiles = Pick<ArtifactDescription, 'folder' | 'prefix' | 'params' | 'files'>

/**
 * Reads an artifact and its assets as a host does, but in this thread and outside any budget.
 *
 * @param lanes  how many have scratch of their own
 * @throws HostError ARTIFACT_TOO_LARGE, ARTIFACT_FILE_UNREADABLE, TENSOR_FILE_BROKEN; RangeError when the process has no
 *   addresses left; whatever the plugin throws
 */
export async function readLocalImage(
  plugin: AnyPlugin,
  { folder, prefix, params, files }: DescribedFiles,
  lanes: number,
): Promise<LoadJob> {
  const plan = planImage(folder, artifactReader.look(files), lanes, scratchBytesOf(plugin, params))
  const layouts = plan.files.map(file => file.layout)
  const names = { key: 1, modelName: folder, pluginName: plugin.name, module: '', folder, prefix }
  const assets = await readAssets(plugin, params)
  return { ...names, params, examples: [], memory: fillMemory(plan), files: layouts, scratch: plan.scratch, assets }
}

function fillMemory(plan: ImagePlan): SharedMemory {
  const memory = createSharedMemory(pageBytes + plan.bytes)
  artifactReader.fill(memory.buffer, plan.files)
  return memory
}

async function readAssets(plugin: AnyPlugin, params: unknown): Promise<LoadJob['assets']> {
  const assets: Record<string, LoadJob['assets'][string]> = {}
  for (const [name, url] of Object.entries(plugin.assets?.(params) ?? {})) {
    const plan = await planAsset(url as URL, artifactReader)
    assets[name] = { memory: fillMemory(plan), file: plan.files[0]!.layout }
  }
  return assets
}
