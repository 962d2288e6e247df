import { readFile } from 'node:fs/promises'
import { definePlugin, encodeTensorFile, Type } from 'modelhost'
import { formatReport, type PluginTestOptions, testPlugin } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { checks } from '../../core/testing/checks.js'
import { findUnnamed } from '../../core/testing/unnamed.js'
import docsim from '../../plugins/docsim/index.js'
import { folder } from '../helpers/artifacts.js'
import { tinyDocSim, tinyDocSimFile } from '../helpers/docsim-artifact.js'

t.test('DocSim passes the suite that every plugin runs, in the lanes of a host too', async t => {
  const report = await testPlugin(docsim, {
    artifact: await tinyDocSim(t),
    examples: [
      { request: { text1: 'Impfung', text2: 'Ärzte' }, response: 0.6 },
      { request: { text1: '', text2: '' }, response: 0 },
    ],
    speedMs: 20,
  })
  t.ok(report.checks.includes(checks.lanes.title))
  t.equal(report.checks.length + report.leftOut.length, Object.keys(checks).length - 1, 'all but predictBatch')
  t.same(
    report.leftOut.map(({ reason }) => reason),
    ['otherArtifact was not given', 'train: { channels } was not given', 'train: { channels } was not given'],
  )
  t.ok(report.requestsPerSecond! > 0)
  t.ok(report.predictions.every(({ medianMs, p95Ms }) => medianMs > 0 && p95Ms >= medianMs))
  t.match(
    formatReport(report),
    /DocSim .*: \d+ checks passed\n {2}ok .*\n.*predict +\d.* median, .* p95: examples\[1\]/s,
  )
})

t.test('the examples in an artifact are part of the suite', async t => {
  const tested = async (examples: unknown) => {
    const params = { model_name: 'DocSim', vector_size: 2, examples }
    const artifact = await folder(t, { 'DocSim-params.json': JSON.stringify(params), 'DocSim-model': tinyDocSimFile() })
    return testPlugin(docsim, { artifact, examples: [], module: false, speedMs: 1 })
  }
  const { checks: made, predictions } = await tested([{ text1: 'Impfung', text2: 'Klima' }])
  t.ok(made.includes(checks.artifactExamples.title))
  t.equal(predictions.length, 1)
  await t.rejects(tested([{ text1: 'Impfung' }]), {
    message: /params file are answered: failed\n.*\n +came: +examples\[0\]: text2 is missing/,
  })
})

/** Sound; each mutant below has one fault. */
const sound = definePlugin({
  name: 'Sound',
  summary: 'Weighs a text.',
  version: '1.0.0',
  params: Type.Object({ factor: Type.Number({ default: 1, description: 'Of each weight.' }) }),
  request: Type.Object({
    text: Type.String({ description: 'What is weighed.' }),
    top: Type.Integer({ minimum: 1, default: 2, description: 'Weights to answer.' }),
  }),
  response: Type.Object({
    weight: Type.Number({ description: 'Of all letters.' }),
    weights: Type.Array(Type.Number(), { description: 'Of the first letters.' }),
  }),
  load: ({ artifact }) => ({ weights: artifact.model.tensor('weights', 'F32'), asked: 0 }),
  predict: ({ weights }, { text, top }) => answerOf(weights, text, top),
})

const answerOf = (weights: Float32Array, text: string, top: number) => ({
  weight: text.length * weights[0]!,
  weights: Array.from(weights.subarray(0, top)),
})

const examples = [
  { request: { text: 'ab' }, response: { weight: 1, weights: [0.5, 0.25] } },
  { request: { text: '', top: 1 } },
]

const artifactOf = (t: Test, files: Record<string, string | Uint8Array> = {}) =>
  folder(t, {
    'Sound-params.json': '{"model_name": "Sound"}',
    'Sound-model': encodeTensorFile({ tensors: { weights: Float32Array.of(0.5, 0.25, 0.1) } }),
    ...files,
  })

const otherArtifactOf = (t: Test) =>
  artifactOf(t, { 'Sound-model': encodeTensorFile({ tensors: { weights: Float32Array.of(2, 1, 1) } }) })

const keptAnswers = new Map<string, object>()
let latest = new Float32Array()
const kept = new Map<object, number>()
const images: Float32Array[] = []
let calls = 0
type Model = ReturnType<typeof sound.load> extends infer M | Promise<infer M> ? M : never

