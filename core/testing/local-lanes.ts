/** A plugin's model in this thread, as lanes have it: to be asked without a host, and under a debugger. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Catalog } from '../catalog.js'
import { type Codec, createCodec } from '../codec.js'
import { LaneAssets, loadModel } from '../lane-artifact.js'
import type { FileLayout, LoadJob, RequestHead } from '../lane-messages.js'
import { answerRequest, predictBatch, type Resident } from '../lane-predict.js'
import { readLocalImage } from '../local-image.js'
import { describeArtifact } from '../params.js'
import type { AnyPlugin, Log, PredictContext } from '../plugin.js'
import type { SharedMemory } from '../shared-memory.js'

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} }

const maxBodyBytes = 1 << 24
const utf8 = new TextEncoder()

export const codecOf = (plugin: AnyPlugin): Codec => createCodec(plugin, { maxBodyBytes })

/** @returns an image of the artifact, with scratch for so many lanes */
export async function readImage(plugin: AnyPlugin, folder: string, lanes: number): Promise<LoadJob> {
  const catalog: Catalog = new Map([[plugin.name, { plugin, source: 'test', module: '' }]])
  const description = await describeArtifact(resolve(folder), catalog)
  return { ...(await readLocalImage(plugin, description, lanes)), examples: description.examples }
}

/** @param codec  of the plugin; made once, because it compiles the schemas */
export async function loadHere(plugin: AnyPlugin, job: LoadJob, lane: number, codec: Codec): Promise<Resident> {
  const model = await loadModel(plugin, job, lane, new LaneAssets(lane), silent)
  return { modelName: job.modelName, plugin, codec, model, log: silent }
}

const newContext = (): PredictContext => ({
  requestId: 'test',
  customAttributes: '',
  log: silent,
  signal: new AbortController().signal,
})

/** @returns the body of the answer; throws what a lane would answer with */
export async function sendHere(resident: Resident, body: string | Uint8Array, contentType: string): Promise<string> {
  const head: RequestHead = { contentType, contentEncoding: undefined, accept: undefined, customAttributes: '' }
  const bytes = typeof body === 'string' ? utf8.encode(body) : body
  return new TextDecoder().decode((await answerRequest(resident, bytes, head, newContext())).body)
}

export const askHere = async (resident: Resident, request: unknown): Promise<unknown> =>
  JSON.parse(await sendHere(resident, JSON.stringify(request), 'application/json'))

/** What `predict` returns, or `predictBatch` to a list of one: before JSON is made of it. */
export async function predictHere({ plugin, model }: Resident, instance: unknown, isBatch: boolean): Promise<unknown> {
  if (!isBatch) return plugin.predict(model, instance, newContext())
  return (await predictBatch({ plugin, model }, [instance], newContext()))[0]
}

/** Of everything in an image and its assets that a plugin must not touch: files, but not scratch. */
export function digest({ memory, files, assets }: LoadJob): string {
  const hash = createHash('sha256')
  const add = ({ buffer }: SharedMemory, { offset, bytes }: FileLayout) =>
    hash.update(new Uint8Array(buffer, offset, bytes).slice())
  for (const file of files) add(memory, file)
  for (const asset of Object.values(assets)) add(asset.memory, asset.file)
  return hash.digest('hex')
}
