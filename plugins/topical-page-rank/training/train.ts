import { type ArtifactWriter, fail, stringTable, type TensorSource, type TrainContext, type TrainEnd } from 'modelhost'
import { progressEveryMs } from '../../_model/progress.js'
import { roundTo } from '../../_model/rounds.js'
import { readDocuments } from '../../_text/documents.js'
import type { Tagger } from '../../_text/tagging/tagger.js'
import { Document } from '../document.js'
import { formatVersion } from '../model.js'
import type { Params } from '../params.js'
import { findParamsProblem } from '../params-check.js'
import { stopListOf } from '../stop-list.js'
import { taggerFile } from '../tagger-source.js'
import { createTextTools } from '../text-tools.js'
import { topicTensors } from '../topics/topic-tensors.js'
import { type TrainedTopics, topicDefaults, trainTopics } from '../topics/train-topics.js'
import { refuse } from '../topics/training/tools.js'
import { taggerMetadata, warnOfLanguage } from '../trained-with.js'
import { type Counts, CountsBuilder } from './counts.js'
import { readTrainingTagger } from './tagger-channel.js'

const plugin = 'TopicalPageRank'
const punctuation = 'PUNCT'

/** Tags the texts of the training channel, learns topics from them, and writes `<prefix>-model`. */
export async function trainModel(context: TrainContext<Params>, version: string): Promise<TrainEnd> {
  const { channels, params, artifact, log } = context
  const problem = findParamsProblem(params)
  if (problem) throw fail('PARAMS_INVALID', { file: `The params for ${plugin}`, problem })
  const { tagger, own } = await readTrainingTagger(channels[taggerFile], params.language)
  log.info({ language: tagger.language, version: tagger.version, hash: tagger.hash }, 'tagger read')
  warnOfLanguage(params, tagger, log)
  const counts = await countWords(context, tagger)
  const writeModel = async (to: ArtifactWriter, topics: TrainedTopics) => {
    if (own) await to.write(taggerFile, own)
    await to.write('model', modelOf(counts, topics, params, { tagger, version }))
  }
  const settings = { ...topicDefaults, ...params }
  const topics = await trainTopics(counts.matrix, settings, { ...context, writeModel })
  await writeModel(artifact, topics)
  const wanted = params.max_iter
  // Where the perplexity stayed, more passes are not missed.
  return { done: topics.isCutShort ? roundTo(topics.rounds) : wanted, wanted, unit: 'passes' }
}

async function countWords({ channels, params, log, progress }: TrainContext<Params>, tagger: Tagger): Promise<Counts> {
  const tools = await createTextTools(params, tagger)
  // Tags as `_SP` are no letters: what has them is not counted, as in pke.
  const isCounted = Uint8Array.from(tagger.tags, tag => Number(tag !== punctuation && /^\p{L}+$/u.test(tag)))
  const builder = new CountsBuilder(new Set(stopListOf(params)))
  const document = new Document()
  let shownAt = performance.now()
  const columns = { ...params, keep_columns: [] }
  for await (const { text, id } of readDocuments(channels.train, columns, refuse, params.train_df)) {
    readRow(document, text, id, tools)
    builder.add(document, isCounted)
    if (performance.now() - shownAt < progressEveryMs) continue
    shownAt = performance.now()
    const { documents } = builder
    progress({ done: documents, total: documents, unit: 'documents', stage: 'tagging' })
  }
  document.clear()
  const { documents, tokens } = builder
  if (documents === 0) throw refuse(`${channels.train} has a header but no rows.`)
  const counts = builder.build()
  if (counts.vocabulary.length === 0) {
    const names = (params.columns.length > 0 ? params.columns : [params.column]).map(name => `"${name}"`)
    const place = `${names.length > 1 ? 'columns' : 'column'} ${names.join(', ')}`
    const found = `no word of the ${documents} documents (${tokens} tokens in ${place}) can be counted`
    throw refuse(`${found}: words have two letters or more and are no stop words. Give other texts, or another column.`)
  }
  log.info({ documents, tokens, words: counts.words, vocabulary: counts.vocabulary.length }, 'words counted')
  return counts
}

function readRow(document: Document, text: string, id: string, tools: Parameters<Document['readText']>[1]): void {
  try {
    document.readText(text, tools)
  } catch (error) {
    throw refuse(`document ${id} cannot be read: ${(error as Error).message}`, error)
  }
}

function modelOf(
  { vocabulary, matrix }: Counts,
  topics: TrainedTopics,
  params: Params,
  { tagger, version }: { readonly tagger: Tagger; readonly version: string },
): TensorSource {
  const { tensors, metadata } = topicTensors(topics, vocabulary.length, params.precision)
  return {
    tensors: { ...stringTable('vocabulary', vocabulary), ...tensors },
    metadata: {
      ...metadata,
      format_version: String(formatVersion),
      plugin,
      plugin_version: version,
      params: JSON.stringify(params),
      documents: String(matrix.rows),
      rounds: String(roundTo(topics.rounds)),
      ...(topics.isCutShort ? { rounds_wanted: String(params.max_iter) } : {}),
      ...(Number.isNaN(topics.documentPerplexity) ? {} : { document_perplexity: String(topics.documentPerplexity) }),
      ...taggerMetadata(tagger),
    },
  }
}
