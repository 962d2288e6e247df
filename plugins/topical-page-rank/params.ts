import { type Static, Type } from 'modelhost'
import { documentParams } from '../_text/document-params.js'

const tag = Type.String({ minLength: 1, maxLength: 32 })

export const params = Type.Object({
  grammar: Type.String({
    minLength: 1,
    maxLength: 4000,
    default: 'NP: {<ADJ>*<NOUN|PROPN>}',
    description: 'Which sequences of tags are candidates: a chunk grammar, whose chunks labelled NP count.',
  }),
  language: Type.String({
    pattern: '^[a-z]{2,3}$',
    default: 'de',
    description: 'Picks the tagger, the rules for tokens, the stop words and the stemmer.',
  }),
  normalization: Type.Union([Type.String({ maxLength: 32 }), Type.Null()], {
    default: 'None',
    description: '"stemming" compares words by their stems; anything else as they are, lower-cased.',
  }),
  n_topics: Type.Integer({ minimum: 1, maximum: 5000, default: 100, description: 'Topics to learn.' }),
  window: Type.Integer({
    minimum: 2,
    maximum: 1000,
    default: 10,
    description: 'Words that occur together lie within so many tokens.',
  }),
  max_count: Type.Integer({ minimum: 1, maximum: 10_000, default: 10, description: 'Keyphrases to answer, at most.' }),
  pos: Type.Array(tag, {
    minItems: 1,
    maxItems: 50,
    default: ['NOUN', 'PROPN', 'ADJ'],
    description: 'Tags whose words are ranked.',
  }),
  redundancy_removal: Type.Boolean({
    default: false,
    description: 'Leave out a keyphrase whose words are a part of a better one.',
  }),
  normalized: Type.Boolean({
    default: false,
    description: 'Divide the score of a keyphrase by the number of its words; else longer ones score higher.',
  }),
  stemmed_phrases: Type.Boolean({
    default: false,
    description: 'Answer the stems of a keyphrase instead of its words.',
  }),
  stop_words: Type.Enum(['nltk', 'none'], {
    default: 'nltk',
    description: "Words that say nothing of topics: NLTK's list for the language (de, en), or none.",
  }),
  stop_words_extra: Type.Array(Type.String({ minLength: 1 }), {
    maxItems: 100_000,
    default: [],
    description: 'Further words that say nothing of topics.',
  }),
  tokens: Type.Enum(['text', 'tweets'], {
    default: 'text',
    description: 'How texts are cut: as spaCy does, or with mentions, hashtags and emoji of posts kept whole.',
  }),
  split_hyphens: Type.Boolean({
    default: false,
    description: 'Cut English words at their hyphens, as pke 1.8 does; pke 2 keeps them whole.',
  }),
  ...documentParams,
  learning_method: Type.Enum(['batch', 'online'], {
    default: 'batch',
    description: 'Learn topics from all texts at once, or from batch_size after batch_size.',
  }),
  max_iter: Type.Integer({ minimum: 1, maximum: 10_000, default: 10, description: 'Passes over the texts.' }),
  learning_decay: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.7,
    description: 'Of online learning: how fast the learning rate falls.',
  }),
  learning_offset: Type.Number({
    minimum: 0,
    maximum: 1e6,
    default: 10,
    description: 'Of online learning: the larger, the less the first batches count.',
  }),
  batch_size: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 128,
    description: 'Of online learning: texts in a batch.',
  }),
  evaluate_every: Type.Integer({
    minimum: -1,
    maximum: 10_000,
    default: -1,
    description: 'After so many passes each, stop when the perplexity no longer moves; -1 or 0: never look.',
  }),
  seed: Type.Integer({
    minimum: 0,
    maximum: 0xffff_ffff,
    default: 0,
    description: 'The same seed, params and texts give the same model.',
  }),
  precision: Type.Enum(['float32', 'float64'], {
    default: 'float32',
    description: 'Of the numbers in the model file; float64 doubles its size.',
  }),
})

export type Params = Static<typeof params>
