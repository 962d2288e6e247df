import t from 'tap'
import { createMetricLog } from '../../container/training/metric-log.js'
import { metricDefinitions, metricLine } from '../../container/training/metrics.js'
import { readCatalog } from '../../core/catalog.js'
import { metricName } from '../../core/metric-name.js'
import type { Progress } from '../../core/plugin.js'
import { checkPlugin } from '../../core/plugin-check.js'
import docsim from '../../plugins/docsim/index.js'
import steps from '../fixtures/plugins/steps.js'
import { startJob } from '../helpers/sagemaker-job.js'

/** What SageMaker reads from the log of a training. */

/** What a definition finds in lines, as SageMaker takes it: the group, as a number. */
function find(definitions: ReturnType<typeof metricDefinitions>, lines: readonly string[]) {
  const found = definitions.map(({ Name, Regex }): [string, number[]] => {
    const matches = lines.map(line => new RegExp(Regex).exec(line)?.[1]).filter(text => text !== undefined)
    return [Name, matches.map(Number)]
  })
  return Object.fromEntries(found)
}

t.test('a figure is found by its definition, in all the forms that a number has', t => {
  const values = [0, 92.125, -3, 1e-7, 1.5e21, 123456789]
  for (const value of values) {
    const line = metricLine({ done: 1, total: 4, unit: 'rounds', stage: 'learning', figures: { 'dev F1': value } })
    const { dev_f1 } = find(metricDefinitions({ metrics: ['dev F1'] }), [`12:03:01 info  ${line}`])
    t.same(dev_f1, [Number(value.toPrecision(6))])
  }
  t.equal(
    metricLine({ done: 1, total: 4, unit: 'rounds', stage: 'the last', figures: { wordsPerSecond: 12345.678 } }),
    'metric stage=the_last; done=1; total=4; unit=rounds; progress=0.25; words_per_second=12345.7;',
  )
  t.end()
})

t.test('what is no number is not in a line, and an unknown total is no progress', t => {
  const figures = { loss: Number.NaN, f: Number.POSITIVE_INFINITY, done: 9, ok: 1 }
  const line = metricLine({ done: 1, total: Number.POSITIVE_INFINITY, unit: 'bytes', figures })
  t.equal(line, 'metric done=1; unit=bytes; ok=1;')
  t.equal(metricLine({ done: 0, total: 0, unit: 'bytes' }), 'metric done=0; unit=bytes;')
  t.end()
})

t.test('the last step of a stage is in the log at once, however short the stage', t => {
  const lines: string[] = []
  const { report } = createMetricLog(
    line => lines.push(line),
    () => 0,
  )
  for (const done of [1, 2, 3]) report({ done, total: 3, unit: 'x' })
  t.same(lines, ['metric done=1; total=3; unit=x; progress=0.333333;', 'metric done=3; total=3; unit=x; progress=1;'])
  t.end()
})

t.test('one name is not found in another', t => {
  const line = metricLine({ done: 1, total: 2, unit: 'x', figures: { 'dev loss': 1, loss: 2 } })
  t.same(find(metricDefinitions({ metrics: ['dev loss', 'loss'] }), [line]), {
    progress: [0.5],
    seconds: [],
    dev_loss: [1],
    loss: [2],
  })
  t.end()
})

t.test('the definitions of every plugin are what a training job takes', async t => {
  for (const { plugin } of (await readCatalog([])).values()) {
    const definitions = metricDefinitions(plugin)
    t.ok(definitions.length > 2 && definitions.length <= 40, plugin.name)
    for (const { Name, Regex } of definitions) {
      t.match(Name, /^[a-z][a-z0-9_]{0,254}$/)
      t.ok(Regex.length <= 500)
      t.equal(Regex.match(/\((?!\?)/g)?.length, 1, 'one group')
    }
  }
})

t.test('the log of a training has what its plugin declares', async t => {
  const { ended, lines } = await startJob(t, { hyperparameters: { model_name: 'Steps', rounds: '3' } })
  t.equal(await ended, 0)
  const found = find(
    metricDefinitions(steps),
    lines.all.map(({ message }) => String(message)),
  )
  t.same(found['round']?.at(-1), 3)
  t.same(found['dev_loss']?.at(-1), 0.333333)
  t.same(found['progress']?.at(-1), 1)
  t.equal(found['seconds']?.length, 1)
})

t.test('lines come at most every five seconds, but the last of each stage always', t => {
  let now = 0
  const lines: string[] = []
  const { report, flush } = createMetricLog(
    line => lines.push(line),
    () => now,
  )
  const step = (stage: string, done: number): Progress => ({ stage, done, total: 10, unit: 'x' })
  const shown = () => lines.splice(0).map(line => /stage=(\w+); done=(\d+)/.exec(line)?.slice(1).join(' '))
  report(step('a', 1))
  report(step('a', 2))
  now = 4999
  report(step('a', 3))
  t.same(shown(), ['a 1'])
  now = 5000
  report(step('a', 4))
  report(step('a', 5))
  report(step('b', 1))
  t.same(shown(), ['a 4', 'a 5', 'b 1'])
  report(step('b', 10))
  report(step('c', 1))
  report(step('c', 2))
  flush()
  flush()
  t.same(shown(), ['b 10', 'c 1', 'c 2'])
  t.end()
})

t.test('names are made of what their figures are called', t => {
  const names = { 'dev F1': 'dev_f1', wordsPerSecond: 'words_per_second', epoch: 'epoch', ' é P@1 ': 'p_1' }
  for (const [figure, name] of Object.entries(names)) t.equal(metricName(figure), name)
  t.end()
})

t.test('a plugin whose metrics have no names, or the same, is refused', t => {
  const refused = [['epoch', 'Epoch'], ['%'], [5], 'epoch', Array.from({ length: 31 }, (_, i) => `m${i}`)]
  for (const metrics of refused) {
    t.throws(() => checkPlugin({ ...docsim, metrics }, 'x.js'), {
      code: 'PLUGIN_INVALID',
      message: /its metrics must be a list of at most 30 names/,
    })
  }
  t.equal(checkPlugin({ ...docsim, metrics: [] }, 'x.js').name, 'DocSim')
  t.end()
})