/** What is wrong -> a plugin with that fault, and what the suite says of it. */
const mutants: readonly (readonly [string, object, RegExp, Partial<PluginTestOptions>?])[] = [
  ['an unknown field', { predicts: () => 1 }, /fields are what the door takes.*"predicts" is not one of a plugin's/s],
  ['no predict', { predict: undefined }, /fields are what the door takes.*predict is missing/s],
  [
    'bounds that cross',
    { request: Type.Object({ text: Type.String(), top: Type.Optional(Type.Integer({ minimum: 3, maximum: 2 })) }) },
    /schemas are sound.*request\.top has minimum 3 and maximum 2/s,
  ],
  [
    'a default deep down that does not fit',
    { response: Type.Object({ a: Type.Object({ b: Type.Integer({ default: 0.5 }) }) }) },
    /schemas are sound.*response\.a\.b has a default that does not fit/s,
  ],
  [
    'a load that throws',
    {
      load: () => {
        throw new TypeError('no weights')
      },
    },
    /the artifact loads.*TypeError: no weights/s,
  ],
  [
    'a load without end',
    { load: () => new Promise(() => {}) },
    /artifact loads.*no end within 10 ms: the promise that load returned/s,
    { timeoutMs: 10 },
  ],
  [
    'an example that is no request',
    {},
    /each example is a request.*examples\[0\]: text must be a string, but is 5/s,
    { examples: [{ request: { text: 5 } }] },
  ],
  [
    'an answer that does not fit its schema',
    { predict: () => ({ weight: 'much', weights: [] }) },
    /answered as it should be.*examples\[0\]: weight must be a number, but is "much"/s,
  ],
  [
    'another answer than the example has',
    { predict: () => ({ weight: 1, weights: [0.5, 0.3] }) },
    /answered as it should be.*examples\[0\]: answer\.weights\[1\] is 0\.3, not 0\.25/s,
  ],
  [
    'a prediction that throws',
    {
      predict: () => {
        throw new RangeError('too far')
      },
    },
    /answered as it should be.*RangeError: too far/s,
  ],
  [
    'an answer with NaN',
    { predict: () => ({ weight: Number.NaN, weights: [] }) },
    /answered as it should be.*answer\.weight is NaN, which JSON writes as null/s,
  ],
  [
    'an answer of another kind of object',
    { response: Type.Object({}), predict: () => new Map([['weight', 1]]) },
    /survive JSON.*examples\[0\]: answer is a Map/s,
    { examples: [{ request: { text: 'ab' } }] },
  ],
  [
    'an answer that has itself in it',
    { response: Type.Any(), predict: () => circle() },
    /(JSON|answered).*circular|itself/s,
    { examples: [{ request: { text: 'ab' } }] },
  ],
  [
    'answers that depend on what came before',
    {
      predict: (model: Model, { text, top }: Asked) => ({
        ...answerOf(model.weights, text, top),
        weight: ++model.asked,
      }),
    },
    /does not depend on what was asked before.*examples\[1\], in another order/s,
    { examples: [{ request: { text: 'ab' } }, { request: { text: 'c' } }] },
  ],
  [
    'answers at random',
    { predict: () => ({ weight: Math.random(), weights: [] }) },
    /does not depend on what was asked before/,
    { examples: [{ request: { text: 'ab' } }] },
  ],
  [
    'a predictBatch of its own mind',
    { predictBatch: (_: Model, instances: Asked[]) => instances.map(() => ({ weight: 3, weights: [] })) },
    /predict and predictBatch answer alike.*weight is 3, not 1/s,
    { examples: [{ request: { text: 'ab' } }] },
  ],
  [
    'a predictBatch that looks at its neighbours',
    {
      predictBatch: ({ weights }: Model, instances: Asked[]) =>
        instances.map(({ text, top }) => ({ ...answerOf(weights, text, top), weight: text.length * instances.length })),
      predict: ({ weights }: Model, { text, top }: Asked) => ({ ...answerOf(weights, text, top), weight: text.length }),
    },
    /in one list are answered as one by one.*weight is 4, not 2/s,
    { examples: [{ request: { text: 'ab' } }, { request: { text: 'c' } }] },
  ],
  [
    'a CSV that is read in another way',
    { decode: { 'text/csv': readTwice() } },
    /rows of CSV are answered as in JSON.*as the row "ab,2\\n"/s,
  ],
  [
    'a prediction without end',
    { predict: () => new Promise(() => {}) },
    /answered as it should be.*no end within 10 ms: the promise that predict returned/s,
    { timeoutMs: 10 },
  ],
  [
    'a text that is thrown',
    {
      predict: () => {
        throw 'too far'
      },
    },
    /answered as it should be.*"too far" was thrown, which is no Error/s,
  ],
  [
    'answers that are kept by text, whatever the model',
    {
      predict: ({ weights }: Model, { text, top }: Asked) => {
        const key = `${text} ${top}`
        if (!keptAnswers.has(key)) keptAnswers.set(key, answerOf(weights, text, top))
        return keptAnswers.get(key)
      },
    },
    /two models are not mixed up.*the same answer to every example/s,
    { otherArtifact: await otherArtifactOf(t) },
  ],
  [
    'one place for the models of all',
    {
      load: (context: Parameters<typeof sound.load>[0]) => {
        latest = (sound.load(context) as Model).weights.slice()
        return {}
      },
      predict: (_: Model, { text, top }: Asked) => answerOf(latest, text, top),
    },
    /two models are not mixed up.*examples\[0\], beside it,: answer\.weight is 4, not 1/s,
    { otherArtifact: await otherArtifactOf(t) },
  ],
  [
    'an image that is written to',
    {
      predict: ({ weights }: Model, { text, top }: Asked) => {
        weights[2]! += 1
        return answerOf(weights, text, top)
      },
    },
    /the image is never written to: failed/,
  ],
  [
    'an unload that throws',
    {
      unload: () => {
        throw new Error('not now')
      },
    },
    /unload ends without an error.*not now/s,
  ],
  [
    'models in a Map of the module',
    {
      load: (context: Parameters<typeof sound.load>[0]) => {
        const model = sound.load(context) as Model
        kept.set(model, ++calls)
        return model
      },
    },
    /memory is given back after unload.*model is still held.*a Map, list or cache at module level/s,
  ],
  [
    'weights in a list of the module',
    {
      load: (context: Parameters<typeof sound.load>[0]) => {
        const { weights } = sound.load(context) as Model
        images.push(weights.subarray(0, 1))
        return { weights }
      },
    },
    /memory is given back after unload.*image is still held/s,
  ],
  [
    'a body that makes it throw',
    {
      request: Type.Object({ text: Type.String(), top: Type.Integer({ default: 2 }) }),
      predict: ({ weights }: Model, { text, top }: Asked) => {
        if (top < 0) throw new RangeError('no such place')
        return answerOf(weights, text, top)
      },
    },
    /bodies of every wrong kind are refused.*no such place.*for top: a negative number, as application\/json/s,
  ],
  [
    'a body that makes it answer out of its schema',
    { response: Type.Object({ weight: Type.Number({ maximum: 1000 }), weights: Type.Array(Type.Number()) }) },
    /bodies of every wrong kind.*weight must be a number of at most 1000.*for (text: )?a huge text/s,
  ],
  [
    'a list in which it throws',
    {
      predict: ({ weights }: Model, { text, top }: Asked) => {
        if (text.includes('{')) throw new Error('a brace')
        return answerOf(weights, text, top)
      },
    },
    /bodies of every wrong kind.*for .*as (text\/csv|text\/plain)/s,
  ],
  [
    'a hostile body that is remembered',
    {
      load: (context: Parameters<typeof sound.load>[0]) => ({ ...(sound.load(context) as Model), worst: 0 }),
      predict: (model: Model & { worst: number }, { text, top }: Asked) => {
        if (text.length > 1000) model.worst = 1
        const answer = answerOf(model.weights, text, top)
        return { ...answer, weight: answer.weight + model.worst }
      },
    },
    /answered as before after such bodies.*weight is 2, not 1/s,
  ],
]

type Asked = { text: string; top: number }

function circle() {
  const answer: { self?: unknown } = {}
  answer.self = answer
  return answer
}

/** Right at first, when the suite asks how a row is read. */
function readTwice() {
  let reads = 0
  return (body: Uint8Array) =>
    new TextDecoder()
      .decode(body)
      .trim()
      .split('\n')
      .map(row => row.split(','))
      .map(([text, top]) => ({ text: ++reads > 2 ? `${text}!` : text, top: Number(top) }))
}

t.test('a sound plugin passes, and what no check can be made of is named', async t => {
  const artifact = await artifactOf(t)
  const otherArtifact = await otherArtifactOf(t)
  const report = await testPlugin(sound, { artifact, otherArtifact, examples, module: false, speedMs: 1 })
  t.same(report.warnings, [])
  t.same(new Set(report.leftOut.map(({ reason }) => reason)), new Set(['module: false']))
  t.ok(report.leftOut.some(({ check }) => check === checks.lanes.title))
  t.match(formatReport(report), / {2}-- {2}every lane gives the same answers: module: false\n/)
})

for (const [fault, change, message, options] of mutants) {
  t.test(`the suite finds ${fault}`, async t => {
    const mutant = { ...sound, ...change } as typeof sound
    const tested = testPlugin(mutant, {
      artifact: await artifactOf(t),
      examples,
      module: false,
      speedMs: 1,
      ...options,
    })
    await t.rejects(tested, { message })
    await t.rejects(tested, {
      message: /^Plugin Sound: .*: failed\n {2}expected: .*\n {2}came: .*\n {2}what to do: /s,
    })
  })
}

t.test('the suite finds an artifact that is broken', async t => {
  const artifact = await artifactOf(t, { 'Sound-params.json': '{"model_name": "Sound", "factr": 2}' })
  await t.rejects(testPlugin(sound, { artifact, examples, module: false }), {
    message: /its artifact can be read.*"factr" is not a known parameter. Did you mean "factor"/s,
  })
})

t.test('numbers may differ by a tolerance, of the suite or of one example', async t => {
  const artifact = await artifactOf(t)
  const near = { request: { text: 'ab' }, response: { weight: 1.001, weights: [0.5, 0.25] } }
  const tested = (options: object) =>
    testPlugin(sound, { artifact, examples: [near], module: false, speedMs: 1, ...options })
  await t.rejects(tested({}), { message: /answer\.weight is 1, not 1\.001/ })
  await tested({ tolerance: 0.01 })
  await tested({ examples: [{ ...near, tolerance: 0.01 }] })
  await t.rejects(tested({ tolerance: 0.0001 }), { message: /answer\.weight/ })
})

t.test('a plugin whose module is nowhere is told what to give', async t => {
  const tested = (options: object) => testPlugin(sound, { artifact, examples, speedMs: 1, ...options })
  const artifact = await artifactOf(t)
  await t.rejects(tested({}), {
    message: /its module is found.*module: import\.meta\.resolve\('\.\.\/src\/index\.js'\)/s,
  })
  const module = new URL('../fixtures/plugins/scribbler.js', import.meta.url)
  await t.rejects(tested({ module }), { message: /scribbler\.js: its plugin is named "Scribbler"/ })
  await t.rejects(tested({ module: './nowhere.js' }), { message: /nowhere\.js: it does not exist/ })
})

t.test('what people will miss is warned of', async t => {
  const { request } = sound
  const bare = {
    ...sound,
    request: Type.Object({ ...request.properties, text: Type.String() }),
  } as unknown as typeof sound
  const { warnings } = await testPlugin(bare, {
    artifact: await artifactOf(t),
    examples: [],
    module: false,
    speedMs: 1,
  })
  t.match(warnings, [/^request\.text has no description/, /^There are no examples/])
  const wider = {
    ...sound,
    predict: ({ weights }: Model, { text, top }: Asked) => ({ ...answerOf(weights, text, top), why: 'so' }),
  }
  const report = await testPlugin(wider, {
    artifact: await artifactOf(t),
    examples: examples.slice(1),
    module: false,
    speedMs: 1,
  })
  t.match(report.warnings, [/^examples\[0\]: answer\.why is in the answer and not in the response schema/])
  const choice = Type.Union([
    Type.Array(Type.Object({ a: Type.Object({ b: Type.Number() }) })),
    Type.Array(Type.Object({ c: Type.Record(Type.String(), Type.Number()) })),
  ])
  t.same(findUnnamed(choice, [{ a: { b: 1, d: 1 }, e: 1 }, { c: { any: 1 } }]), ['answer[].a.d', 'answer[].e'])
  t.same(findUnnamed(Type.Tuple([Type.Object({ a: Type.Number() }), Type.Unknown()]), [{ b: 1 }, { any: 1 }]), [
    'answer[].b',
  ])
})

t.test('the page of the suite has a word on each check', async t => {
  const page = await readFile(new URL('../../../docs/testing.md', import.meta.url), 'utf8')
  for (const { title } of Object.values(checks)) t.ok(page.includes(`| ${title} |`), title)
})
