import { definePlugin, type Static, Type } from 'modelhost'
import { documentParams } from '../_text/document-params.js'
import { createPreprocessor } from '../_text/preprocess.js'
import { createSearchTerms } from '../_text/search-terms.js'
import { float32String } from './float32.js'
import { noSearch, readModel } from './model.js'
import { maxTop, searchScratchBytes } from './search/document-search.js'

const version = '1.0.0'

const pair = Type.Object({
  text1: Type.String({ description: 'Plain text; may be empty.' }),
  text2: Type.String({ description: 'Plain text; may be empty.' }),
})
const query = Type.Object({
  text: Type.String({ description: 'What to search for: plain text; may be empty.' }),
  top: Type.Integer({ minimum: 1, maximum: maxTop, default: 10, description: 'Documents to answer, at most.' }),
})

/** What has the properties of both forms may fit one of them alone. */
function isPair(request: object): request is Static<typeof pair> {
  const { text1, text2 } = request as { text1?: unknown; text2?: unknown }
  return typeof text1 === 'string' && typeof text2 === 'string'
}

export default definePlugin({
  name: 'DocSim',
  version,
  summary:
    'How similar two texts are, by word vectors learned with PV-DM (Doc2Vec), and which training texts are nearest.',

  params: Type.Object({
    language: Type.Enum(['de', 'en'], { default: 'de', description: 'Picks the stop words and the stemmer.' }),
    vector_size: Type.Integer({ minimum: 1, maximum: 4096, default: 40, description: 'Numbers in a word vector.' }),
    min_count: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 2,
      description: 'Words that occur less often are left out.',
    }),
    epochs: Type.Integer({ minimum: 1, maximum: 100_000, default: 100, description: 'Passes over the texts.' }),
    ...documentParams,
    id_column: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Column that names a document; without it `id` where there is one, else the row number from 0.',
      }),
    ),
    keep_columns: Type.Array(Type.String({ minLength: 1 }), {
      maxItems: 100,
      default: [],
      description: 'Further columns that a search answers, beside id and text.',
    }),
    stop_words: Type.Enum(['nltk', 'none'], {
      default: 'nltk',
      description: "Words to leave out: NLTK's list for the language, or none.",
    }),
    stop_words_extra: Type.Array(Type.String({ minLength: 1 }), {
      maxItems: 100_000,
      default: [],
      description: 'Further words to leave out.',
    }),
    protected_tokens: Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
      maxItems: 1000,
      default: ['5G'],
      description: 'Tokens with digits or signs to keep whole, in upper or lower case, wherever they stand in a text.',
    }),
    normalization: Type.Enum(['none', 'stemming'], {
      default: 'none',
      description: 'Words as they are, lower-cased, or their stems (Snowball for German, Porter for English).',
    }),
    window: Type.Integer({ minimum: 1, maximum: 1000, default: 5, description: 'Words of context on each side.' }),
    negative: Type.Integer({ minimum: 1, maximum: 1000, default: 5, description: 'Words drawn against each word.' }),
    alpha: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.025, description: 'Learning rate at the start.' }),
    min_alpha: Type.Number({ minimum: 0, maximum: 1, default: 0.0001, description: 'Learning rate at the end.' }),
    sample: Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      default: 1e-3,
      description: 'Words with a larger share of all are skipped now and then; 0 skips none.',
    }),
    weighting: Type.Enum(['uniform', 'sif'], {
      default: 'uniform',
      description:
        'All words count alike in the mean, or frequent ones less: a / (a + p(w)), smooth inverse frequency.',
    }),
    sif_a: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1e-3,
      description: 'The a of weighting sif; the smaller it is, the less frequent words count.',
    }),
    remove_principal_components: Type.Integer({
      minimum: 0,
      maximum: 3,
      default: 0,
      description: 'Directions that all texts share, to take out of each vector.',
    }),
    blend: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0,
      description:
        'Share of the overlap of words, weighted by IDF, in a similarity; 0 is vectors alone, 1 words alone.',
    }),
    search: Type.Enum(['none', 'vector', 'bm25'], {
      default: 'none',
      description: 'Keeps the training documents, to be found by similarity, or by the words they share with a text.',
    }),
    bm25_k1: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 0.9,
      description: 'Of search bm25: how much a repeated term adds.',
    }),
    bm25_b: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.4,
      description: 'Of search bm25: how far long documents are marked down.',
    }),
    seed: Type.Integer({
      minimum: 0,
      maximum: 0xffff_ffff,
      default: 1,
      description: 'With one thread, the same seed, params and texts give the same model.',
    }),
  }),
  request: Type.Union([pair, query]),
  response: Type.Union([
    Type.Number({
      minimum: -1,
      maximum: 1,
      description: 'Of a pair: its similarity, a float32; 0 where a text has no known word.',
    }),
    Type.Array(
      Type.Object(
        { id: Type.String(), text: Type.String(), score: Type.Number() },
        { additionalProperties: Type.String({ description: 'The kept columns.' }) },
      ),
      { description: 'Of a search: the training documents that fit best, best first.' },
    ),
  ]),
  // The original answers CSV with strings.
  encode: { 'text/csv': answer => (typeof answer === 'number' ? float32String(answer) : answer) },

  // Measured with vectors of 40 numbers: 2 to 3 KB, with a search 5 to 7 KB.
  estimateSize: () => 6144,
  scratchBytes: ({ search, vector_size: size }) =>
    search === 'none' ? 0 : searchScratchBytes(search === 'vector' ? size : 0),
  load: async ({ artifact, params }) => {
    const preprocessor = await createPreprocessor(params)
    return readModel(
      artifact,
      { settings: params, preprocessor },
      params.search === 'bm25' ? await createSearchTerms(params) : undefined,
    )
  },
  predict: (model, request) => {
    if (isPair(request)) return model.similarity.of(request.text1, request.text2)
    if (!model.search) throw noSearch()
    return model.search.find(request.text, request.top)
  },

  // Their modules are heavy, and no lane needs them.
  train: async context => (await import('./training/train.js')).trainModel(context, version),
  metrics: ['epoch', 'alpha', 'wordsPerSecond'],
  evaluate: async context => (await import('./evaluation/evaluate.js')).evaluateModel(context),
})
