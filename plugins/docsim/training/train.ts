import { type ArtifactWriter, stringTable, type TensorSource, type TrainContext, type TrainEnd } from 'modelhost'
import { roundTo } from '../../_model/rounds.js'
import { createPreprocessor, type TextSettings } from '../../_text/preprocess.js'
import { createSearchTerms } from '../../_text/search-terms.js'
import { formatVersion, type ModelSettings } from '../model.js'
import type { Bm25Settings } from '../search/postings.js'
import { SearchBuilder, type SearchVectors } from '../search/tensors.js'
import { principalComponents } from '../vectors/principal-components.js'
import { wordWeight } from '../vectors/word-weights.js'
import { inverseDocumentFrequency } from '../word-overlap.js'
import { type CorpusSettings, readCorpus } from './corpus.js'
import { meanVectors, unitVectors, type Weights } from './document-vectors.js'
import { refuse } from './tools.js'
import type { Corpus } from './vocabulary.js'
import { type LearnedWeights, type LearningSettings, trainWeights } from './word-vectors.js'
import { estimateWriteSeconds } from './write-seconds.js'

export interface TrainParams extends CorpusSettings, LearningSettings, TextSettings, ModelSettings, Bm25Settings {}

const plugin = 'DocSim'
const answered = ['id', 'text', 'score']

/** Reads the training channel, learns word vectors, and writes `<prefix>-model`. */
export async function trainModel(context: TrainContext<TrainParams>, version: string): Promise<TrainEnd> {
  const { channels, params, artifact } = context
  const problem = findProblem(params)
  if (problem) throw refuse(problem)
  const preprocessor = await createPreprocessor(params)
  const search = params.search === 'none' ? undefined : new SearchBuilder(params, await createSearchTerms(params))
  const tools = { ...context, preprocessor, onDocument: search?.add.bind(search) }
  const corpus = await readCorpus(channels.train, params, tools)
  const repeated = search?.repeatedIds ?? 0
  if (repeated > 0) context.log.warn({ repeated, id_column: params.id_column }, 'documents share their ids')
  const model: ModelParts = { corpus, params, search, version }
  const writeModel = (to: ArtifactWriter, weights: LearnedWeights) => write(to, weights, model)
  const writeSeconds = estimateWriteSeconds(corpus, params)
  const weights = await trainWeights(corpus, params, { ...context, writeSeconds, writeModel })
  await writeModel(artifact, weights)
  return { done: roundTo(weights.epochs), wanted: params.epochs, unit: 'epochs' }
}

/** All of a model but its weights. */
interface ModelParts {
  readonly corpus: Corpus
  readonly params: TrainParams
  readonly search: SearchBuilder | undefined
  readonly version: string
}

async function write(
  artifact: ArtifactWriter,
  weights: LearnedWeights,
  { corpus, params, search, version }: ModelParts,
): Promise<void> {
  const { components, vectors } = await describeDocuments(corpus, weights, params)
  const { words, counts } = corpus.vocabulary
  const tensors: TensorSource['tensors'] = {
    ...stringTable('vocabulary', words),
    counts,
    document_counts: corpus.documentCounts,
    word_vectors: { data: weights.words, shape: [words.length, weights.size] },
    ...(components.length > 0
      ? { principal_components: { data: components, shape: [components.length / weights.size, weights.size] } }
      : {}),
    ...search?.tensors(vectors),
  }
  const isCutShort = weights.epochs < params.epochs
  const metadata = {
    format_version: String(formatVersion),
    plugin,
    plugin_version: version,
    params: JSON.stringify(params),
    documents: String(corpus.tokenCounts.length),
    search: params.search,
    ...(isCutShort ? { epochs: String(roundTo(weights.epochs)), epochs_wanted: String(params.epochs) } : {}),
  }
  await artifact.write('model', { tensors, metadata })
}

/** What only several params together have wrong. */
function findProblem(params: TrainParams): string | undefined {
  const { alpha, min_alpha: minAlpha, remove_principal_components: removed, vector_size: size } = params
  if (minAlpha > alpha) return `min_alpha (${minAlpha}) is larger than alpha (${alpha}). Lower it.`
  if (removed >= size) {
    return `remove_principal_components (${removed}) would leave nothing of vectors of ${size} numbers. Lower it.`
  }
  const kept = params.keep_columns
  const clash = kept.find((name, i) => answered.includes(name) || kept.indexOf(name) !== i)
  if (clash !== undefined) {
    return `keep_columns names "${clash}", which an answer has already. Leave it out, or rename the column.`
  }
  if (kept.length > 0 && params.search === 'none') {
    return 'keep_columns are for a search. Set search to "bm25" or "vector", or leave them out.'
  }
  return undefined
}

async function describeDocuments(
  corpus: Corpus,
  weights: Weights,
  params: TrainParams,
): Promise<{ components: Float32Array; vectors: SearchVectors }> {
  const { size } = weights
  const none = new Float32Array(0)
  const { remove_principal_components: removed, search } = params
  const idf = idfOf(corpus)
  if (removed === 0 && search !== 'vector') return { components: none, vectors: { units: none, size, idf } }
  const means = meanVectors(corpus, weights, wordWeight(params, corpus.vocabulary.counts))
  const components = removed > 0 ? await principalComponents(means, size, removed) : none
  const units = search === 'vector' ? unitVectors(means, size, components) : none
  return { components, vectors: { units, size, idf } }
}

/** As `WordOverlap` has it. */
function idfOf({ vocabulary, documentCounts, tokenCounts }: Corpus): (term: string) => number {
  const counts = new Map(vocabulary.words.map((word, i) => [word, documentCounts[i]!]))
  return term => inverseDocumentFrequency(tokenCounts.length, counts.get(term) ?? 1)
}
