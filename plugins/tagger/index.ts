import { definePlugin, type Static, Type } from 'modelhost'
import { learningParams } from '../_text/tagging/learning-params.js'
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
    templates: learningParams.templates,
    epochs: learningParams.epochs(6),
    runs: learningParams.runs,
    min_count: learningParams.min_count,
    threshold: learningParams.threshold(0.6),
    seed: learningParams.seed,
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
  metrics: ['dev accuracy'],
  evaluate: async context => (await import('./evaluation/evaluate.js')).evaluateModel(context),
})
