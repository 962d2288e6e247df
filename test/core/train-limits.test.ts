import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readCatalog } from '../../core/catalog.js'
import { describeArtifact } from '../../core/params.js'
import { type TrainJob, train } from '../../core/train.js'
import { Deadline } from '../../core/train-deadline.js'
import { explainEnd, readTrainEnd } from '../../core/train-end.js'
import { secondsLeft, TrainLimit } from '../../core/train-limit.js'
import { readTrainParams } from '../../core/train-params.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'
import { holdAfter, numberAfter, numberIn } from '../helpers/steps.js'

/** How a training ends before its params say: told to, out of time, or made to. */

async function setUp(t: Test, changes: Partial<TrainJob> = {}) {
  const path = await folder(t, { 'data.txt': 'one\ntwo\n' })
  const lines = linesLog()
  const output = join(path, 'out')
  const job: TrainJob = {
    plugin: 'Steps',
    plugins: [pluginPath('steps')],
    channels: { train: join(path, 'data.txt') },
    params: {},
    output,
    threads: 1,
    log: lines.log,
    ...changes,
  }
  return { path, output, lines, job, checkpoints: join(path, 'checkpoints') }
}

t.test('told to stop, a training ends after its round, with what it has learned', async t => {
  const stop = new AbortController()
  const { job, output, lines } = await setUp(t, { stop: stop.signal })
  const gate = await holdAfter(t, 2)
  const trained = train({ ...job, params: { rounds: 5, gate: gate.path } })
  await Promise.all([gate.held, lines.found('round', 2)])
  stop.abort()
  gate.open()
  t.match(await trained, { ended: 'early', reason: 'It was told to stop, and ended after 3 of 5 rounds.' })
  t.equal(await numberIn(output), numberAfter(3))
})

t.test('told to stop before it begins, a training has no time left', t => {
  const options = { maxSeconds: undefined, signal: undefined, graceSeconds: 100 }
  const deadlines = [AbortSignal.abort(), undefined].map(stop => new Deadline({ ...options, stop }))
  t.same(
    deadlines.map(({ limit }) => secondsLeft(limit.shared)),
    [0, Number.POSITIVE_INFINITY],
  )
  t.same(
    deadlines.map(({ reason }) => reason),
    ['stop', undefined],
  )
  for (const deadline of deadlines) deadline.close()
  t.end()
})

t.test('a training that was aborted is not ended once more when its time is over', async t => {
  const abort = new AbortController()
  const deadline = new Deadline({ maxSeconds: 0.01, stop: undefined, signal: abort.signal, graceSeconds: 0.01 })
  abort.abort(new Error('SIGTERM'))
  // Its own timer was set before this one.
  await new Promise(done => setTimeout(done, 25))
  t.match(deadline, { isOverdue: false, reason: 'time' })
  t.match(deadline.signal.reason, { message: 'SIGTERM' })
  deadline.close()
})

t.test('a training ended early when it made fewer rounds than it wanted, and was told to or had little time', t => {
  const end = (done: number) => ({ done, wanted: 3, unit: 'rounds' })
  t.equal(explainEnd(end(2), 'stop', undefined), 'It was told to stop, and ended after 2 of 3 rounds.')
  t.equal(explainEnd(end(2), 'stop', 60), 'It was told to stop, and ended after 2 of 3 rounds.')
  t.equal(explainEnd(end(2), 'time', 60), 'It had 60 s, and ended after 2 of 3 rounds.')
  t.equal(explainEnd(end(2), undefined, 60), 'It had 60 s, and ended after 2 of 3 rounds.', 'as no other round fits')
  for (const reason of ['stop', 'time', undefined] as const) t.equal(explainEnd(end(3), reason, 60), undefined)
  t.equal(explainEnd(end(2), undefined, undefined), undefined, 'nobody limits it: it has a reason of its own')
  t.end()
})

t.test('the time that is left does not change with the time of day', t => {
  const { shared } = new TrainLimit(60)
  const { now } = Date
  t.teardown(() => Object.assign(Date, { now }))
  for (const changed of [now() - 86_400_000, now() + 86_400_000]) {
    Date.now = () => changed
    t.ok(secondsLeft(shared) > 50 && secondsLeft(shared) <= 60)
  }
  t.end()
})

t.test('of a plugin that says nothing, the time says whether it ended early', t => {
  t.equal(explainEnd(undefined, undefined, undefined), undefined)
  t.equal(explainEnd(undefined, undefined, 60), undefined)
  t.equal(explainEnd(undefined, 'time', 60), 'It had 60 s, and ended with what it had learned.')
  t.equal(explainEnd(undefined, 'stop', undefined), 'It was told to stop, and ended with what it had learned.')
  t.end()
})

