/** What an author's editor knows: a wrong line below compiles, or a right one does not, and `npm run typecheck` fails. */
import { expectTypeOf } from 'expect-type'
import { type Artifact, type Asset, definePlugin, type Log, type PredictContext, Type } from 'modelhost'
import t from 'tap'
import type { AnyPlugin } from '../../core/plugin.js'
import { checkPlugin } from '../../core/plugin-check.js'

const words = { name: 'Typed', version: '1.0.0', summary: 'For its types.' }
const params = Type.Object({
  size: Type.Integer({ default: 2 }),
  language: Type.Union([Type.Literal('de'), Type.Literal('en')]),
  note: Type.Optional(Type.String()),
})
const request = Type.Object({ text: Type.String(), top: Type.Optional(Type.Integer()) })
const pairs = Type.Array(Type.Tuple([Type.String(), Type.Number()]))
const label = Type.Object({
  label: Type.Union([Type.Literal('good'), Type.Literal('bad')]),
  why: Type.Optional(Type.String()),
})

type Params = { size: number; language: 'de' | 'en'; note?: string }
type Request = { text: string; top?: number }
type Pairs = [string, number][]
type Model = { shares: Float64Array; size: number }

// Of unknown, so that what is inferred is what an `export default` has.
const isPlugin = (plugin: unknown) => t.equal(checkPlugin(plugin, 'here').name, 'Typed')

t.test('what load returns, or promises, flows to whatever is given the model', async () => {
  const plugin = definePlugin({
    ...words,
    params,
    request,
    response: pairs,
    async load({ artifact, params, assets, log }) {
      expectTypeOf(artifact).toEqualTypeOf<Artifact>()
      expectTypeOf(params).toEqualTypeOf<Params>()
      expectTypeOf(assets).toEqualTypeOf<Readonly<Record<string, Asset>>>()
      expectTypeOf(log).toEqualTypeOf<Log>()
      return { shares: artifact.model.tensor('shares', 'F64'), size: params.size }
    },
    predict(model, instance, context) {
      expectTypeOf(model).toEqualTypeOf<Model>()
      expectTypeOf(instance).toEqualTypeOf<Request>()
      expectTypeOf(context).toEqualTypeOf<PredictContext>()
      return [[instance.text, model.size]]
    },
    predictBatch(model, instances) {
      expectTypeOf(model).toEqualTypeOf<Model>()
      expectTypeOf(instances).toEqualTypeOf<Request[]>()
      return instances.map(({ text }) =>
        text === '' ? { error: { code: 'EMPTY', message: 'Send a text.' } } : [[text, model.size]],
      )
    },
    unload(model) {
      expectTypeOf(model).toEqualTypeOf<Model>()
    },
    async evaluate({ model, predict, params, files }) {
      expectTypeOf(model).toEqualTypeOf<Model>()
      expectTypeOf(predict).toEqualTypeOf<(instance: Request) => Promise<Pairs>>()
      expectTypeOf(params).toEqualTypeOf<Params>()
      expectTypeOf(files.gold).toEqualTypeOf<string>()
      return { task: 'none', cases: 0, unit: 'texts', measures: {}, predictions: '' }
    },
    async train({ params, channels, secondsLeft, threads }) {
      expectTypeOf(params).toEqualTypeOf<Params>()
      expectTypeOf(channels.train).toEqualTypeOf<string>()
      expectTypeOf(channels['dev']).toEqualTypeOf<string | undefined>()
      expectTypeOf(secondsLeft()).toEqualTypeOf<number>()
      expectTypeOf(threads).toEqualTypeOf<number>()
    },
    assets: params => {
      expectTypeOf(params).toEqualTypeOf<Params>()
      return { words: new URL(`./${params.language}.bin`, import.meta.url) }
    },
    scratchBytes: (params, files) => {
      expectTypeOf(params).toEqualTypeOf<Params>()
      return params.size * files.length
    },
    encode: {
      'text/csv': prediction => {
        expectTypeOf(prediction).toEqualTypeOf<Pairs>()
        return ''
      },
    },
    decode: { 'text/x': body => [new TextDecoder().decode(body)] },
  })
  expectTypeOf(plugin).toMatchTypeOf<AnyPlugin>()
  expectTypeOf(plugin.load).not.toBeAny()
  expectTypeOf(plugin.predict).parameter(0).toEqualTypeOf<Model>()
  isPlugin(plugin)
})

t.test('a model that is made at once flows as well, whatever it is', async () => {
  const given = { ...words, params, request, response: Type.Number() }
  isPlugin(definePlugin({ ...given, load: () => 2, predict: (model, { text }) => model + text.length }))
  isPlugin(definePlugin({ ...given, load: ({ params }) => params.size, predict: model => model }))
  isPlugin(
    definePlugin({ ...given, load: () => (text: string) => text.length, predict: (count, { text }) => count(text) }),
  )
})

