import { definePlugin, fail, Type } from 'modelhost'
import { createPreprocessor } from '../_text/preprocess.js'
import { float32String } from './float32.js'
import { formatVersion, readModel } from './similarity.js'
import { modelTensors, readCorpus, trainWeights } from './training.js'

const name = 'DocSim'
const version = '1.0.0'

export default definePlugin({
  name,
  version,
  summary: 'How similar two texts are: the cosine of their mean word vectors, learned by PV-DM (Doc2Vec).',

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
    train_df: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[^/\\\\]+$',
        description: 'The one file of the training folder to read; without it all tables, by name.',
      }),
    ),
    column: Type.String({
      minLength: 1,
      default: 'claim_text',
      description: 'Column that holds the texts.',
    }),
    columns: Type.Array(Type.String({ minLength: 1 }), {
      maxItems: 100,
      default: [],
      description: 'Several columns that make up the text together, such as a title and a claim; instead of column.',
    }),
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
    seed: Type.Integer({
      minimum: 0,
      maximum: 0xffff_ffff,
      default: 1,
      description: 'With one thread, the same seed, params and texts give the same model.',
    }),
  }),
  request: Type.Object({
    text1: Type.String({ description: 'Plain text; may be empty.' }),
    text2: Type.String({ description: 'Plain text; may be empty.' }),
  }),
  response: Type.Number({
    minimum: -1,
    maximum: 1,
    description: 'Cosine of the mean word vectors, a float32; 0 where a text has no known word.',
  }),
  // The original answers CSV with strings.
  encode: { 'text/csv': float32String },

  // Measured: 2.4 KB with vectors of 40 numbers.
  estimateSize: () => 4096,
  load: async ({ artifact, params }) => readModel(artifact.model, await createPreprocessor(params)),
  predict: (model, { text1, text2 }) => model.similarity(text1, text2),

  train: async ({ channels, params, artifact, log, progress, threads }) => {
    if (params.min_alpha > params.alpha) {
      const problem = `min_alpha (${params.min_alpha}) is larger than alpha (${params.alpha}). Lower it.`
      throw fail('TRAIN_FAILED', { plugin: name, problem })
    }
    const tools = { preprocessor: await createPreprocessor(params), log, progress, threads }
    const corpus = await readCorpus(channels.train, params, tools)
    const weights = await trainWeights(corpus, params, tools)
    const metadata = {
      format_version: String(formatVersion),
      plugin: name,
      plugin_version: version,
      params: JSON.stringify(params),
      documents: String(corpus.tokenCounts.length),
    }
    await artifact.write('model', { tensors: modelTensors(corpus, weights), metadata })
  },
})
