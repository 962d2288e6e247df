import { type Artifact, encodeTensorFile, type Log, type Static, stringTable, TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import type { Test } from 'tap'
import { Value } from 'typebox/value'
import { taggerScratchBytes } from '../../plugins/_text/tagging/tagger.js'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import type { Model } from '../../plugins/topical-page-rank/model.js'
import { folder } from './artifacts.js'
import { silentLog } from './silent-log.js'
import { tinyTaggerFile } from './tiny-tagger.js'

export type TopicalPageRankParams = Static<typeof topicalPageRank.params>
export const topicalPageRankDefaults = Value.Default(topicalPageRank.params, {}) as TopicalPageRankParams

/** A model small enough to work out by hand: two topics, five words, as in the worked example. */
export const exampleTopics = {
  vocabulary: ['masken', 'neue', 'neuen', 'studie', 'viren'],
  components: Float64Array.of(6, 1, 2, 1, 4, 1, 3, 1, 5, 1),
  docTopicPrior: 0.5,
}

/** Its file. */
export function exampleModelFile(
  metadata: Record<string, string> = {},
  { vocabulary, components, docTopicPrior } = exampleTopics,
): Uint8Array {
  return encodeTensorFile({
    tensors: {
      ...stringTable('vocabulary', vocabulary),
      components: { data: components, shape: [components.length / vocabulary.length, vocabulary.length] },
    },
    metadata: { doc_topic_prior: String(docTopicPrior), ...metadata },
  })
}

/** The params file of the original: numbers are strings, and nothing is "None". */
export const originalParams = {
  model_name: 'TopicalPageRank',
  grammar: 'NP: {<ADJ>*<NOUN|PROPN>}',
  language: 'de',
  normalization: 'None',
  n_topics: '2',
  window: '10',
  max_count: '10',
  train_df: 'factchecks_de.csv',
}

/** An artifact folder with a tagger of its own. */
export async function tinyTopicalPageRank(
  t: Pick<Test, 'teardown'>,
  params: Readonly<Record<string, unknown>> = originalParams,
  metadata: Record<string, string> = {},
): Promise<string> {
  return folder(t, {
    'TopicalPageRank-params.json': JSON.stringify(params),
    'TopicalPageRank-model': exampleModelFile(metadata),
    'TopicalPageRank-tagger': await tinyTaggerFile(),
  })
}

/** A model in an image of its own, with the tagger in it. */
export async function openTopicalPageRank(
  modelFile: Uint8Array,
  taggerFile: Uint8Array,
  changes: Partial<TopicalPageRankParams> = {},
  log: Log = silentLog,
): Promise<Model> {
  const params = { ...topicalPageRankDefaults, ...changes }
  const taggerAt = pageBytes + Math.ceil(modelFile.length / 64) * 64
  const scratchAt = taggerAt + Math.ceil(taggerFile.length / 64) * 64
  const memory = createSharedMemory(scratchAt + taggerScratchBytes)
  const place = (file: Uint8Array, at: number, name: string) => {
    const bytes = new Uint8Array(memory.buffer, at, file.length)
    bytes.set(file)
    const tensors = new TensorFile(bytes, name)
    return { name, bytes, tensors: () => tensors }
  }
  const files = new Map([
    ['model', place(modelFile, pageBytes, 'TopicalPageRank-model')],
    ['tagger', place(taggerFile, taggerAt, 'TopicalPageRank-tagger')],
  ])
  const artifact: Artifact = {
    prefix: 'TopicalPageRank',
    model: files.get('model')!.tensors(),
    has: name => files.has(name),
    file: name => files.get(name)!,
    memory,
    scratch: new Uint8Array(memory.buffer, scratchAt, taggerScratchBytes),
  }
  return topicalPageRank.load({ artifact, params, assets: {}, log })
}