t.test('what predict returns is read as the response schema has it: pairs, constants, optional fields', async () => {
  const load = ({ params }: { params: Params }) => params.size
  const sorted = definePlugin({
    ...words,
    params,
    request,
    response: pairs,
    load,
    predict: (size, { text }) => [[text, size]],
  })
  const judged = definePlugin({
    ...words,
    params,
    request,
    response: label,
    load: ({ params }) => params.size,
    predict: (size, { text }) => ({ label: text.length > size ? 'good' : 'bad' }),
  })
  const later = definePlugin({
    ...words,
    params,
    request,
    response: label,
    load: async ({ params }) => params.size,
    async predict(size, { text }) {
      if (text === '') return { label: 'bad', why: 'It is empty.' }
      return { label: text.length > size ? 'good' : 'bad' }
    },
  })
  const constant = Type.Union([Type.Literal('yes'), Type.Literal('no')])
  const short = definePlugin({
    ...words,
    params,
    request,
    response: constant,
    load: ({ params }) => params.size,
    predict: (size, { text }) => (text.length > size ? 'no' : 'yes'),
  })
  for (const plugin of [sorted, judged, later, short]) isPlugin(plugin)
})

t.test('a response of another type does not compile', async () => {
  const given = { ...words, params, request, load: ({ params }: { params: Params }) => params.size }
  // @ts-expect-error a text in the place of a number
  isPlugin(definePlugin({ ...given, response: pairs, predict: (_, { text }) => [[text, 'much']] }))
  // @ts-expect-error one of a pair is missing
  isPlugin(definePlugin({ ...given, response: pairs, predict: (_, { text }) => [[text]] }))
  // @ts-expect-error a promise of the wrong thing
  isPlugin(definePlugin({ ...given, response: pairs, predict: async () => 'none' }))
  // @ts-expect-error a constant that is none of them
  isPlugin(definePlugin({ ...given, response: label, predict: () => ({ label: 'neutral' }) }))
  // @ts-expect-error a field is missing
  isPlugin(definePlugin({ ...given, response: label, predict: () => ({ why: 'So.' }) }))
  // @ts-expect-error an empty object is no number
  isPlugin(definePlugin({ ...given, response: Type.Number(), predict: () => ({}) }))
  // @ts-expect-error nor is an empty list, or nothing
  isPlugin(definePlugin({ ...given, response: Type.Number(), predict: ({ length }) => (length ? [] : null) }))
  isPlugin(
    definePlugin({
      ...given,
      response: Type.Number(),
      predict: () => 1,
      // @ts-expect-error the answers of a list
      predictBatch: (_, instances) => instances.map(() => 'one'),
    }),
  )
})

t.test('a field that is missing, unknown, or of another kind does not compile', async () => {
  const given = { ...words, params, request, response: Type.Number() }
  const refuses = (plugin: unknown, problem: RegExp) =>
    t.throws(() => checkPlugin(plugin, 'here'), { message: problem })
  // @ts-expect-error no predict
  refuses(definePlugin({ ...given, load: () => 1 }), /its predict is missing/)
  // @ts-expect-error an unknown field
  refuses(definePlugin({ ...given, load: () => 1, predict: () => 1, predicts: 1 }), /predicts/)
  const { summary: _, ...others } = given
  // @ts-expect-error no summary
  refuses(definePlugin({ ...others, load: () => 1, predict: () => 1 }), /summary/)
  // @ts-expect-error a list of values is no schema of params
  refuses(definePlugin({ ...given, params: pairs, load: () => 1, predict: () => 1 }), /params/)
  // @ts-expect-error names alone
  refuses(definePlugin({ ...given, load: () => 1, predict: () => 1, files: ['words'] }), /files/)
})

t.test('what the schemas do not have cannot be used', async () => {
  const given = { ...words, params, request, response: Type.Number() }
  // @ts-expect-error an unknown param
  isPlugin(definePlugin({ ...given, load: ({ params }) => params.sise, predict: () => 1 }))
  // @ts-expect-error an unknown property of a request
  isPlugin(definePlugin({ ...given, load: () => 1, predict: (_, { txt }) => Number(txt) }))
  // @ts-expect-error it may be left out
  isPlugin(definePlugin({ ...given, load: () => 1, predict: (_, { top }) => top + 1 }))
  // @ts-expect-error what load returns has no such method
  isPlugin(definePlugin({ ...given, load: () => 1, predict: model => model.find('x') }))
  // @ts-expect-error unload is given what load returns
  isPlugin(definePlugin({ ...given, load: () => 1, predict: () => 1, unload: (model: string) => void model }))
  // @ts-expect-error below predict, load comes too late: the model is unknown
  isPlugin(definePlugin({ ...given, predict: model => model.size, load: ({ params }) => ({ size: params.size }) }))
})

t.test('a request of several forms is one of them', async () => {
  const forms = Type.Union([
    Type.Object({ text1: Type.String(), text2: Type.String() }),
    Type.Object({ text: Type.String(), top: Type.Integer({ default: 3 }) }),
  ])
  const given = { ...words, params, request: forms, response: Type.Number(), load: () => 1 }
  isPlugin(
    definePlugin({
      ...given,
      predict(_, instance) {
        expectTypeOf(instance).toEqualTypeOf<{ text1: string; text2: string } | { text: string; top: number }>()
        return 'text' in instance ? instance.top : instance.text1.length
      },
    }),
  )
  // @ts-expect-error only one of them has it
  isPlugin(definePlugin({ ...given, predict: (_, instance) => instance.top }))
})

t.test('a plugin in parts, or with a part replaced, is a plugin still', async () => {
  const plugin = definePlugin({ ...words, params, request, response: pairs, load: () => 1, predict: () => [] })
  const other: AnyPlugin = { ...plugin, request: Type.String(), predict: () => [] }
  isPlugin(other)
})
