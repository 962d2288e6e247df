import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { metricDefinitions } from '../../container/training/metrics.js'
import ner from '../../plugins/ner/index.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { runCli, startCliWith } from '../helpers/run-cli.js'
import { type JobFiles, runJobIn, sageMakerFolder } from '../helpers/sagemaker-job.js'
import { holdAfter, numberAfter, numberIn } from '../helpers/steps.js'

/** Training jobs as SageMaker runs them: a process that is told `train`, a folder, signals. */

function startJob(base: string, variables: Readonly<Record<string, string>> = {}) {
  const child = startCliWith({ SAGEMAKER_BASE_DIR: base, MODELHOST_PLUGIN: pluginPath('steps'), ...variables }, [
    'train',
  ])
  const log = createInterface(child.stderr)
  const lines: string[] = []
  log.on('line', line => lines.push(line))
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, lines }))
  return {
    child,
    ended,
    lines,
    /** Resolves once so many lines have this in them. */
    async told(pattern: RegExp, count = 1) {
      const found = () => lines.filter(line => pattern.test(line)).length
      while (found() < count) {
        await Promise.race([once(log, 'line'), ended])
        if (child.exitCode !== null && found() < count) throw new Error(`It ended without it:\n${lines.join('\n')}`)
      }
    },
  }
}

const claims = `claim_text,label\n${Array.from({ length: 300 }, (_, i) => `"The number ${i} is ${i % 2 ? 'odd' : 'even'} and has a name that people know well",x`).join('\n')}\n`

const sentences = Array.from({ length: 60 }, (_, i) => {
  const name = ['Anna', 'Berlin', 'Maria', 'Paris'][i % 4]!
  const label = i % 2 === 0 ? 'PER' : 'LOC'
  const start = 'Yesterday I saw '.length
  return JSON.stringify({
    text: `Yesterday I saw ${name} again, number ${i}.`,
    spans: [{ start, end: start + name.length, label }],
  })
}).join('\n')

t.test('a job of DocSim: hyperparameters as strings, a model that answers', async t => {
  const hyperparameters = { model_name: 'DocSim', epochs: '3', vector_size: '"16"', sagemaker_region: '"eu-west-1"' }
  const base = await sageMakerFolder(t, { hyperparameters, data: { 'train/claims.csv': claims } })
  const { code, lines } = await startJob(base).ended
  t.equal(code, 0, lines.join('\n'))
  const params = JSON.parse(await readFile(join(base, 'model/DocSim-params.json'), 'utf8'))
  t.match(params, { model_name: 'DocSim', epochs: 3, vector_size: 16 })
  const pairs = join(await folder(t, { 'pairs.csv': 'The number 7 is odd,The number 9 is odd\n' }), 'pairs.csv')
  const asked = await runCli(['invoke', join(base, 'model'), pairs])
  t.equal(asked.code, 0, asked.stderr)
  t.match(JSON.parse(await readFile(join(base, 'output/data/training.json'), 'utf8')), { ended: 'complete' })
})

t.test('a job of NER has its metrics in the log, as its definitions say', async t => {
  const channel = { TrainingInputMode: 'FastFile' }
  const base = await sageMakerFolder(t, {
    hyperparameters: { model_name: '"NER"', epochs: '"3"' },
    inputdataconfig: { train: channel, dev: channel },
    data: { 'train/tweets.jsonl': sentences, 'dev/tweets.jsonl': sentences },
  })
  const { code, lines } = await startJob(base).ended
  t.equal(code, 0, lines.join('\n'))
  for (const { Name, Regex } of metricDefinitions(ner)) {
    const values = lines.map(line => new RegExp(Regex).exec(line)?.[1]).filter(value => value !== undefined)
    t.ok(values.length > 0, `${Name} in\n${lines.join('\n')}`)
    t.ok(values.every(value => Number.isFinite(Number(value))))
  }
})

