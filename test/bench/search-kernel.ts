import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import { SearchTerms } from '../../plugins/_text/search-terms.js'
import { stemmerOf } from '../../plugins/_text/stem.js'
import { entryBytes, readHeap, searchKernel } from '../../plugins/docsim/kernels/search.js'
import { docSimDefaults } from '../helpers/docsim-artifact.js'
import { addPostingsTwin, bestTwin, scoreRowsTwin } from '../twins/search.js'
import { median } from './wrk.js'

const top = 10
const rounds = 5

/** Scores and keeps the best for each query, with the kernel and with its twin, by turns; prints microseconds a query. */
export async function compareKernel(artifact: string, queries: readonly string[]): Promise<void> {
  const bytes = await readFile(join(artifact, 'DocSim-model'))
  const count = new TensorFile(bytes).stringList('documents').size
  const fileAt = pageBytes
  const scoresAt = fileAt + Math.ceil(bytes.length / 64) * 64
  const heapAt = scoresAt + Math.ceil(count / 2) * 8
  const queryAt = heapAt + top * entryBytes
  const memory = createSharedMemory(queryAt + pageBytes)
  new Uint8Array(memory.buffer, fileAt, bytes.length).set(bytes)
  const file = new TensorFile(new Uint8Array(memory.buffer, fileAt, bytes.length))
  const kernel = searchKernel.over(memory)
  const best = (floor: number) => {
    const kept = kernel.collect(scoresAt, count, 0, heapAt, 0, top, floor)
    return readHeap(new Uint32Array(memory.buffer, heapAt, kept * 2))
  }
  if (file.has('document_vectors')) {
    const size = file.info('document_vectors').shape[1]!
    const rows = file.tensor('document_vectors', 'F32')
    const query = rows.slice(0, size)
    new Float32Array(memory.buffer, queryAt, size).set(query)
    compare('rows', queries.length, {
      kernel: () => {
        kernel.scoreRows(scoresAt, rows.byteOffset, count, queryAt, size, 1)
        return best(-Infinity)
      },
      twin: () => bestTwin(scoreRowsTwin(rows, query, 1), top, -Infinity),
    })
    return
  }
  const terms = file.strings('terms')
  const offsets = file.tensor('postings.offsets', 'U32')
  const documents = file.tensor('postings.documents', 'U32')
  const weights = file.tensor('postings.weights', 'F32')
  const searchTerms = new SearchTerms({ ...docSimDefaults, language: 'en' }, stemmerOf('en'))
  const numbers = queries.map(text => [...new Set(searchTerms.of(text))].map(t => terms.find(t)).filter(n => n >= 0))
  let turn = 0
  const next = () => numbers[turn++ % numbers.length]!
  compare('postings', queries.length, {
    kernel: () => {
      kernel.clear(scoresAt, count)
      for (const term of next()) {
        const [from, to] = [offsets[term]!, offsets[term + 1]!]
        kernel.addPostings(scoresAt, 0, count, documents.byteOffset, weights.byteOffset, from, to, 1)
      }
      return best(0)
    },
    twin: () => {
      const scores = new Float32Array(count)
      for (const term of next()) {
        const range = [offsets[term]!, offsets[term + 1]!] as const
        const lists = { documents: documents.subarray(...range), weights: weights.subarray(...range) }
        addPostingsTwin(scores, { ...lists, factor: 1 })
      }
      return bestTwin(scores, top, 0)
    },
  })
}

function compare(name: string, calls: number, work: Readonly<Record<'kernel' | 'twin', () => unknown[]>>): void {
  const times: Record<'kernel' | 'twin', number[]> = { kernel: [], twin: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const side of ['kernel', 'twin'] as const) {
      const startMs = performance.now()
      for (let i = 0; i < calls; i++) work[side]()
      if (round > 0) times[side].push(((performance.now() - startMs) * 1000) / calls)
    }
  }
  const [kernel, twin] = [median(times.kernel), median(times.twin)]
  const ratio = (twin / kernel).toFixed(1)
  console.log(`${name}: kernel ${kernel.toFixed(0)} us a query, its twin ${twin.toFixed(0)} us, ${ratio}x`)
}
