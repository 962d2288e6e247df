import { type Static, Type } from 'modelhost'

/** What a model can be trained with. A params file or `--set` says it; what is left out has its default. */
export const params = Type.Object({
  smoothing: Type.Number({
    exclusiveMinimum: 0,
    default: 1,
    description: 'Times that each word is counted more than it was seen, so that one word alone decides nothing.',
  }),
  min_count: Type.Integer({ minimum: 1, default: 1, description: 'Words that occur less often are left out.' }),
})

export type Params = Static<typeof params>
