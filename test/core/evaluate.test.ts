import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type EvaluateJob, evaluate } from '../../core/evaluate.js'
import type { Log, Progress } from '../../core/plugin.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { createLatch } from '../helpers/latch.js'

const plugins = ['exam', 'whole-door', 'noop'].map(pluginPath)

/** An artifact of Exam with a gold file of two texts, and the job that evaluates it. */
async function setUp(t: Test, params: object = {}, gold = 'one\t4\nfour\t4\n') {
  const artifact = await folder(t, {
    'a-params.json': JSON.stringify({ model_name: 'Exam', ...params }),
    'gold.tsv': gold,
  })
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const job: EvaluateJob = { artifact, plugins, files: { gold: join(artifact, 'gold.tsv') }, log }
  return { artifact, lines, job }
}

t.test('an evaluation asks the model and answers the measures and predictions of its plugin', async t => {
  const { job, artifact } = await setUp(t)
  const steps: Progress[] = []
  const { seconds, ...evaluated } = await evaluate({ ...job, progress: step => steps.push(step) })
  t.same(evaluated, {
    folder: artifact,
    plugin: 'Exam',
    task: 'guessing',
    cases: 2,
    unit: 'texts',
    measures: { accuracy: { value: 0.5, description: 'share of lengths' } },
    predictions: 'one\t4\nfour\t5\n',
  })
  t.ok(seconds > 0)
  t.same(
    steps.map(({ done, total }) => [done, total]),
    [
      [1, 2],
      [2, 2],
    ],
  )
})

t.test('the params are those of the artifact', async t => {
  const { job } = await setUp(t, { margin: '1' })
  t.match(await evaluate(job), { measures: { accuracy: { value: 1 } } })
})

t.test('a model is asked as a host would ask it, and told when it goes', async t => {
  const { job, artifact, lines } = await setUp(t, { model_name: 'WholeDoor' }, 'one\ntwo\n')
  const queries = join(artifact, 'gold.tsv')
  const latch = createLatch(t)
  const evaluated = await evaluate({ ...job, files: { ...job.files, queries } })
  t.equal(evaluated.predictions, 'ONE/1\nTWO/1\n', 'predictBatch, where there is one')
  t.same(evaluated.tables, { words: { 'ONE/1': { letters: 5 }, 'TWO/1': { letters: 5 } } })
  await latch.arrived('unloaded shouter')
  t.same(lines, ['shouted {"by":"shouter","words":2,"roles":["gold","queries"]}'])
})

t.test('an evaluation that goes wrong says how', async t => {
  const cases = [
    ['refuses', 'EVALUATE_FAILED', 'Evaluating Exam failed: gold.tsv is empty.'],
    ['throws', 'EVALUATE_FAILED', 'Evaluating Exam failed: TypeError: x is not a function.'],
    ['exits', 'EVALUATE_FAILED', /its thread ended with exit code 3 before the measures were there\.$/],
    [
      'invents',
      'EVALUATE_FAILED',
      'Evaluating Exam failed: its evaluate function returned no evaluation. cases is missing.',
    ],
    ['dreams', 'EVALUATE_FAILED', /measures\.accuracy\.value must be a number, but is NaN\.$/],
    ['hides', 'EVALUATE_FAILED', /DataCloneError: .*could not be cloned\.*$/],
    ['breaks', 'LOAD_FAILED', /^Plugin Exam could not load model ".*": TypeError: the model is broken\. Check/],
  ] as const
  for (const [behaviour, code, message] of cases) {
    const { job } = await setUp(t, { behaviour })
    await t.rejects(evaluate(job), { code, message }, behaviour)
  }
})

t.test('a prediction that fails is an error in the plugin, with its own words', async t => {
  const { job } = await setUp(t, {}, 'throw\t4\n')
  const message = 'Evaluating Exam failed: RangeError: no length.'
  await t.rejects(evaluate(job), { code: 'EVALUATE_FAILED', message, cause: { stack: /exam\.[jt]s/ } })
})

t.test('an evaluation that never ends can be stopped', async t => {
  const stop = new AbortController()
  const { job } = await setUp(t, { behaviour: 'hangs' })
  const log = { ...job.log, info: (_: object, message: string) => void (message === 'hanging' && stop.abort()) }
  const message = 'Evaluating Exam failed: it was stopped.'
  await t.rejects(evaluate({ ...job, log, signal: stop.signal }), { code: 'EVALUATE_FAILED', message })
})

t.test('what cannot work is refused before anything runs', async t => {
  const { job, lines } = await setUp(t)
  const noop = await folder(t, { 'a-params.json': '{"model_name": "Noop"}' })
  const missing = { gold: '/no/such/gold.tsv' }
  const cases: [string, Partial<EvaluateJob>, string, RegExp][] = [
    ['no artifact', { artifact: '/no/such' }, 'ARTIFACT_NOT_FOUND', /^\/no\/such does not exist/],
    ['a folder without params', { artifact: await folder(t) }, 'PARAMS_NOT_FOUND', /no \*-params\.json file/],
    ['an unknown plugin', { plugins: [] }, 'PLUGIN_UNKNOWN', /"Exam", which no plugin provides/],
    ['a plugin without evaluate', { artifact: noop }, 'EVALUATE_FAILED', /Noop failed: it has no evaluate function/],
    [
      'no gold file',
      { files: missing },
      'EVALUATE_FAILED',
      /\/no\/such\/gold\.tsv, given as gold, does not exist\. Check/,
    ],
    ['an aborted signal', { signal: AbortSignal.abort() }, 'EVALUATE_FAILED', /it was stopped\.$/],
  ]
  for (const [title, changes, code, message] of cases) {
    await t.rejects(evaluate({ ...job, ...changes }), { code, message }, title)
  }
  t.same(lines, [])
})
