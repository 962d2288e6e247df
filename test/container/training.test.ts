import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { findChannels } from '../../container/training/channels.js'
import { describeFailure } from '../../container/training/failure.js'
import { trainForSageMaker } from '../../container/training/train.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'
import { runJobIn, sageMakerFolder, startJob } from '../helpers/sagemaker-job.js'
import { holdAfter, numberAfter, numberIn } from '../helpers/steps.js'

/** SageMaker's training contract, in this process. */

t.test('a job trains what model_name says, with hyperparameters plain or JSON-encoded', async t => {
  const hyperparameters = { model_name: '"Steps"', rounds: '"4"', max_seconds: '3600', sagemaker_program: '"train.py"' }
  const resourceconfig = { current_host: 'algo-2', hosts: ['algo-10', 'algo-2'] }
  const base = await sageMakerFolder(t, { hyperparameters, resourceconfig })
  await writeFile(join(base, 'model/NOTES.txt'), 'kept: the folder may be a mount, and is never removed itself')
  const { ended, params, report, lines } = runJobIn(base)
  t.equal(await ended, 0)
  t.same(await params(), { model_name: 'Steps', rounds: 4 })
  t.equal(await numberIn(join(base, 'model')), numberAfter(4))
  t.match(await report(), {
    plugin: 'Steps',
    version: '1.2.0',
    ended: 'complete',
    files: [{ name: 'Steps-model' }, { name: 'Steps-params.json' }],
    params: { rounds: 4 },
  })
  t.same((await readdir(join(base, 'model'))).sort(), ['NOTES.txt', 'Steps-model', 'Steps-params.json'])
  t.notOk(existsSync(join(base, 'output/failure')))
  t.match(lines.lines('training')[0], { channels: { train: join(base, 'input/data/train/data.txt') } })
  t.same(lines.lines('algo-10 trains the model; this machine has nothing to do. Set InstanceCount to 1.'), [])
  t.match(lines.lines('ended: complete'), [{ files: ['Steps-model', 'Steps-params.json'] }])
})

