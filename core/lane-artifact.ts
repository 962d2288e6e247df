import { fail } from './errors.js'
import type { FileLayout, LoadJob } from './lane-messages.js'
import type { AnyPlugin, Artifact, ArtifactFile, Log } from './plugin.js'
import type { SharedMemory } from './shared-memory.js'
import { TensorFile } from './tensor-file.js'

/** Has a plugin load its model from an image. @throws whatever `load` throws */
export async function loadModel(plugin: AnyPlugin, job: LoadJob, lane: number, log: Log): Promise<unknown> {
  const artifact = openArtifact(job, lane)
  // A plugin that never looks at its model file must not make a broken one look sound.
  if (artifact.has('model')) artifact.file('model').tensors()
  return plugin.load({ artifact, params: job.params, assets: openAssets(job.assets), log })
}

/** The views on an image that a plugin's `load` gets. */
function openArtifact(job: LoadJob, lane: number): Artifact {
  const { memory, prefix, folder, scratch } = job
  const files = new Map(job.files.map(layout => [layout.name, openFile(memory, layout, `${prefix}-${layout.name}`)]))
  const file = (name: string): ArtifactFile => {
    const found = files.get(name)
    if (found) return found
    const known = [...files.keys()].map(known => `${prefix}-${known}`)
    throw fail('ARTIFACT_FILE_MISSING', { path: folder, file: `${prefix}-${name}`, found: known })
  }
  return {
    prefix,
    memory,
    scratch: new Uint8Array(memory.buffer, scratch.offset + lane * scratch.bytesPerLane, scratch.bytesPerLane),
    has: name => files.has(name),
    file,
    get model() {
      return file('model').tensors()
    },
  }
}

function openAssets(assets: LoadJob['assets']): Record<string, ArtifactFile> {
  const opened = Object.entries(assets).map(([name, { memory, file }]) => [name, openFile(memory, file, name)])
  return Object.fromEntries(opened)
}

function openFile(memory: SharedMemory, layout: FileLayout, name: string): ArtifactFile {
  const bytes = new Uint8Array(memory.buffer, layout.offset, layout.bytes)
  let tensors: TensorFile | undefined
  return {
    name,
    bytes,
    tensors: () => {
      tensors ??= new TensorFile(bytes, name, layout.moved, layout.fileBytes)
      return tensors
    },
  }
}
