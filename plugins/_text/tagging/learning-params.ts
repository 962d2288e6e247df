import { Type } from 'modelhost'

/** Params of all plugins that learn a tagger; what is best differs, and so the defaults of two. */
export const learningParams = {
  templates: Type.Array(Type.String({ minLength: 1 }), {
    maxItems: 128,
    default: [],
    description: 'Features to learn, such as `lower[-1] lower`; without any those that did best for the language.',
  }),
  epochs: (otherwise: number) =>
    Type.Integer({ minimum: 1, maximum: 1000, default: otherwise, description: 'Passes over the sentences in a run.' }),
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
  threshold: (otherwise: number) =>
    Type.Number({
      minimum: 0,
      maximum: 100,
      default: otherwise,
      description: 'Weights nearer to 0 are left out: the larger, the smaller the model.',
    }),
  seed: Type.Integer({
    minimum: 0,
    maximum: 0xffff_ffff,
    default: 1,
    description: 'The same seed, params and files give the same model, with any number of threads.',
  }),
}
