import { definePlugin, type Static, Type } from 'modelhost'
import { openTagger, taggerScratchBytes } from '../_text/tagging/tagger.js'
import { TaggerModel } from './model.js'

const version = '1.0.0'

const plainText = Type.Object({
  text: Type.String({ description: 'Plain text; may be empty.' }),
})
const ownTokens = Type.Object({
  tokens: Type.Array(Type.Array(Type.String({ minLength: 1 })), {
    description: "The caller's own tokens: a list for each sentence.",
  }),
})

/** What has the properties of both forms may fit one of them alone. */
const isText = (request: object): request is Static<typeof plainText> =>
  typeof (request as { text?: unknown }).text === 'string'

export default definePlugin({
  name: 'Tagger',
  version,
  summary: 'Cuts a text into tokens and gives each its part of speech, learned from treebanks by a perceptron.',

  params: Type.Object({
    language: Type.String({
      pattern: '^[a-z]{2,3}$',
      default: 'de',
      description: 'Picks the rules for tokens and the features to learn; `de` and `en` have rules of their own.',
    }),
    mode: Type.Enum(['text', 'tweets'], {
      default: 'text',
      description:
        'Rules for tokens: of running text, or with URLs, mentions, hashtags and emoji whole, whose tags are then fixed.',
    }),
    split_hyphens: Type.Boolean({ default: false, description: 'Cut English words at their hyphens.' }),
    join_hyphens: Type.Boolean({
      default: false,
      description: 'Learn also from a copy of each sentence with `X - Y` as one word where no space is between them.',
    }),
    domain: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Of several training files the one whose kind of text will be tagged: its name without `.conllu`. What it has of its own counts, what the others have of their own does not.',
      }),
    ),
    templates: Type.Array(Type.String({ minLength: 1 }), {
      maxItems: 128,
      default: [],
      description: 'Features to learn, such as `lower[-1] lower`; without any those that did best for the language.',
    }),
    epochs: Type.Integer({ minimum: 1, maximum: 1000, default: 6, description: 'Passes over the sentences in a run.' }),
    runs: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 5,
      description: 'Runs in other orders, whose weights are averaged; each has a thread of its own.',
    }),
    min_count: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 2,
      description: 'Features that occur less often are left out.',
    }),
    threshold: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 0.6,
      description: 'Weights nearer to 0 are left out: the larger, the smaller the model.',
    }),
    seed: Type.Integer({
      minimum: 0,
      maximum: 0xffff_ffff,
      default: 1,
      description: 'The same seed, params and files give the same model, with any number of threads.',
    }),
  }),
  request: Type.Union([plainText, ownTokens]),
  response: Type.Array(
    Type.Object({
      text: Type.String(),
      tag: Type.String({ description: 'UPOS, or what the treebank had; SPACE for white space.' }),
      start: Type.Optional(Type.Integer({ description: 'In UTF-16 units of the text; only for a text.' })),
      end: Type.Optional(Type.Integer({ description: 'Exclusive.' })),
    }),
    { description: 'All tokens in order.' },
  ),

  // Measured.
  estimateSize: () => 10_240,
  scratchBytes: taggerScratchBytes,
  load: ({ artifact, params }) => {
    const { memory, scratch } = artifact
    return new TaggerModel(openTagger({ file: artifact.file('model'), memory, scratch }), params)
  },
  predict: (model, request) => (isText(request) ? model.ofText(request.text) : model.ofTokens(request.tokens)),

  // Their modules are heavy, and no lane needs them.
  train: async context => (await import('./train.js')).trainModel(context, version),
  evaluate: async context => (await import('./evaluation/evaluate.js')).evaluateModel(context),
})
