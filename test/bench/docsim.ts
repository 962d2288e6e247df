import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeTensorFile, stringTable } from 'modelhost'
import { GeneratedTexts } from './generated-texts.js'
import { load, type ServerProcess, startBareFastify, startServe } from './host-process.js'
import { measureLoad, megabytes } from './measure-load.js'
import { median, wrk } from './wrk.js'

const vocabularySize = 26_000
const vectorSize = 40
const wordsInClaim = 16
const rounds = 5
const seconds = 2

/** DocSim with an artifact of 5 MB: load, memory, one row and a hundred rows of claims. */
export async function docsim(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  const words = await writeArtifact(folder)
  const bare = await startBareFastify()
  const host = await startServe()
  try {
    const { size } = await stat(join(folder, 'DocSim-model'))
    const { ms, bytes } = await measureLoad(host, folder)
    const memory = `${megabytes(bytes)} MB of memory each (PSS)`
    console.log(`load of a ${megabytes(size)} MB artifact: ${ms.toFixed(1)} ms; ${memory}`)
    await load(host.url, 'm', folder)
    const rows = []
    for (const count of [1, 100]) rows.push(await measureRows(host, bare, words, count))
    console.table(rows)
  } finally {
    await Promise.all([bare.stop(), host.stop()])
    await rm(folder, { recursive: true })
  }
}

async function measureRows(host: ServerProcess, bare: ServerProcess, words: readonly string[], count: number) {
  let seed = 1
  const word = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    // Frequent words come first, as in any text; one in eight is unknown.
    const known = words[Math.floor((seed / 2 ** 32) ** 3 * words.length)]!
    return seed % 8 === 0 ? `${known}x` : known
  }
  const claim = () => Array.from({ length: wordsInClaim }, word).join(' ')
  const body = Array.from({ length: count }, () => `"${claim()}, so heißt es",${claim()}`).join('\n')
  const rates: { bare: number[]; host: number[] } = { bare: [], host: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { url }] of [
      ['bare', bare],
      ['host', host],
    ] as const) {
      const rate = await wrk({ url: `${url}/models/m/invoke`, body, type: 'text/csv', connections: 8, seconds })
      if (round > 0) rates[name].push(rate)
    }
  }
  const [bareRate, hostRate] = [median(rates.bare), median(rates.host)]
  return {
    rows: count,
    'body bytes': Buffer.byteLength(body),
    'requests/s': Math.round(hostRate),
    'bare Fastify/s': Math.round(bareRate),
    'share %': Math.round((hostRate / bareRate) * 100),
  }
}

/** A model of random words and vectors, with lengths as German words have. */
async function writeArtifact(folder: string): Promise<string[]> {
  const vocabulary = [...new GeneratedTexts(vocabularySize).words]
  let seed = 7
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  const vectors = Float32Array.from({ length: vocabulary.length * vectorSize }, () => random() - 0.5)
  await writeFile(join(folder, 'DocSim-params.json'), '{"model_name": "DocSim"}')
  const tensors = {
    ...stringTable('vocabulary', vocabulary),
    counts: Uint32Array.from(vocabulary, (_, i) => vocabulary.length - i),
    word_vectors: { data: vectors, shape: [vocabulary.length, vectorSize] },
  }
  await writeFile(join(folder, 'DocSim-model'), encodeTensorFile({ tensors }))
  return vocabulary
}
