import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TensorFile } from 'modelhost'
import t, { type Test } from 'tap'
import { train } from '../../core/host.js'
import type { Tagger } from '../../plugins/_text/tagging/tagger.js'
import { Control } from '../../plugins/_text/tagging/training/control.js'
import { RunPlans } from '../../plugins/_text/tagging/training/run-plans.js'
import { leastSentences } from '../../plugins/_text/tagging/training/runs.js'
import type { TaggerSettings } from '../../plugins/_text/tagging/training/settings.js'
import { TimeLeft } from '../../plugins/_text/tagging/training/time-left.js'
import type { Saving, TaggerTools } from '../../plugins/_text/tagging/training/tools.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { linesLog } from '../helpers/lines-log.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyCorpus, tinyLists, tinySettings, treebankText } from '../helpers/tagger.js'
import { keepCheckpoints } from '../helpers/train-limits.js'

const refuse = (problem: string) => new Error(problem)

/** Trains on our few sentences, so many times each, with a development set that says what it likes. */
async function learner(t: Test, copies = 1) {
  const folder = t.testdir({})
  const { sentences, ...corpus } = await tinyCorpus(folder, 'en')
  const all = { ...corpus, sentences: Array.from({ length: copies }, () => sentences).flat() }
  const lists = await tinyLists(folder, 'en')
  return async (settings: Partial<TaggerSettings>, others: Partial<TaggerTools> = {}) => {
    const { log, lines } = linesLog()
    const tools = { log, progress: () => {}, threads: 1, refuse, ...others }
    const trained = await trainTagger(all, lists, { ...tinySettings, language: 'en', ...settings }, tools)
    return { ...trained, short: lines('the time was too short for all epochs') }
  }
}

/**
 * A clock by which an epoch of the first run takes a second, and a look at the development set takes another. The score is
 * the number of looks.
 */
function clock(limit: number, scoreOf = (looks: number) => looks) {
  let [looks, epochs] = [0, 0]
  const development = (_: Tagger) => ({ figures: {}, score: scoreOf(++looks) })
  // It is told how far it is after each look.
  const progress = () => {
    epochs = looks
  }
  const secondsLeft = () => Math.max(0, limit - looks - epochs)
  return { development, progress, secondsLeft, looks: () => looks }
}

t.test('a training that is told to end has the model of the passes that it made', async t => {
  const learn = await learner(t)
  const { development, looks } = clock(0)
  const stopped = { development, secondsLeft: () => (looks() < 3 ? Number.POSITIVE_INFINITY : 0) }
  const { source, short, end } = await learn({ epochs: 50, runs: 1 }, stopped)
  t.match(source.metadata, { epochs_made: '3', epochs_wanted: '50', runs_made: '1', runs_wanted: '1' })
  t.match(short, [{ level: 'info', epochs: 3, wanted: 50, runs: 1, wantedRuns: 1 }])
  t.same(end, { done: 3, wanted: 50, unit: 'epochs' })
  const whole = await learn({ epochs: 3, runs: 1 })
  t.same(whole.end, { done: 3, wanted: 3, unit: 'epochs' })
  t.equal(source.metadata['hash'], whole.source.metadata['hash'])
  t.notOk(whole.source.metadata['epochs_made'], 'which made all that were wanted')
})

t.test('one that is told so before it learns still learns a little, in the middle of a pass', async t => {
  const learn = await learner(t, 300)
  const { source } = await learn({ epochs: 50, runs: 3 }, { secondsLeft: () => 0, threads: 2 })
  t.match(source.metadata, { epochs_made: (leastSentences / 1200).toFixed(2), runs_made: '1', runs_wanted: '3' })
  t.ok(Number(source.metadata['features']) > 0)
})

t.test('passes end before the time does, with what comes after them', async t => {
  const learn = await learner(t)
  const { looks, ...limited } = clock(40)
  const { source } = await learn({ epochs: 50, runs: 1 }, limited)
  const made = Number(source.metadata['epochs_made'])
  t.ok(made >= 15 && made <= 18, `${made} passes`)
  t.equal(looks(), made + 1, 'the last look is at what is kept')
})

t.test('a training that ended early goes on with the passes that it had no time for', async t => {
  const learn = await learner(t)
  const write: Saving['write'] = (artifact, { source }) => artifact.write('model', source)
  const settings = { epochs: 20, runs: 2 }
  const { looks: _, ...limited } = clock(9)
  const checkpoints = keepCheckpoints()
  const early = await learn(settings, { ...limited, threads: 2, saving: { checkpoints, write } })
  const { epochs_made: made, runs_made: runs } = early.source.metadata
  t.ok(Number(made) < 20, `${made} passes`)
  // A run that its thread has hardly begun by then is left out.
  t.ok(['1', '2'].includes(runs!), `${runs} runs`)
  t.match(early.end, { wanted: 20, unit: 'epochs' })
  t.ok(Math.abs(early.end.done - (Number(made) * Number(runs)) / 2) <= 0.01, `${early.end.done} of all passes`)
  const goOn = { ...keepCheckpoints(checkpoints.kept.at(-1)!.state), isDue: () => false }
  const { source, end } = await learn(settings, {
    saving: { checkpoints: goOn, write },
    development: limited.development,
  })
  t.same(end, { done: 20, wanted: 20, unit: 'epochs' })
  t.equal(source.metadata['hash'], (await learn(settings)).source.metadata['hash'])
})

