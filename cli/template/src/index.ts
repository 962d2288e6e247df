import { definePlugin, Type } from 'modelhost'
import { classify, readModel } from './model.js'
import { params } from './params.js'
import { train } from './train.js'

/** A model type is one object: what its models look like, what a request is, and how to answer it. */
export default definePlugin({
  name: 'MySentiment', // what "model_name" in a params file selects
  version: '1.0.0',
  summary: 'Says which label fits a text, by naive Bayes over its words.',

  params, // schemas check what comes in, give the types below, and document the plugin
  request: Type.Object({
    text: Type.String({ minLength: 1, description: 'Plain text.' }),
  }),
  response: Type.Object({
    label: Type.String({ description: 'The label that fits best.' }),
    scores: Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }), {
      description: 'The probability of each label; together 1.',
    }),
  }),

  train, // runs in a process of its own
  load: ({ artifact }) => readModel(artifact), // runs once in each thread that answers for a model
  predict: (model, { text }) => classify(model, text), // one request; what `load` returned comes back as `model`
})
