import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile } from 'modelhost'
import { seededRandom } from './zipf-draw.js'

const smallestBytes = 200_000
const largestBytes = 1_000_000

/**
 * Fills a store with models of 0.2 to 1 MB (their logarithms are spread evenly; the mean is 0.5 MB), as models of short
 * texts have them. They are weights and little else: what a load costs is then the host's, not the plugin's.
 *
 * @returns their targets
 */
export async function fillStore(store: string, count: number, seed: number): Promise<string[]> {
  const random = seededRandom(seed)
  const targets = Array.from({ length: count }, (_, i) => `m${i}`)
  for (const target of targets) {
    const bytes = smallestBytes * (largestBytes / smallestBytes) ** random()
    const weights = new Float32Array(Math.floor(bytes / 4)).fill(0.5)
    await addArtifact(store, target, 'Weights', encodeTensorFile({ tensors: { weights } }))
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
export async function addBadOnes(store: string): Promise<BadTarget[]> {
  const file = Buffer.from(encodeTensorFile({ tensors: { weights: new Float32Array(1000) } }))
  await addArtifact(store, 'cut', 'Weights', file.subarray(0, 40))
  const length = 2 ** 40
  const header = JSON.stringify({ weights: { dtype: 'F32', shape: [length], data_offsets: [0, length * 4] } })
  const lengthField = Buffer.alloc(8)
  lengthField.writeBigUInt64LE(BigInt(header.length))
  await addArtifact(store, 'claims', 'Weights', Buffer.concat([lengthField, Buffer.from(header), file]))
  await addArtifact(store, 'exits', 'Probe', undefined)
  return [
    { target: 'cut', body: soundBody },
    { target: 'claims', body: soundBody },
    { target: 'exits', body: '{"text":"","action":"exit"}' },
  ]
}

async function addArtifact(store: string, target: string, plugin: string, model: Uint8Array | undefined) {
  const folder = join(store, target)
  await mkdir(folder)
  await writeFile(join(folder, 'w-params.json'), JSON.stringify({ model_name: plugin }))
  if (model) await writeFile(join(folder, 'w-model'), model)
}
