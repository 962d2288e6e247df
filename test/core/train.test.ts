import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { Log, Progress } from '../../core/plugin.js'
import { type TrainJob, train } from '../../core/train.js'

const plugins = ['tally', 'probe'].map(name =>
  fileURLToPath(new URL(`../fixtures/plugins/${name}.js`, import.meta.url)),
)

/** A folder with `data.txt` of three lines, and a job that trains Tally on it. */
async function setUp(t: Test, changes: Partial<TrainJob> = {}) {
  const folder = t.testdir({ 'data.txt': 'one\ntwo\nthree\n' })
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const output = join(folder, 'out')
  const channels = { train: join(folder, 'data.txt') }
  const job: TrainJob = { plugin: 'Tally', plugins, channels, params: {}, output, threads: 2, log, ...changes }
  return { folder, output, lines, job }
}

t.test('a training writes the model and all of its params', async t => {
  const { job, output, lines } = await setUp(t, { params: { scale: '2', labels: '["a"]', model_name: 'Tally' } })
  const steps: Progress[] = []
  const trained = await train({ ...job, progress: step => steps.push(step) })

  t.equal(trained.folder, output)
  t.same(trained.files, [
    { name: 'Tally-model', bytes: (await stat(join(output, 'Tally-model'))).size },
    { name: 'Tally-params.json', bytes: (await stat(join(output, 'Tally-params.json'))).size },
  ])
  t.equal(
    await readFile(join(output, 'Tally-params.json'), 'utf8'),
    `${JSON.stringify({ model_name: 'Tally', behaviour: 'good', scale: 2, labels: ['a'] }, null, 2)}\n`,
  )
  t.same(
    steps.map(({ done, total }) => [done, total]),
    [
      [1, 2],
      [2, 2],
    ],
  )
  t.same(lines, ['read {"lines":3,"threads":2,"channels":["train"]}', 'a line whose fields are lost {}'])
})

t.test('params may come JSON-encoded once more, as hyperparameters do', async t => {
  const { job, output } = await setUp(t, { params: { model_name: '"Tally"', scale: '"3"' } })
  await train(job)
  t.match(JSON.parse(await readFile(join(output, 'Tally-params.json'), 'utf8')), { scale: 3 })
})

t.test('examples go into the artifact, and from there into the next one', async t => {
  const examples = ['four', { text: 'fünf' }]
  const { job, output, folder } = await setUp(t, { params: { scale: 2, examples: JSON.stringify(examples) } })
  await train(job)
  const params = JSON.parse(await readFile(join(output, 'Tally-params.json'), 'utf8'))
  t.same(params, { model_name: 'Tally', behaviour: 'good', scale: 2, labels: [], examples })

  const again = join(folder, 'again')
  await train({ ...job, params, output: again })
  t.same(JSON.parse(await readFile(join(again, 'Tally-params.json'), 'utf8')), params)
})

t.test('an artifact of the same plugin is replaced, other files and all folders stay', async t => {
  const { job, output } = await setUp(t)
  await mkdir(join(output, 'Tally-of-last-year'), { recursive: true })
  for (const name of ['Tally-params.json', 'Tally-model', 'Tally-left-over', 'README.md']) {
    await writeFile(join(output, name), 'old')
  }
  await train(job)
  t.same((await readdir(output)).sort(), ['README.md', 'Tally-model', 'Tally-of-last-year', 'Tally-params.json'])
  t.equal(await readFile(join(output, 'README.md'), 'utf8'), 'old')
  t.not(await readFile(join(output, 'Tally-model'), 'utf8'), 'old')
})

t.test('a training that goes wrong says how, and leaves nothing', async t => {
  const cases = [
    ['refuses', 'ARTIFACT_INVALID', 'claims.csv does not fit its plugin: it is too small. Train the model again.'],
    ['throws', 'TRAIN_FAILED', 'Training Tally failed: TypeError: x is not a function.'],
    ['exits', 'TRAIN_FAILED', 'Training Tally failed: its thread ended with exit code 3 before the model was written.'],
    ['forgets', 'TRAIN_FAILED', 'Training Tally failed: its train function ended without writing Tally-model.'],
    ['strays', 'TRAIN_FAILED', /^Training Tally failed: its train function wrote a file named "..\/model"/],
  ] as const
  for (const [behaviour, code, message] of cases) {
    await t.test(behaviour, async t => {
      const { job, folder } = await setUp(t, { params: { behaviour } })
      await t.rejects(train(job), { code, message })
      t.same(await readdir(folder), ['data.txt'])
    })
  }
})

