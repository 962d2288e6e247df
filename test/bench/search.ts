import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail } from 'modelhost'
import { train } from '../../core/host.js'
import { readTables } from '../../plugins/_text/table.js'
import { silentLog } from '../helpers/silent-log.js'
import { GeneratedTexts } from './generated-texts.js'
import { load, type ServerProcess, startServe, unload } from './host-process.js'
import { measureLoad, megabytes } from './measure-load.js'
import { compareKernel } from './search-kernel.js'
import { median, wrk } from './wrk.js'

const rounds = 5
const seconds = 2
const plain = { language: 'en', epochs: 5 }
const searches = {
  bm25: { search: 'bm25' },
  vector: { search: 'vector' },
  'vector, blended': { search: 'vector', blend: 0.5 },
}

/**
 * Searches a second in one lane, time and memory of a load, and the kernel beside its twin.
 *
 * @param args  a table of documents, its text column, and a table of queries (id, text; no header); without them,
 *   generated claims
 */
export async function search([path, column = 'claim_text', queriesPath]: readonly string[]): Promise<void> {
  if (path !== undefined && queriesPath === undefined)
    throw new Error('Name a table of queries too: TABLE COLUMN QUERIES.')
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  const host = await startServe('--lanes', '1')
  try {
    const texts = new GeneratedTexts(20_000)
    const documents = path ?? (await writeClaims(folder, texts))
    const queries = queriesPath ? await readQueries(queriesPath) : Array.from({ length: 200 }, () => texts.text(25))
    const bodies = queries.map(text => JSON.stringify({ text, top: 10 }))
    const rows = []
    for (const [name, params] of Object.entries(searches)) {
      const artifact = join(folder, name)
      const job = { plugin: 'DocSim', channels: { train: documents }, output: artifact, threads: 1, log: silentLog }
      await train({ ...job, params: { ...plain, ...params, column } })
      rows.push({ search: name, ...(await measure(host, artifact, bodies)) })
    }
    console.table(rows)
    for (const name of ['bm25', 'vector']) await compareKernel(join(folder, name), queries)
  } finally {
    await host.stop()
    await rm(folder, { recursive: true })
  }
}

async function writeClaims(folder: string, texts: GeneratedTexts): Promise<string> {
  const path = join(folder, 'claims.csv')
  const rows = Array.from({ length: 10_375 }, (_, i) => `${i},${texts.text(16)}\n`)
  await writeFile(path, `id,claim_text\n${rows.join('')}`)
  return path
}

async function readQueries(path: string): Promise<string[]> {
  const refuse = (problem: string) => fail('TRAIN_FAILED', { plugin: 'DocSim', problem })
  const queries: string[] = []
  for await (const { rows } of readTables({ path, hasHeader: false, refuse })) {
    for await (const [, text = ''] of rows) queries.push(text)
  }
  return queries
}

async function measure(host: ServerProcess, artifact: string, bodies: readonly string[]) {
  const { ms, bytes } = await measureLoad(host, artifact)
  await load(host.url, 'm', artifact)
  const rates: number[] = []
  const url = `${host.url}/models/m/invoke`
  for (let round = 0; round <= rounds; round++) {
    const rate = await wrk({ url, body: bodies, type: 'application/json', connections: 8, seconds })
    if (round > 0) rates.push(rate)
  }
  await unload(host.url, 'm')
  const { size } = await stat(join(artifact, 'DocSim-model'))
  return {
    'queries/s': Math.round(median(rates)),
    'load ms': ms.toFixed(1),
    'file MB': megabytes(size),
    'memory MB': megabytes(bytes),
  }
}