t.test('what is wrong is in the failure file, with the next step, and the exit code is 1', async t => {
  const train = (channel: object) => ({ inputdataconfig: { train: channel } })
  const file = { TrainingInputMode: 'File' }
  const hosts = ['algo-2', 'algo-1']
  const cases: [string, Parameters<typeof startJob>[1], RegExp][] = [
    [
      'an unknown hyperparameter',
      { hyperparameters: { model_name: 'Steps', round: '3' } },
      /^The params for Steps: "round" is not a known parameter\. Did you mean "rounds"\?$/,
    ],
    [
      'a bad one',
      { hyperparameters: { model_name: 'Steps', rounds: '"many"' } },
      /^The params for Steps: rounds must be an integer of at least 0, but is /,
    ],
    [
      'a bad max_seconds',
      { hyperparameters: { model_name: 'Steps', max_seconds: '"soon"' } },
      /^The params for Steps: max_seconds must be a number above 0, but is /,
    ],
    [
      'no model_name',
      { hyperparameters: { rounds: '3' } },
      /hyperparameters\.json: has no hyperparameter "model_name".* Set it to one of: DocSim, .*Steps/,
    ],
    ['an unknown model_name', { hyperparameters: { model_name: '"Step"' } }, /asks for model_name "Step", which no/],
    [
      'a long one',
      { hyperparameters: { model_name: 'x'.repeat(2500) } },
      /asks for model_name "x{60}…", which no plugin provides\. Known: .*Steps/,
    ],
    [
      'one that is not trained',
      { hyperparameters: { model_name: 'Noop' } },
      /^Training Noop failed: this plugin has no/,
    ],
    ['hyperparameters that are no JSON', { hyperparameters: '{"a":' }, /hyperparameters\.json: is not valid JSON: /],
    ['a list of them', { hyperparameters: [] }, /hyperparameters\.json: must hold a JSON object, but holds an empty/],
    [
      'no channel train',
      { inputdataconfig: { training: file } },
      /^The channel "train": is missing; .* It has: training\.$/,
    ],
    ['no channel at all', { inputdataconfig: {} }, /^The channel "train": is missing; .* It has none\.$/],
    ['a channel without its folder', { data: {} }, /^The channel "train": has no folder .*\/train\. Check its S3Uri/],
    ['an empty channel', { data: { 'train/.keep': '' } }, /^The channel "train": is empty: .* Check that objects lie/],
    [
      'a pipe',
      train({ TrainingInputMode: 'Pipe' }),
      /^The channel "train": comes as a pipe, .* Set its InputMode to File or FastFile\.$/,
    ],
    ['wrapped records', train({ ...file, RecordWrapperType: 'RecordIO' }), /^The channel "train": is wrapped as Rec/],
    [
      'several machines with a part of the data each',
      { ...train({ S3DistributionType: 'ShardedByS3Key' }), resourceconfig: { current_host: 'algo-1', hosts } },
      /resourceconfig\.json: the job has 2 machines, .* Set InstanceCount to 1\.$/,
    ],
    [
      'a training that refuses its data',
      { hyperparameters: { model_name: 'Tally', behaviour: 'refuses' } },
      /claims\.csv.*it is too small/,
    ],
    [
      'a failing training',
      { hyperparameters: { model_name: 'Tally', behaviour: 'throws' } },
      /^Training Tally failed: T/,
    ],
  ]
  for (const [title, files, message] of cases) {
    const { ended, failure, base, lines } = await startJob(t, files)
    t.equal(await ended, 1, title)
    t.match(await failure(), message, title)
    const errors = lines.all.filter(({ level }) => level === 'error')
    t.equal(errors.length, 1, title)
    const isFault = ['a failing training', 'hyperparameters that are no JSON'].includes(title)
    t.equal('stack' in errors[0]!, isFault, `${title}: a stack is for what is wrong in code`)
    t.same(await readdir(join(base, 'model')), [], title)
  }
})

t.test('a plugin of the image that cannot be imported, a bad setting, a crash: all are told', async t => {
  const path = await folder(t, { 'broken.js': 'throw new Error("not built")' })
  const broken = await startJob(t, {}, { MODELHOST_PLUGIN: join(path, 'broken.js') })
  t.equal(await broken.ended, 1)
  t.match(await broken.failure(), /broken\.js.*not built/)

  const setting = await startJob(t, {}, { MODELHOST_CHECKPOINT_EVERY_SECONDS: 'often' })
  t.equal(await setting.ended, 1)
  t.match(await setting.failure(), /^MODELHOST_CHECKPOINT_EVERY_SECONDS: must be a number of seconds/)

  const gate = await holdAfter(t, 0)
  const crashed = await startJob(t, { hyperparameters: { model_name: 'Steps', gate: gate.path } })
  await gate.held
  crashed.signals.emit('uncaughtException', new RangeError('too deep'))
  t.equal(await crashed.ended, 1)
  t.equal(await crashed.failure(), 'The training failed: RangeError: too deep.')
  t.match(crashed.lines.all.at(-1), { level: 'error', stack: /RangeError: too deep\n/ })
  gate.open()
  // A process would have ended; here the training goes on, and must not write into a folder that is being removed.
  while (!(await crashed.report().catch(() => undefined))) await setImmediate()
})

t.test('the level of the log is that of the settings', async t => {
  const base = await sageMakerFolder(t, { hyperparameters: {} })
  for (const [level, expected] of [
    ['trace', 'debug'],
    ['warn', 'warn'],
    ['fatal', 'error'],
    ['loud', 'info'],
    ['', 'info'],
  ] as const) {
    const levels: string[] = []
    const createLog = (level: string) => {
      levels.push(level)
      return linesLog().log
    }
    const env = { MODELHOST_LOG_LEVEL: level }
    t.equal(await trainForSageMaker({ base, env, createLog, signals: new EventEmitter() }), 1)
    t.same(levels, [expected])
  }
})