t.test('what is wrong is one readable line in the failure file, and exit code 1', async t => {
  const cases: [string, JobFiles, RegExp][] = [
    [
      'an unknown hyperparameter',
      { hyperparameters: { model_name: 'DocSim', epoch: '3' } },
      /Did you mean "epochs"\?$/,
    ],
    ['no channel', { inputdataconfig: {}, data: {} }, /^The channel "train": is missing/],
    ['a channel without data', { data: {} }, /^The channel "train": has no folder/],
    ['no column', { hyperparameters: { model_name: 'DocSim' } }, /^Training DocSim failed: .*column/],
  ]
  for (const [title, files, message] of cases) {
    const base = await sageMakerFolder(t, files)
    const { code, lines } = await startJob(base).ended
    t.equal(code, 1, title)
    t.match(await readFile(join(base, 'output/failure'), 'utf8'), message, title)
    t.notMatch(lines.join('\n'), /Unhandled|node:internal/, title)
    t.same(await readdir(join(base, 'model')), [])
  }
})

t.test('input that is read-only is enough', async t => {
  const base = await sageMakerFolder(t, { hyperparameters: { model_name: 'Steps', rounds: '2' } })
  const input = ['input', 'input/config', 'input/data', 'input/data/train'].map(name => join(base, name))
  for (const path of input) await chmod(path, 0o555)
  const { code } = await startJob(base).ended
  for (const path of input) await chmod(path, 0o755)
  t.equal(code, 0)
  t.equal(await numberIn(join(base, 'model')), numberAfter(2))
})

async function heldJob(t: Test, rounds: number, variables: Readonly<Record<string, string>> = {}) {
  const gate = await holdAfter(t, rounds)
  const hyperparameters = { model_name: '"Steps"', rounds: '"8"', gate: gate.path }
  const base = await sageMakerFolder(t, { hyperparameters })
  await mkdir(join(base, 'checkpoints'))
  const job = startJob(base, variables)
  t.teardown(() => job.child.kill('SIGKILL'))
  await Promise.all([gate.held, rounds > 0 ? job.told(/ round done=/, rounds) : undefined])
  return { base, gate, job }
}

t.test('SIGTERM in the middle leaves a usable model, and exit code 0', async t => {
  const { base, gate, job } = await heldJob(t, 3)
  job.child.kill('SIGTERM')
  await job.told(/told to stop/)
  gate.open()
  const { code, signal } = await job.ended
  t.same([code, signal], [0, null])
  t.equal(await numberIn(join(base, 'model')), numberAfter(4))
  const asked = await runCli(['invoke', join(base, 'model'), '--plugin', pluginPath('steps')], 'x')
  t.same([asked.code, asked.stdout], [0, `${numberAfter(4)}\n`])
  t.match(JSON.parse(await readFile(join(base, 'output/data/training.json'), 'utf8')), {
    ended: 'early',
    reason: /after 4 of 8 rounds/,
  })
})

t.test('one that does not end after SIGTERM leaves its checkpoints, where the job has a place for them', async t => {
  const hyperparameters = { model_name: 'Steps', rounds: '9', deaf_after: '3' }
  const base = await sageMakerFolder(t, { hyperparameters })
  await mkdir(join(base, 'checkpoints'))
  const { ended, signals, lines } = runJobIn(base, { MODELHOST_CHECKPOINT_EVERY_SECONDS: '0' }, 0.05)
  await lines.found('round', 3)
  signals.emit('SIGTERM', 'SIGTERM')
  t.equal(await ended, 0)
  t.equal(await numberIn(join(base, 'model')), numberAfter(3))
  t.equal((await readdir(join(base, 'checkpoints'))).length, 2, 'for the next run')
})

t.test('plugins that the environment names are nothing that was typed', async t => {
  const path = await folder(t)
  const typed = await runCli(['train'], '', { MODELHOST_PLUGIN_FOLDER: path, SAGEMAKER_BASE_DIR: path })
  t.match(typed, { code: 2, stderr: /There is no training job in / })
})

