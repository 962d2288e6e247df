import { definePlugin } from 'modelhost'
import { findKeyphrases } from './keyphrases.js'
import { readModel } from './model.js'
import { params } from './params.js'
import { request, response } from './request.js'
import { ownTaggerScratchBytes, taggerAssets, taggerFile } from './tagger-source.js'

const version = '1.0.0'

export default definePlugin({
  name: 'TopicalPageRank',
  version,
  summary: 'The keyphrases of a text: noun phrases, ranked by a random walk over its words that favours its topics.',
  params,
  request,
  response,
  files: [{ name: taggerFile, optional: true }],
  assets: taggerAssets,
  scratchBytes: (_, files) => ownTaggerScratchBytes(files),
  // Measured: 4 KB, and 16 bytes a topic.
  estimateSize: () => 12_288,
  load: readModel,
  predict: (model, instance, { log }) => findKeyphrases(model, instance, log),

  // Their modules are heavy, and no lane needs them.
  train: async context => (await import('./training/train.js')).trainModel(context, version),
  metrics: ['iteration', 'perplexity', 'documentPerplexity'],
  evaluate: async context => (await import('./evaluation/evaluate.js')).evaluateModel(context),
})
