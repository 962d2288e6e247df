import { type Static, Type } from 'modelhost'
import { offsetUnits } from '../_text/entities/offsets.js'
import { shippedNameLanguages } from '../_text/entities/shipped.js'
import { learningParams } from '../_text/tagging/learning-params.js'

const share = (what: string) =>
  Type.Number({ minimum: 0, maximum: 1, default: 0.05, description: `Share of the sentences also learned ${what}.` })

export const params = Type.Object({
  language: Type.String({
    pattern: '^[a-z]{2,3}$',
    default: 'en',
    description: 'Picks the rules for tokens and the features to learn; `en` and `de` have rules of their own.',
  }),
  mode: Type.Enum(['tweets', 'text'], {
    default: 'tweets',
    description: 'Rules for tokens: with URLs, mentions, hashtags and emoji whole, or of running text.',
  }),
  split_hyphens: Type.Boolean({ default: false, description: 'Cut English words at their hyphens.' }),
  offsets: Type.Enum([...offsetUnits], {
    default: 'utf16',
    description:
      'What start and end count in answers: UTF-16 units as JavaScript does, characters as Python and Snowflake do, or bytes of UTF-8. A request may ask for another.',
  }),
  mentions: Type.Boolean({ default: false, description: 'May an @mention be a name?' }),
  hashtags: Type.Boolean({ default: true, description: 'May a #hashtag be a name, or a part of one?' }),
  labels: Type.Record(Type.String(), Type.String({ maxLength: 64, pattern: '^\\S*$' }), {
    default: {},
    description:
      'What labels of files to learn from and to measure on stand for: `{"person": "PER", "product": ""}`; an empty one is no name. Others stay.',
  }),
  tag_column: Type.Optional(
    Type.Integer({
      minimum: 2,
      maximum: 1000,
      description:
        'Of CoNLL files the column of the tags, from 1; without it the one behind the token, or the last where that has none.',
    }),
  ),
  data_offsets: Type.Enum([...offsetUnits], {
    default: 'code_points',
    description: 'What start and end count in JSON lines to learn from and to measure on.',
  }),
  tables: Type.Enum(['own', ...shippedNameLanguages], {
    default: 'own',
    description:
      'What is known of words: in the model file, made of channels, or the tables of the package for a language, which all models share.',
  }),
  lower_case_share: share('in lower case'),
  upper_case_share: share('in CAPITALS'),
  title_case_share: share('in Title Case'),
  domain: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'Of several training files the one whose kind of text will be asked for: its name without `.conll`. What it has of its own counts, what the others have of their own does not.',
    }),
  ),
  templates: learningParams.templates,
  epochs: learningParams.epochs(10),
  patience: Type.Integer({
    minimum: 0,
    maximum: 1000,
    default: 3,
    description:
      'Passes without a better F1 on the development set after which training ends, and the best one counts; 0: all are made.',
  }),
  runs: learningParams.runs,
  cost: Type.Integer({
    minimum: 0,
    maximum: 1000,
    default: 0,
    description:
      'By how much a name must beat no name in learning: the more, the more names are found, and wrong ones too.',
  }),
  min_count: learningParams.min_count,
  threshold: learningParams.threshold(0.5),
  seed: learningParams.seed,
})

export type Params = Static<typeof params>