t.test('a machine that is lost: the next one goes on from the checkpoints that were copied', async t => {
  const every = { MODELHOST_CHECKPOINT_EVERY_SECONDS: '0' }
  const { base, gate, job } = await heldJob(t, 5, every)
  job.child.kill('SIGKILL')
  t.equal((await job.ended).signal, 'SIGKILL')
  t.notOk((await readdir(join(base, 'model'))).includes('Steps-params.json'))
  t.same((await readdir(join(base, 'checkpoints'))).sort(), ['checkpoint-000004', 'checkpoint-000005'])
  // SageMaker gives the next machine an empty model folder, and fetches data and checkpoints anew.
  await rm(join(base, 'model'), { recursive: true })
  await mkdir(join(base, 'model'))

  gate.open()
  const { code, lines } = await startJob(base, every).ended
  t.equal(code, 0)
  t.ok(
    lines.some(line => / starts from=5$/.test(line)),
    lines.join('\n'),
  )
  t.equal(await numberIn(join(base, 'model')), numberAfter(8))
  t.same(await readdir(join(base, 'checkpoints')), [])
})

t.test('each model type goes on where it was when its machine was lost, and ends with the same model', async t => {
  const table = { 'train/claims.csv': claims }
  const cases = [
    ['DocSim', { epochs: '10000', vector_size: '32' }, table],
    ['TopicalPageRank', { n_topics: '200', max_iter: '100' }, table],
    ['NER', { epochs: '200', runs: '2' }, { 'train/tweets.jsonl': sentences }],
  ] as const
  const variables = { MODELHOST_CHECKPOINT_EVERY_SECONDS: '0.2', MODELHOST_LOG_LEVEL: 'debug', SM_NUM_CPUS: '1' }
  for (const [model_name, params, data] of cases) {
    const files = { hyperparameters: { model_name, ...params }, data }
    const [lost, whole] = [await sageMakerFolder(t, files), await sageMakerFolder(t, files)]
    await mkdir(join(lost, 'checkpoints'))
    const first = startJob(lost, variables)
    t.teardown(() => first.child.kill('SIGKILL'))
    await first.told(/checkpoint saved/)
    first.child.kill('SIGKILL')
    await first.ended
    t.notOk((await readdir(join(lost, 'model'))).includes(`${model_name}-params.json`), model_name)
    const [again, once] = [await startJob(lost, variables).ended, await startJob(whole, variables).ended]
    t.ok(
      again.lines.some(line => /goes on from a checkpoint/.test(line)),
      again.lines.join('\n'),
    )
    t.same([again.code, once.code], [0, 0])
    const models = [lost, whole].map(base => readFile(join(base, 'model', `${model_name}-model`)))
    const [resumed, trained] = await Promise.all(models)
    t.ok(resumed!.equals(trained!), `${model_name}: byte for byte`)
  }
})

t.test('a spot instance that is taken back: SIGTERM saves where the training is, the next job goes on', async t => {
  const { base, gate, job } = await heldJob(t, 2)
  job.child.kill('SIGTERM')
  await job.told(/told to stop/)
  gate.open()
  t.equal((await job.ended).code, 0)
  t.same(await readdir(join(base, 'checkpoints')), ['checkpoint-000001'], 'the time for one had not come yet')
  const { lines } = await startJob(base).ended
  t.ok(
    lines.some(line => / starts from=3$/.test(line)),
    lines.join('\n'),
  )
  t.equal(await numberIn(join(base, 'model')), numberAfter(8))
})

