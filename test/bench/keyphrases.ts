import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { train } from '../../core/host.js'
import { readTables } from '../../plugins/_text/table.js'
import { silentLog } from '../helpers/silent-log.js'
import { pkeParams, readInspec, writeAbstracts } from '../quality/inspec.js'
import { invoke, load, memoryOf, type ServerProcess, startServe, unload } from './host-process.js'
import { measureLoad, megabytes } from './measure-load.js'
import { median, wrk } from './wrk.js'

const rounds = 5
const seconds = 2
const models = 1000

/**
 * TopicalPageRank, documents a second in one lane over HTTP, time and memory of a load, and memory of a thousand models
 * that share a tagger.
 *
 * @param args  a folder with keyphrase/inspec.*.jsonl.gz and claims/de/*.csv.gz
 */
export async function keyphrases([data]: readonly string[]): Promise<void> {
  if (data === undefined || !existsSync(join(data, 'keyphrase'))) {
    console.log('needs a folder with keyphrase/ and claims/: npm run bench keyphrases -- DIR')
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'modelhost-bench-'))
  const host = await startServe('--lanes', '1')
  try {
    const abstracts = await writeAbstracts(readInspec(data, 'train'), folder)
    const texts = readInspec(data, 'dev').map(({ text }) => text)
    const claims = join(data, 'claims', 'de', 'factchecks_de.csv.gz')
    const claimTexts = await readClaims(claims)
    const sets = {
      'Inspec, 100 topics': { source: abstracts, texts, params: { ...pkeParams, n_topics: 100 } },
      'Inspec, 500 topics': { source: abstracts, texts, params: { ...pkeParams, n_topics: 500 } },
      'German claims, 100 topics': { source: claims, texts: claimTexts, params: { language: 'de', n_topics: 100 } },
    }
    const rows = []
    for (const [name, { source, texts, params }] of Object.entries(sets)) {
      const output = join(folder, name)
      const job = { plugin: 'TopicalPageRank', channels: { train: source }, output, threads: 1, log: silentLog }
      await train({ ...job, params })
      rows.push({ model: name, ...(await measure(host, output, texts)) })
    }
    console.table(rows)
    await measureMany(join(folder, 'German claims, 100 topics'), claimTexts[0]!)
  } finally {
    await host.stop()
    await rm(folder, { recursive: true })
  }
}

async function readClaims(path: string): Promise<string[]> {
  const texts: string[] = []
  for await (const { header, rows } of readTables({ path, refuse: problem => new Error(problem) })) {
    const column = header.indexOf('claim_text')
    for await (const row of rows) texts.push(row[column] ?? '')
  }
  return texts.filter(text => text !== '')
}

async function measure(host: ServerProcess, artifact: string, texts: readonly string[]) {
  const { ms, bytes } = await measureLoad(host, artifact)
  await load(host.url, 'm', artifact)
  const rates: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const url = `${host.url}/models/m/invoke`
    const rate = await wrk({ url, body: texts, type: 'text/plain', connections: 8, seconds })
    // The first round warms up.
    if (round > 0) rates.push(rate)
  }
  await unload(host.url, 'm')
  const { size } = await stat(join(artifact, 'TopicalPageRank-model'))
  return {
    'documents/s': Math.round(median(rates)),
    'load ms': ms.toFixed(1),
    'file MB': megabytes(size),
    'memory MB': megabytes(bytes),
  }
}

/** A thousand copies of one artifact, each loaded and asked. */
async function measureMany(artifact: string, text: string): Promise<void> {
  const host = await startServe('--lanes', '2')
  try {
    const add = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        await load(host.url, `m${i}`, artifact)
        await invoke(host.url, `m${i}`, text, 'text/plain')
      }
    }
    const start = (await memoryOf(host.pid)).pss
    const startMs = performance.now()
    await load(host.url, 'm0', artifact)
    const firstMs = performance.now() - startMs
    await unload(host.url, 'm0')
    await add(0, 1)
    const first = (await memoryOf(host.pid)).pss
    await add(1, models)
    const all = (await memoryOf(host.pid)).pss
    const { size } = await stat(join(artifact, 'TopicalPageRank-model'))
    const each = (all - first) / (models - 1)
    console.log(`the first load of all, with the imports of plugin and tagger: ${firstMs.toFixed(0)} ms`)
    console.log(
      `${models} models of ${megabytes(size)} MB that share a tagger: ${megabytes(each)} MB each; ` +
        `the first with plugin and tagger ${megabytes(first - start)} MB; together ${megabytes(all - start)} MB`,
    )
  } finally {
    await host.stop()
  }
}
