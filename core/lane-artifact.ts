import { fail } from './errors.js'
import type { AssetImage, FileLayout, LoadJob, ScratchLayout } from './lane-messages.js'
import type { AnyPlugin, Artifact, ArtifactFile, Asset, Log } from './plugin.js'
import type { SharedMemory } from './shared-memory.js'
import { TensorFile } from './tensor-file.js'

/**
 * Has a plugin load its model from an image.
 *
 * @param assets  those of this lane; the caller releases the job's when the model is gone or the load failed
 * @throws whatever `load` throws
 */
export async function loadModel(
  plugin: AnyPlugin,
  job: LoadJob,
  lane: number,
  assets: LaneAssets,
  log: Log,
): Promise<unknown> {
  const artifact = openArtifact(job, lane)
  // A plugin that never looks at its model file must not make a broken one look sound.
  if (artifact.has('model')) artifact.file('model').tensors()
  return plugin.load({ artifact, params: job.params, assets: assets.acquire(job), log })
}

/** The views on an image that a plugin's `load` gets. */
function openArtifact(job: LoadJob, lane: number): Artifact {
  const { memory, prefix, folder } = job
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
    scratch: openScratch(memory, job.scratch, lane),
    has: name => files.has(name),
    file,
    get model() {
      return file('model').tensors()
    },
  }
}

/** The assets of a lane's models: one object for all who use an asset, so that they can share what they make of it. */
export class LaneAssets {
  readonly #opened = new Map<number, { users: number; readonly asset: Asset }>()
  /** Key of a model -> keys of its assets. */
  readonly #held = new Map<number, readonly number[]>()

  constructor(private readonly lane: number) {}

  /** Each call needs one `release` with the job's key. */
  acquire(job: Pick<LoadJob, 'key' | 'assets'>): Record<string, Asset> {
    const images = Object.entries(job.assets)
    this.#held.set(
      job.key,
      images.map(([, { key }]) => key),
    )
    return Object.fromEntries(images.map(([name, image]) => [name, this.#open(name, image)]))
  }

  /** @param model  key of a job; one that holds nothing will do */
  release(model: number): void {
    for (const key of this.#held.get(model) ?? []) {
      const opened = this.#opened.get(key)!
      if (--opened.users === 0) this.#opened.delete(key)
    }
    this.#held.delete(model)
  }

  #open(name: string, { key, memory, file, scratch }: AssetImage): Asset {
    let opened = this.#opened.get(key)
    if (!opened) {
      const asset = { ...openFile(memory, file, name), memory, scratch: openScratch(memory, scratch, this.lane) }
      opened = { users: 0, asset }
      this.#opened.set(key, opened)
    }
    opened.users++
    return opened.asset
  }
}

const openScratch = (memory: SharedMemory, { offset, bytesPerLane }: ScratchLayout, lane: number): Uint8Array =>
  new Uint8Array(memory.buffer, offset + lane * bytesPerLane, bytesPerLane)

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