t.test('max_seconds ends a training whose rounds would take longer, and it says so', async t => {
  const table = { 'train/claims.csv': claims }
  const cases = [
    ['DocSim', { epochs: '100000' }, table, 'epochs'],
    ['TopicalPageRank', { n_topics: '200', max_iter: '10000' }, table, 'passes'],
    ['NER', { epochs: '1000', runs: '100' }, { 'train/tweets.jsonl': sentences }, '(epochs|runs)'],
  ] as const
  for (const [model_name, params, data, unit] of cases) {
    const hyperparameters = { model_name, ...params, max_seconds: '"4"' }
    const base = await sageMakerFolder(t, { hyperparameters, data })
    const startedMs = performance.now()
    const { code, lines } = await startJob(base).ended
    t.equal(code, 0, lines.join('\n'))
    t.ok(performance.now() - startedMs < 60_000, model_name)
    t.ok((await readdir(join(base, 'model'))).includes(`${model_name}-model`))
    const report = JSON.parse(await readFile(join(base, 'output/data/training.json'), 'utf8'))
    t.match(report, { ended: 'early', reason: new RegExp(`^It had 4 s, and ended after [\\d.]+ of \\d+ ${unit}\\.$`) })
  }
})

t.test('on the command line a signal aborts, and a further run goes on from the checkpoints', async t => {
  const path = await folder(t, { 'data.txt': 'one\n' })
  const gate = await holdAfter(t, 2)
  const [output, checkpoints] = [join(path, 'out'), join(path, 'checkpoints')]
  const args = [
    ...['train', 'Steps', '--plugin', pluginPath('steps'), '--train', join(path, 'data.txt'), '--output', output],
    ...['--set', 'rounds=5', '--set', `gate=${gate.path}`, '--checkpoints', checkpoints, '--checkpoint-every', '0'],
  ]
  const child = startCliWith({}, args)
  const told = text(child.stderr)
  await gate.held
  child.kill('SIGTERM')
  t.same(await once(child, 'close'), [1, null])
  t.match(await told, /it was stopped\. Nothing was written but checkpoints: run it again to go on\./)
  t.same((await readdir(path)).sort(), ['checkpoints', 'data.txt'])
  gate.open()
  const { code, stdout, stderr } = await runCli([...args, '--max-seconds', '600'])
  t.equal(code, 0, stderr)
  t.match(stderr, / starts from=2\n/)
  t.match(stdout, /^.*\/out: Steps-model \(.*\), Steps-params\.json \(.*\), trained in [\d.]+ s\n$/)
  t.equal(await numberIn(output), numberAfter(5))
})

t.test('the training of docs/authoring.md ends in time and goes on, with the result of one go', async t => {
  const root = new URL('../../../', import.meta.url)
  const page = await readFile(new URL('docs/authoring.md', root), 'utf8')
  const [, code] = /^.*`rounds\/index\.js`:\n\n```js\n(.*?)```$/ms.exec(page)!
  const path = await folder(t, {
    'rounds/package.json': '{"name":"rounds","type":"module","exports":"./index.js"}',
    'rounds/index.js': code!,
    'numbers.txt': '1\n2\n6\n',
  })
  await mkdir(join(path, 'node_modules'))
  await symlink(root, join(path, 'node_modules/modelhost'))
  const train = async (output: string, ...more: string[]) => {
    const paths = ['--plugin', join(path, 'rounds'), '--train', join(path, 'numbers.txt')]
    const { code, stdout, stderr } = await runCli([
      'train',
      'Mean',
      ...paths,
      '--output',
      join(path, output),
      '--json',
      ...more,
    ])
    t.equal(code, 0, stderr)
    return JSON.parse(stdout)
  }
  const rounds = ['--set', 'rounds=20000']
  const checkpoints = ['--checkpoints', join(path, 'checkpoints')]
  const early = await train('early', ...rounds, ...checkpoints, '--checkpoint-every', '0', '--max-seconds', '3')
  t.match(early, { ended: 'early', reason: /^It had 3 s, and ended after \d+ of 20000 rounds\.$/ })
  t.equal((await readdir(join(path, 'checkpoints'))).length, 2)
  t.match(await train('again', ...rounds, ...checkpoints), { ended: 'complete' })
  t.match(await train('once', ...rounds), { ended: 'complete' })
  const models = ['once', 'again'].map(name => readFile(join(path, name, 'Mean-model')))
  const [once, again] = await Promise.all(models)
  t.ok(once!.equals(again!))
})
