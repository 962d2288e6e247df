import { join } from 'node:path'
import { evaluate, train } from '../../core/host.js'
import { silentLog } from '../helpers/silent-log.js'
import { inspecFile, pkeParams, readInspec, writeAbstracts } from './inspec.js'
import type { Figure, Sets } from './sets.js'

/** What pke 1.8 reaches with its own tags on the same part. */
const pke = {
  500: { 'F1@5': 23.4, 'F1@10': 29.2 },
  100: { 'F1@5': 23.4, 'F1@10': 29.0 },
} as const

/** Keyphrases of the Inspec development part, with topics of the training part, beside pke's. */
export async function checkKeyphrases({ data, work }: Sets): Promise<Figure[]> {
  const abstracts = await writeAbstracts(readInspec(data, 'train'), work)
  const figures: Figure[] = []
  for (const [topics, reference] of Object.entries(pke)) {
    const output = join(work, `inspec_${topics}`)
    const params = { ...pkeParams, n_topics: topics }
    await train({
      plugin: 'TopicalPageRank',
      channels: { train: abstracts },
      params,
      output,
      threads: 1,
      log: silentLog,
    })
    const { measures } = await evaluate({
      artifact: output,
      files: { gold: inspecFile(data, 'dev') },
      log: silentLog,
    })
    for (const [measure, least] of Object.entries(reference)) {
      const value = 100 * measures[measure]!.value
      const name = `Inspec, ${topics} topics`
      figures.push({ name, measure, value, beside: `pke ${least}, at least`, isMet: value >= least })
    }
  }
  return figures
}
