import { artifactReader } from './artifact-reader.js'
import { planAsset } from './assets.js'
import { type ImagePlan, planImage } from './image.js'
import { type AssetNeed, assetsOf, scratchBytesOf } from './lane-bytes.js'
import type { AssetImage, LoadJob } from './lane-messages.js'
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
  const plan = planImage(folder, artifactReader.look(files), lanes, scratchBytesOf(plugin, params, files))
  const layouts = plan.files.map(file => file.layout)
  const names = { key: 1, modelName: folder, pluginName: plugin.name, module: '', folder, prefix }
  const assets = await readAssets(assetsOf(plugin, params, files), lanes)
  return { ...names, params, examples: [], memory: fillMemory(plan), files: layouts, scratch: plan.scratch, assets }
}

function fillMemory(plan: ImagePlan): SharedMemory {
  const memory = createSharedMemory(pageBytes + plan.bytes)
  artifactReader.fill(memory.buffer, plan.files)
  return memory
}

async function readAssets(needs: readonly AssetNeed[], lanes: number): Promise<LoadJob['assets']> {
  const assets: Record<string, AssetImage> = {}
  for (const [key, need] of needs.entries()) {
    const plan = await planAsset(need, artifactReader, lanes)
    assets[need.name] = { key, memory: fillMemory(plan), file: plan.files[0]!.layout, scratch: plan.scratch }
  }
  return assets
}