t.test('with patience the best pass is kept, and the runs that follow have their time', async t => {
  const learn = await learner(t)
  const patient = { epochs: 50, patience: 40 }
  // The fifth pass is the best.
  const { looks: _, ...one } = clock(20, looks => -Math.abs(5 - looks))
  const best = await learn({ ...patient, runs: 1 }, one)
  t.equal(best.epochs, 5)
  t.equal(best.source.metadata['hash'], (await learn({ epochs: 5, runs: 1 })).source.metadata['hash'])

  const { looks, ...limited } = clock(47)
  const { epochs, source, end } = await learn({ ...patient, runs: 4 }, { ...limited, threads: 2 })
  t.equal(epochs, 10, 'in 20 s; as many follow in 20 more, as four runs are made in two threads, and none is looked at')
  t.match(source.metadata, { epochs_made: '10', epochs_wanted: '50', runs_made: '4', runs_wanted: '4' })
  t.match(end, { done: 10, wanted: 50 })
  t.equal(looks(), 11)

  // Told to end as soon as twenty runs are to be made, of three passes over four sentences.
  const { development } = clock(0, looks => (looks > 3 ? 0 : looks))
  let isStopped = false
  const progress: TaggerTools['progress'] = ({ total }) => {
    if (total === 20 * 3 * 4) isStopped = true
  }
  const stopped = { development, progress, secondsLeft: () => (isStopped ? 0 : 1e6) }
  const first = await learn({ epochs: 20, patience: 1, runs: 20 }, stopped)
  t.equal(first.epochs, 3)
  t.equal(first.source.metadata['hash'], (await learn({ epochs: 3, runs: 1 })).source.metadata['hash'])
  t.match(first.end, { done: 4 / 20, wanted: 20 })
  t.match(first.source.metadata, { epochs_made: '4', epochs_wanted: '20', runs_made: '1', runs_wanted: '20' })
})

t.test('the time is shared among runs; when it is too short for all, the first ones have theirs', t => {
  const simulate = (limit: number, { runs = 5, threads = 2, wanted = 100 } = {}) => {
    let seconds = 0
    const time = new TimeLeft({ secondsLeft: () => Math.max(0, limit - seconds) })
    const control = Control.create(threads, runs, wanted)
    const plans = new RunPlans({ ...{ wanted, threads, repeats: 0, control, time }, log: silentLog })
    const made: number[] = []
    while (!time.isOver) {
      const wave = Array.from({ length: threads }, (_, thread) => control.take(thread)).filter(run => run !== undefined)
      if (wave.length === 0) break
      for (const run of wave) plans.begin(run, 0)
      let planned = wanted
      let epochs = 0
      for (; epochs < planned && !time.isOver; epochs++) {
        seconds++
        planned = Math.min(...wave.map(run => plans.end(run)))
      }
      made.push(...wave.map(() => epochs))
    }
    return { made, seconds }
  }
  const { made, seconds } = simulate(60)
  t.equal(made.length, 5)
  t.ok(Math.min(...made) >= 16 && Math.max(...made) <= 22, `${made} epochs`)
  t.ok(seconds <= 60, `${seconds} s`)
  t.same(simulate(1000, { wanted: 10 }).made, [10, 10, 10, 10, 10], 'where there is enough, all are made')
  t.same(simulate(5).made.slice(0, 2), [3, 3], 'the first passes teach more than further runs')
  t.end()
})

t.test('the plugin ends in time, and its model says what was made', async t => {
  const folder = t.testdir({ 'tiny.conllu': treebankText('de') })
  const output = join(folder, 'out')
  const channels = { train: join(folder, 'tiny.conllu') }
  const { log, lines } = linesLog()
  const params = { epochs: 1000, runs: 20 }
  await train({ plugin: 'Tagger', channels, params, output, threads: 2, log, maxSeconds: 0.001 })
  const { metadata } = new TensorFile(await readFile(join(output, 'Tagger-model')))
  t.match(metadata, { epochs_made: '1', epochs_wanted: '1000', runs_made: '1', runs_wanted: '20' })
  t.equal(lines('the time was too short for all epochs').length, 1)
})