t.test('a failure leaves the earlier artifact as it was', async t => {
  const { job, output } = await setUp(t)
  await train(job)
  const before = await readFile(join(output, 'Tally-model'))
  await t.rejects(train({ ...job, params: { behaviour: 'throws', scale: 9 } }))
  t.same((await readdir(output)).sort(), ['Tally-model', 'Tally-params.json'])
  t.same(await readFile(join(output, 'Tally-model')), before)
})

t.test('a training that never ends can be stopped', async t => {
  const stop = new AbortController()
  const { job, folder } = await setUp(t, { params: { behaviour: 'hangs' }, signal: stop.signal })
  const log = { ...job.log, info: (_: object, message: string) => void (message === 'hanging' && stop.abort()) }
  await t.rejects(train({ ...job, log }), {
    code: 'TRAIN_FAILED',
    message: 'Training Tally failed: it was stopped. Nothing was written.',
  })
  t.same(await readdir(folder), ['data.txt'])
})

t.test('what cannot work is refused before anything runs', async t => {
  const { job, folder } = await setUp(t)
  await mkdir(join(folder, 'taken'))
  await writeFile(join(folder, 'taken', 'Other-params.json'), '{}')
  const cases: [string, Partial<TrainJob>, string, RegExp][] = [
    ['an unknown plugin', { plugin: 'Tolly' }, 'PLUGIN_UNKNOWN', /"Tolly".*Known: .*Tally/],
    ['a plugin without train', { plugin: 'Probe' }, 'TRAIN_FAILED', /no train function/],
    ['no data', { channels: {} }, 'TRAIN_FAILED', /Name it with --train FILE/],
    ['data that is not there', { channels: { train: '/no/such' } }, 'TRAIN_FAILED', /"train", does not exist/],
    ['a bad param', { params: { scale: 'big' } }, 'PARAMS_INVALID', /scale must be a number/],
    ['an unknown param', { params: { scales: 1 } }, 'PARAMS_INVALID', /Did you mean "scale"/],
    ['params of another plugin', { params: { model_name: 'DocSim' } }, 'PARAMS_INVALID', /"DocSim"/],
    ['examples that are no list', { params: { examples: 5 } }, 'PARAMS_INVALID', /examples must be a list of at most/],
    [
      'an example that is no request',
      { params: { examples: ['one', { txt: 'two' }] } },
      'PARAMS_INVALID',
      /^The params for Tally: examples\[1\]: text is missing\. A request is \{"text": string\}\.$/,
    ],
    [
      'an example of no use',
      { params: { examples: [5] } },
      'PARAMS_INVALID',
      /examples\[0\]: The request must be an object/,
    ],
    [
      'many instances as one example',
      { params: { examples: [{ instances: ['one', 'two'] }] } },
      'PARAMS_INVALID',
      /examples\[0\]: It holds a list of instances\. Write each/,
    ],
    [
      'examples that are too long',
      { params: { examples: ['x'.repeat(65_535)] } },
      'PARAMS_INVALID',
      /^The params for Tally: examples have 65537 bytes as JSON, more than 65536\. Keep fewer/,
    ],
    [
      'more than a host reads',
      { params: { labels: ['x'.repeat(2 ** 20)] } },
      'PARAMS_INVALID',
      /as a file they have 1048\d+ bytes; a host reads 1048576 at most/,
    ],
    ['a file as output', { output: join(folder, 'data.txt') }, 'TRAIN_FAILED', /is not a folder/],
    ['an output that is taken', { output: join(folder, 'taken') }, 'TRAIN_FAILED', /another artifact \(Other-params/],
    ['an aborted signal', { signal: AbortSignal.abort() }, 'TRAIN_FAILED', /it was stopped/],
  ]
  for (const [title, changes, code, message] of cases) {
    await t.rejects(train({ ...job, ...changes }), { code, message }, title)
  }
  t.same((await readdir(folder)).sort(), ['data.txt', 'taken'])
})