t.test('a reason is cut after 1,024 bytes, between characters', t => {
  const text = describeFailure(new Error('ä€😀'.repeat(500)))
  const bytes = Buffer.from(text)
  t.ok(bytes.length <= 1024 && bytes.length > 1016)
  t.equal(bytes.toString(), text)
  t.notMatch(text, '\uFFFD')
  t.match(text, /^The training failed: Error: ä€😀.*…$/)
  t.end()
})

t.test('a failure that cannot be written is told in the log', async t => {
  const base = await sageMakerFolder(t, { hyperparameters: {} })
  await rm(join(base, 'output'), { recursive: true })
  await writeFile(join(base, 'output'), '')
  const { ended, lines } = runJobIn(base)
  t.equal(await ended, 1)
  t.match(lines.all.at(-1), { level: 'error', message: 'the reason of the failure cannot be written' })
})

t.test('a channel is its one file, else its folder; what SageMaker adds is no data', async t => {
  const cases: [Record<string, string>, string][] = [
    [{ 'train/a.txt': '1' }, 'train/a.txt'],
    [{ 'train/a.txt': '1', 'train/.hidden': '', 'train/train-manifest': '' }, 'train/a.txt'],
    [{ 'train/deep/down/a.txt': '1' }, 'train/deep/down/a.txt'],
    [{ 'train/deep/a.txt': '1', 'train/deep/b.txt': '2' }, 'train/deep'],
    [{ 'train/a.txt': '1', 'train/b.txt': '2' }, 'train'],
  ]
  for (const [data, path] of cases) {
    const base = await folder(t, data)
    t.same(await findChannels(base, undefined, {}), { train: join(base, path) })
  }
})

t.test('what of a channel is no file is refused, and nobody waits for it', async t => {
  for (const target of ['/nowhere/data.csv', '/dev/null', 'data.csv']) {
    const base = await folder(t, { 'train/.keep': '' })
    await symlink(target, join(base, 'train/data.csv'))
    await t.rejects(findChannels(base, undefined, {}), {
      code: 'CONFIG_INVALID',
      message: /^The channel "train": has .*\/train\/data\.csv, which is no file that can be read\./,
    })
  }
})

t.test('variables of the toolkit are honoured where somebody sets them, and the plugins of an image train', async t => {
  const path = await folder(t, {
    'my.txt': 'x',
    'dev.txt': 'y',
    'plugins/tally/package.json': JSON.stringify({ exports: pluginPath('tally') }),
  })
  const env = {
    MODELHOST_PLUGIN: '',
    MODELHOST_PLUGIN_FOLDER: join(path, 'plugins'),
    SM_CHANNEL_TRAIN: join(path, 'my.txt'),
    SM_CHANNEL_DEV: join(path, 'dev.txt'),
    SM_MODEL_DIR: join(path, 'model'),
    SM_OUTPUT_DATA_DIR: join(path, 'data'),
    SM_NUM_CPUS: '3',
  }
  const hyperparameters = { model_name: '"Tally"', _tuning_objective_metric: 'progress' }
  const { base, ended, lines } = await startJob(t, { data: {}, hyperparameters }, env)
  t.equal(await ended, 0)
  const channels = { train: env.SM_CHANNEL_TRAIN, dev: env.SM_CHANNEL_DEV }
  t.match(lines.lines('training')[0], { threads: 3, channels })
  t.same((await readdir(env.SM_MODEL_DIR)).sort(), ['Tally-model', 'Tally-params.json'])
  t.same(await readdir(env.SM_OUTPUT_DATA_DIR), ['training.json'])
  t.same(await readdir(join(base, 'model')), [])
})

