import { definePlugin } from 'modelhost'
import { invalid } from '../_model/invalid.js'
import { openTagger } from '../_text/tagging/tagger.js'
import { EntityModel, isOfNames } from './model.js'
import { params } from './params.js'
import { isText, request, response } from './request.js'
import { readCurve } from './score.js'
import { scratchBytesOf, tablesAssets } from './shared-tables.js'

const version = '1.0.0'

export default definePlugin({
  name: 'NER',
  version,
  summary: 'Finds the names of people, organisations and places in a text, tweets above all, and says where they are.',
  params,
  request,
  response,

  // Measured.
  estimateSize: () => 14_336,
  assets: tablesAssets,
  scratchBytes: scratchBytesOf,
  load: ({ artifact, params, assets }) => {
    const { memory, scratch } = artifact
    const tagger = openTagger({ file: artifact.file('model'), memory, scratch, tables: assets['tables'] })
    if (!isOfNames(tagger.tags)) throw invalid(artifact.model, 'its tags are not those of names: O, B-PER and so on')
    return new EntityModel(tagger, readCurve(artifact.model.metadata), params)
  },
  predict: (model, instance) =>
    isText(instance) ? model.ofText(instance.text, instance.offsets) : model.ofTokens(instance.tokens),

  // Their modules are heavy, and no lane needs them.
  train: async context => (await import('./train.js')).trainModel(context, version),
  metrics: ['dev P', 'dev R', 'dev F1'],
  evaluate: async context => (await import('./evaluation/evaluate.js')).evaluateModel(context),
})
