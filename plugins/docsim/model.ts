import { type Artifact, fail, type StringTable, type TensorFile } from 'modelhost'
import { invalid } from '../_model/invalid.js'
import type { Preprocessor } from '../_text/preprocess.js'
import type { SearchTerms } from '../_text/search-terms.js'
import { DocumentSearch, type SearchData, searchScratchBytes } from './search/document-search.js'
import { readDocumentTexts, readDocumentVectors, readPostings } from './search/files.js'
import { bm25Queries, vectorQueries } from './search/queries.js'
import { Similarity } from './similarity.js'
import { checkTrainedParams } from './trained-params.js'
import { TextVectors } from './vectors/text-vectors.js'
import { type WeightSettings, wordWeight } from './vectors/word-weights.js'
import { WordOverlap } from './word-overlap.js'

/** Of the tensor file's metadata; a file of a later version is refused. */
export const formatVersion = 1

/** What of the params decides over answers. */
export interface ModelSettings extends WeightSettings {
  readonly remove_principal_components: number
  readonly blend: number
  readonly search: 'none' | 'vector' | 'bm25'
  readonly keep_columns: readonly string[]
}

const bm25Range = { least: 0, most: Infinity }
const cosineRange = { least: -Infinity, most: 1 }

export interface Reading {
  readonly settings: ModelSettings
  readonly preprocessor: Preprocessor
}

export interface DocSimModel {
  readonly similarity: Similarity
  /** Absent where the model was trained without one. */
  readonly search: DocumentSearch | undefined
}

/**
 * @param searchTerms  of a search by BM25
 * @throws HostError ARTIFACT_INVALID where tensors are missing, damaged, or do not fit each other or the params
 */
export function readModel(artifact: Artifact, reading: Reading, searchTerms?: SearchTerms): DocSimModel {
  const file = artifact.model
  checkVersion(file)
  checkTrainedParams(file, reading.settings)
  const vocabulary = file.strings('vocabulary')
  const vectors = readVectors(file, vocabulary, reading)
  const overlap = reading.settings.blend > 0 ? readOverlap(file, vocabulary, reading.preprocessor) : undefined
  const similarity = new Similarity(vectors, overlap, reading.settings.blend)
  const { search } = reading.settings
  if (search === 'none') return { similarity, search: undefined }
  if (file.metadata['search'] !== search) {
    const made = file.metadata['search'] ?? 'none'
    throw invalid(file, `it was trained with search "${made}", its params ask for "${search}"`)
  }
  const data = readSearchData(artifact, reading.settings, vectors.size)
  const byBm25 = () => new DocumentSearch(data, bm25Queries(data, searchTerms!), bm25Range)
  const byVectors = () =>
    new DocumentSearch(data, vectorQueries(data, vectors, overlap, reading.settings.blend), cosineRange)
  return { similarity, search: search === 'bm25' ? byBm25() : byVectors() }
}

function checkVersion(file: TensorFile): void {
  const version = file.metadata['format_version']
  if (version === undefined || version === String(formatVersion)) return
  throw invalid(file, `its format_version is "${version}", this host reads ${formatVersion}`)
}

/** Reads `word_vectors` F32 [words, size]; `counts` U32 [words] may be absent where all words count alike. */
function readVectors(file: TensorFile, vocabulary: StringTable, { settings, preprocessor }: Reading): TextVectors {
  const needsCounts = settings.weighting === 'sif' || file.has('counts')
  const counts = needsCounts ? file.tensor('counts', 'U32', [vocabulary.size]) : new Uint32Array(0)
  const vectors = file.tensor('word_vectors', 'F32', [vocabulary.size, null])
  const size = file.info('word_vectors').shape[1]!
  const weight = wordWeight(settings, counts)
  return new TextVectors({
    vocabulary,
    vectors,
    size,
    preprocessor,
    weight,
    components: readComponents(file, settings, size),
  })
}

/** As many of the file's components as are asked for. */
function readComponents(file: TensorFile, settings: ModelSettings, size: number): Float32Array {
  const wanted = settings.remove_principal_components
  if (wanted === 0) return new Float32Array(0)
  const components = file.tensor('principal_components', 'F32', [null, size])
  const found = components.length / size
  if (found < wanted) {
    throw invalid(file, `it has ${found} principal components, remove_principal_components asks for ${wanted}`)
  }
  if (!components.every(Number.isFinite)) throw invalid(file, '"principal_components" are not finite')
  return components.subarray(0, wanted * size)
}

function readOverlap(file: TensorFile, vocabulary: StringTable, preprocessor: Preprocessor): WordOverlap {
  const counts = file.tensor('document_counts', 'U32', [vocabulary.size])
  const documents = Number(file.metadata['documents'])
  if (!Number.isSafeInteger(documents) || documents < 1) {
    throw invalid(file, 'blend needs the number of its training documents, "documents" in the metadata')
  }
  return new WordOverlap(vocabulary, counts, documents, preprocessor)
}

function readSearchData({ model: file, memory, scratch }: Artifact, settings: ModelSettings, size: number): SearchData {
  const texts = readDocumentTexts(file, settings.keep_columns)
  const isByVectors = settings.search === 'vector'
  if (scratch.length < searchScratchBytes(isByVectors ? size : 0)) {
    throw invalid(file, `its vectors have ${size} numbers, more than vector_size in its params`)
  }
  const vectors = isByVectors ? readDocumentVectors(file, texts.count, size) : undefined
  if (isByVectors && settings.blend > 0 && !file.has('postings.offsets')) {
    throw invalid(file, `it was trained with blend 0, its params ask for ${settings.blend}: a search needs its words`)
  }
  const postings = !isByVectors || settings.blend > 0 ? readPostings(file, texts.count) : undefined
  return { texts, memory, scratch, vectors, postings }
}

/** What is said to who searches a model that cannot. */
export const noSearch = () =>
  fail('REQUEST_INVALID', {
    problem:
      'This model has no search. Send two texts, {"text1": string, "text2": string} or two columns of CSV; ' +
      'or train it with search "bm25" or "vector".',
  })