t.test('a variable names the channel of the job whose name it is in capitals, else a further one', async t => {
  const path = await folder(t, {
    'data/train/a.txt': '1',
    'data/dev-set.2/b.txt': '2',
    'data/notes.txt': '',
    'c.txt': '3',
  })
  const given = {
    SM_CHANNEL_DEV_SET_2: join(path, 'c.txt'),
    SM_CHANNEL_LEXICON: join(path, 'c.txt'),
    SM_CHANNELS: '[]',
  }
  t.same(await findChannels(join(path, 'data'), undefined, given), {
    train: join(path, 'data/train/a.txt'),
    'dev-set.2': join(path, 'c.txt'),
    lexicon: join(path, 'c.txt'),
  })
})

t.test('of several machines with all of the data all but the first end well, without a model', async t => {
  const hosts = ['algo-10', 'algo-2', 'algo-1']
  for (const current_host of ['algo-2', 'algo-10']) {
    const { base, ended, lines } = await startJob(t, { resourceconfig: { current_host, hosts } })
    t.equal(await ended, 0)
    t.same(await readdir(join(base, 'model')), [])
    t.match(lines.all.at(-1)?.['message'], /^algo-1 trains the model; .* Set InstanceCount to 1\.$/)
  }
})

t.test('SIGTERM ends a training with what it has learned, and the exit code is 0', async t => {
  const gate = await holdAfter(t, 2)
  const hyperparameters = { model_name: 'Steps', rounds: '9', gate: gate.path }
  const inputdataconfig = { train: { S3DistributionType: 'ShardedByS3Key' } }
  const data = { 'train/data.txt': 'one\n', 'train/2024/more.txt': 'two\n', 'train/.git/HEAD': '' }
  const { base, ended, signals, lines, report } = await startJob(t, { hyperparameters, inputdataconfig, data })
  await Promise.all([gate.held, lines.found('round', 2)])
  signals.emit('SIGTERM', 'SIGTERM')
  signals.emit('SIGINT', 'SIGINT')
  gate.open()
  t.equal(await ended, 0)
  const told = lines.lines('told to stop: the training ends with what it has learned')
  t.same(
    told.map(({ signal }) => signal),
    ['SIGTERM'],
  )
  t.same(signals.eventNames(), [])
  t.match(lines.lines('folders beside the files of a channel; most plugins read the files only'), [
    { level: 'warn', channel: 'train', folders: ['2024'] },
  ])
  t.equal(await numberIn(join(base, 'model')), numberAfter(3))
  t.match(await report(), { ended: 'early', reason: 'It was told to stop, and ended after 3 of 9 rounds.' })
})

t.test(
  'one that does not end then leaves the model of its newest checkpoint, which the job has no place for',
  async t => {
    const hyperparameters = { model_name: 'Steps', rounds: '9', deaf_after: '3' }
    const base = await sageMakerFolder(t, { hyperparameters })
    const { ended, signals, lines } = runJobIn(base, { MODELHOST_CHECKPOINT_EVERY_SECONDS: '0' }, 0.05)
    await lines.found('round', 3)
    signals.emit('SIGTERM', 'SIGTERM')
    t.equal(await ended, 0)
    t.equal(await numberIn(join(base, 'model')), numberAfter(3))
    t.same((await readdir(join(base, 'model'))).sort(), ['Steps-model', 'Steps-params.json'])
    const places = lines.all.map(line => line['checkpoint']).filter(place => typeof place === 'string')
    t.not(places.length, 0)
    for (const place of places) t.notOk(existsSync(dirname(place)), 'nothing is left in the folder for temporary files')
  },
)

t.test('a model folder that cannot be written to is a readable failure', async t => {
  const { ended, failure } = await startJob(t, {}, { SM_MODEL_DIR: '/proc/model' })
  t.equal(await ended, 1)
  t.match(await failure(), /^Training Steps failed: \/proc\/model cannot be written/)
})
