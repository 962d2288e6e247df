import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { create } from 'tar'
import { seededRandom } from './zipf-draw.js'

const smallestBytes = 200_000
const largestBytes = 1_000_000

/** How artifacts lie in a store. */
export type ArtifactForm = 'folders' | 'archives'

/**
 * Fills a store with models of 0.2 to 1 MB (their logarithms are spread evenly; the mean is 0.5 MB), as models of short
 * texts have them. They are weights and little else: what a load costs is then the host's, not the plugin's.
 *
 * @returns their targets
 */
export async function fillStore(store: string, count: number, seed: number, form: ArtifactForm): Promise<string[]> {
  const random = seededRandom(seed)
  // They hardly compress, as those of a trained model.
  const values = Float32Array.from({ length: largestBytes / 2 }, random)
  const targets: string[] = []
  for (let i = 0; i < count; i++) {
    const length = (smallestBytes / 4) * (largestBytes / smallestBytes) ** random()
    const from = Math.floor(random() * (values.length - length))
    const weights = values.slice(from, from + length)
    const file = encodeTensorFile({ tensors: { weights } })
    targets.push(await addArtifact(store, `m${i}`, 'Weights', file, form))
  }
  return targets
}

/** Mean bytes of the models of a store, as `fillStore` makes it. */
export const meanModelBytes = (largestBytes - smallestBytes) / Math.log(largestBytes / smallestBytes)

/** What is asked of a sound model. */
export const soundBody = '{"from":0,"count":16}'

export interface BadTarget {
  readonly target: string
  readonly body: string
}

/** Adds one that never loads, one whose header claims more than there is, and one whose predictions end their lane. */
export async function addBadOnes(store: string, form: ArtifactForm): Promise<BadTarget[]> {
  const file = Buffer.from(encodeTensorFile({ tensors: { weights: new Float32Array(1000) } }))
  const length = 2 ** 40
  const header = JSON.stringify({ weights: { dtype: 'F32', shape: [length], data_offsets: [0, length * 4] } })
  const lengthField = Buffer.alloc(8)
  lengthField.writeBigUInt64LE(BigInt(header.length))
  const claiming = Buffer.concat([lengthField, Buffer.from(header), file])
  return [
    { target: await addArtifact(store, 'cut', 'Weights', file.subarray(0, 40), form), body: soundBody },
    { target: await addArtifact(store, 'claims', 'Weights', claiming, form), body: soundBody },
    { target: await addArtifact(store, 'exits', 'Probe', undefined, form), body: '{"text":"","action":"exit"}' },
  ]
}

/** @returns its target */
export async function addArtifact(
  store: string,
  name: string,
  plugin: string,
  model: Uint8Array | undefined,
  form: ArtifactForm,
): Promise<string> {
  const folder = join(store, name)
  await mkdir(folder)
  await writeFile(join(folder, 'w-params.json'), JSON.stringify({ model_name: plugin }))
  if (model) await writeFile(join(folder, 'w-model'), model)
  if (form === 'folders') return name
  const target = `${name}.tar.gz`
  await create({ cwd: folder, file: join(store, target), gzip: { level: 1 } }, await readdir(folder))
  await rm(folder, { recursive: true })
  return target
}