t.test('what a plugin says of its end is read where it can be', t => {
  const end = { done: 2, wanted: 3, unit: 'rounds' }
  t.same(readTrainEnd({ ...end, more: () => {} }), end)
  const bare = Object.create(null)
  for (const other of [
    undefined,
    null,
    true,
    5,
    'two',
    [],
    {},
    bare,
    { ...end, done: Symbol('2') },
    { ...end, wanted: NaN },
  ])
    t.equal(readTrainEnd(other), undefined)
  for (const unit of [undefined, bare, 5]) t.equal(readTrainEnd({ ...end, unit }), undefined)
  t.end()
})

t.test('the time of the job goes before max_seconds of the params, which is no param of the plugin', async t => {
  const { job, output } = await setUp(t, { params: { max_seconds: '"3600"' }, maxSeconds: 0.000_001 })
  t.match(await train(job), { ended: 'early', reason: 'It had 0.000001 s, and ended after 0 of 3 rounds.' })
  t.equal(await numberIn(output), numberAfter(0))
  const file = join(output, 'Steps-params.json')
  t.same(JSON.parse(await readFile(file, 'utf8')), { model_name: 'Steps', rounds: 3 })
})

t.test('a max_seconds that is no time is refused by name', async t => {
  const catalog = await readCatalog([pluginPath('steps')])
  const read = (max_seconds: unknown) => readTrainParams(catalog.get('Steps')!.plugin, { max_seconds }).maxSeconds
  for (const max_seconds of [90.5, '90.5', '"90.5"']) t.equal(read(max_seconds), 90.5)
  for (const max_seconds of [0, -5, '0', 'an hour', '', true, [60], Number.POSITIVE_INFINITY]) {
    t.throws(() => read(max_seconds), {
      code: 'PARAMS_INVALID',
      message: /^The params for Steps: max_seconds must be a number above 0, but is /,
    })
  }
})

t.test('a host takes an artifact whose params file has max_seconds', async t => {
  const path = await folder(t, {
    'Steps-params.json': JSON.stringify({ model_name: 'Steps', max_seconds: '3600' }),
    'Steps-model': '',
  })
  const { params } = await describeArtifact(path, await readCatalog([pluginPath('steps')]))
  t.same(params, { rounds: 3 })
})

t.test('a training that does not end when it should is ended, and its newest checkpoint is the model', async t => {
  const stop = new AbortController()
  const { job, output, lines, checkpoints } = await setUp(t, { stop: stop.signal, graceSeconds: 0.05 })
  const limits = { checkpoints, checkpointEverySeconds: 0 }
  const trained = train({ ...job, ...limits, params: { rounds: 9, deaf_after: 4 } })
  await lines.found('round', 4)
  stop.abort()
  const { ended, reason, files } = await trained
  t.equal(ended, 'early')
  t.match(reason, /^It did not end within 0\.05 s after it was told to stop, and was ended\. The model is that of/)
  t.same(
    files.map(({ name }) => name),
    ['Steps-model', 'Steps-params.json'],
  )
  t.equal(await numberIn(output), numberAfter(4))
  t.same((await readdir(output)).sort(), ['Steps-model', 'Steps-params.json'])
  t.match(lines.all.at(-1), { level: 'warn', message: /the model is that of its newest checkpoint/ })
})

t.test('a training that does not look at the time is ended, too', async t => {
  const { job, output, checkpoints } = await setUp(t, { graceSeconds: 0.05 })
  const limits = { checkpoints, checkpointEverySeconds: 0 }
  const { reason } = await train({ ...job, ...limits, params: { rounds: 9, deaf_after: 2, max_seconds: '1.5' } })
  t.match(reason, /^It did not end within 0\.05 s after its time of 1\.5 s was over/)
  t.equal(await numberIn(output), numberAfter(2))
})

t.test('without a checkpoint there is nothing to take then, and the failure says so', async t => {
  const stop = new AbortController()
  const { job, path, lines } = await setUp(t, { stop: stop.signal, graceSeconds: 0.05 })
  const trained = train({ ...job, params: { rounds: 9, deaf_after: 1 } })
  await lines.found('round', 1)
  stop.abort()
  await t.rejects(trained, {
    code: 'TRAIN_FAILED',
    message:
      'Training Steps failed: it did not end within 0.05 s after it was told to stop, and was ended; it has saved no checkpoint whose model could be taken. Give it more time, or less to learn.',
  })
  t.same(await readdir(path), ['data.txt'])
})

t.test('who is aborted while the time is over leaves nothing', async t => {
  const [stop, abort] = [new AbortController(), new AbortController()]
  const { job, path, lines } = await setUp(t, { stop: stop.signal, signal: abort.signal })
  const trained = train({ ...job, params: { rounds: 9, deaf_after: 1 } })
  await lines.found('round', 1)
  stop.abort()
  abort.abort()
  await t.rejects(trained, { message: 'Training Steps failed: it was stopped. Nothing was written.' })
  t.same(await readdir(path), ['data.txt'])
})
