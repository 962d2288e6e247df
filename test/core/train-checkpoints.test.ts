import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { readCatalog } from '../../core/catalog.js'
import { removeCheckpoint } from '../../core/checkpoint-folder.js'
import { describeArtifact } from '../../core/params.js'
import type { Checkpoints } from '../../core/plugin.js'
import { type TrainJob, train } from '../../core/train.js'
import { type CheckpointOrder, openCheckpoints } from '../../core/train-checkpoints.js'
import { folder, pluginPath } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'
import { holdAfter, numberAfter, numberIn } from '../helpers/steps.js'

/** Where an interrupted training goes on. */

/** The checkpoints of a training in its thread, without the thread: three were saved, with 1, 2 and 3 as their state. */
async function threeSaved(t: Test) {
  const path = await folder(t, { 'data/a.txt': 'one\n', 'data/b/c.txt': 'two\n' })
  const checkpoints = join(path, 'checkpoints')
  const standard = {
    folder: checkpoints,
    everySeconds: 0,
    plugin: 'Steps',
    version: '1.2.0',
    paramsContent: '{"model_name":"Steps"}',
    channels: { train: join(path, 'data') },
    params: { rounds: 6 } as Record<string, unknown>,
    isStopped: () => false,
  }
  const open = async (changes: Partial<typeof standard & CheckpointOrder> = {}) => {
    const lines = linesLog()
    const told: string[] = []
    const options = { ...standard, ...changes, log: lines.log, tell: (path: string) => void told.push(path) }
    const opened = await openCheckpoints(options, options)
    const problems = lines.lines('a checkpoint is not used').map(({ problem }) => problem)
    return { opened, lines, told, problems, state: opened.found?.tensor('at', 'U32', [1])[0] }
  }
  const { opened } = await open()
  for (const at of [1, 2, 3]) await save(opened, at)
  return { path, checkpoints, newest: join(checkpoints, 'checkpoint-000003'), open }
}

const save = (checkpoints: Checkpoints, at: number) =>
  checkpoints.save({ tensors: { at: Uint32Array.of(at) } }, to =>
    to.write('model', { tensors: { number: Uint32Array.of(at * 10) } }),
  )

t.test('the newest checkpoint is found, and the one before stays until the next', async t => {
  const { checkpoints, open } = await threeSaved(t)
  t.same((await readdir(checkpoints)).sort(), ['checkpoint-000002', 'checkpoint-000003'])
  const { state, opened, told } = await open()
  t.equal(state, 3)
  t.same(
    told.map(path => basename(path)),
    ['checkpoint-000002', 'checkpoint-000003'],
    'a training that ends has them all removed, or takes the last',
  )
  await save(opened, 4)
  t.same((await readdir(checkpoints)).sort(), ['checkpoint-000003', 'checkpoint-000004'])
  t.equal((await open()).state, 4)
})

t.test('a checkpoint is an artifact that a host loads', async t => {
  const { newest } = await threeSaved(t)
  const described = await describeArtifact(newest, await readCatalog([pluginPath('steps')]))
  t.match(described, { prefix: 'Steps', files: [{ name: 'model' }] })
  t.equal(await numberIn(newest), 30)
})

t.test('the time of files and where they lie do not count, as platforms fetch them anew', async t => {
  const { open, path } = await threeSaved(t)
  await cp(join(path, 'data'), join(path, 'elsewhere'), { recursive: true })
  await writeFile(join(path, 'elsewhere', '.DS_Store'), '')
  t.equal((await open({ channels: { train: join(path, 'elsewhere') } })).state, 3)
})

t.test('the checkpoints of another training are not gone on with, and stay', async t => {
  const { open, path, checkpoints } = await threeSaved(t)
  const other = await folder(t, { 'dev.txt': 'a', 'data/a.txt': 'one\n', 'data/b/d.txt': 'two\n' })
  const train = join(path, 'data')
  const cases: [string, Parameters<typeof open>[0], RegExp][] = [
    ['other params', { params: { rounds: 7 } }, /^it is of other params \(rounds\)$/],
    ['a param more', { params: { rounds: 6, gate: 'x' } }, /^it is of other params \(gate\)$/],
    ['a file of another name', { channels: { train: join(other, 'data') } }, /^it is of other data \(channel train\)$/],
    ['a channel more', { channels: { train, dev: join(other, 'dev.txt') } as never }, /other data \(channel dev\)$/],
    ['another plugin', { plugin: 'Tally' }, /^it is of the plugin Steps$/],
    ['another version', { version: '1.3.0' }, /^it is of version 1\.2\.0 of the plugin, this is 1\.3\.0$/],
  ]
  for (const [title, changes, problem] of cases) {
    const { problems, state, told } = await open(changes)
    t.equal(state, undefined, title)
    t.equal(problems.length, 2, title)
    for (const found of problems) t.match(found, problem, title)
    t.same(told, [], 'so that nobody removes them')
  }
  t.same((await readdir(checkpoints)).sort(), ['checkpoint-000002', 'checkpoint-000003'])
  await writeFile(join(path, 'data/b/c.txt'), 'changed\n')
  t.match((await open()).problems[0], /other data \(channel train\)/)
})

t.test('of a damaged checkpoint something is told, and the one before is taken', async t => {
  const cases: [string, (path: string) => Promise<unknown>, RegExp][] = [
    [
      'no label',
      path => rename(join(path, 'checkpoint.json'), join(path, 'label')),
      /^it has no file checkpoint\.json$/,
    ],
    ['no JSON', path => writeFile(join(path, 'checkpoint.json'), '{"format":'), /^it has no checkpoint\.json that/],
    ['another label', path => writeFile(join(path, 'checkpoint.json'), '{"format":2}'), /of another form/],
    ['half a file', path => truncate(join(path, 'state'), 9), /^it is cut off: state has 9 bytes of \d+$/],
    ['a file less', path => rename(join(path, 'Steps-model'), join(path, 'x')), /^it has no file Steps-model$/],
    ['other bytes', path => flipLastByte(join(path, 'state')), /^it is damaged: state holds other bytes/],
    ['a file that is a link', path => moveOut(join(path, 'Steps-model')), /^it has no file Steps-model$/],
    ['a label that is a link', path => moveOut(join(path, 'checkpoint.json')), /^it has no file checkpoint\.json$/],
    ['a link to a checkpoint', path => moveOut(path), /^it is no folder$/],
    ['no folder', path => rm(path, { recursive: true }).then(() => writeFile(path, '')), /^it is no folder$/],
    [
      'a huge label',
      path => truncate(join(path, 'checkpoint.json'), 17 << 20),
      /^it has a checkpoint\.json of 17825792/,
    ],
    ['a way out', path => addFile(join(path, 'checkpoint.json'), '../../data/a.txt'), /^it names a file outside of it/],
  ]
  for (const [title, damage, problem] of cases) {
    const { open, checkpoints, newest } = await threeSaved(t)
    await damage(newest)
    const { state, problems, opened } = await open()
    t.equal(problems.length, 1, title)
    t.match(problems[0], problem, title)
    t.equal(state, 2, title)
    await save(opened, 5)
    t.ok((await readdir(checkpoints)).includes('checkpoint-000002'), `${title}: the whole one stays`)
    t.equal((await open()).state, 5, title)
  }
})

t.test('trainings that use one folder at the same time do not take the number of each other', async t => {
  const { open, checkpoints } = await threeSaved(t)
  const rounds = [1, 2, 3, 4, 5, 6, 7, 8]
  const trainings = await Promise.all(rounds.map(rounds => open({ params: { rounds } })))
  await Promise.all(trainings.map(({ opened }, i) => save(opened, i)))
  for (const { lines } of trainings) {
    t.same(lines.lines('a checkpoint could not be saved; the training goes on'), [])
  }
  t.equal((await readdir(checkpoints)).filter(name => name > 'checkpoint-000003').length, rounds.length)
})

t.test('of a checkpoint older than the one that is taken nothing is told', async t => {
  const { open, checkpoints } = await threeSaved(t)
  await truncate(join(checkpoints, 'checkpoint-000002', 'checkpoint.json'), 5)
  const { state, problems } = await open()
  t.same({ state, problems }, { state: 3, problems: [] })
})

t.test('saving takes a tenth of the time at most', async t => {
  let nowMs = 1000
  const { now } = performance
  t.teardown(() => Object.assign(performance, { now }))
  const { opened } = await (await threeSaved(t)).open({ everySeconds: 1 })
  performance.now = () => nowMs
  const saveIn = (takenMs: number) =>
    opened.save({ tensors: {} }, async () => {
      nowMs += takenMs
    })
  await saveIn(10)
  nowMs += 999
  t.equal(opened.isDue(), false)
  nowMs += 1
  t.equal(opened.isDue(), true)
  await saveIn(1000)
  nowMs += 8999
  t.equal(opened.isDue(), false)
  nowMs += 1
  t.equal(opened.isDue(), true)
})

t.test('a folder whose number is no exact one does not keep others from being saved', async t => {
  const { open, checkpoints } = await threeSaved(t)
  for (const digits of ['9'.repeat(16), '9'.repeat(200)]) await mkdir(join(checkpoints, `checkpoint-${digits}`))
  const { opened, lines } = await open()
  await save(opened, 4)
  t.same(lines.lines('a checkpoint could not be saved; the training goes on'), [])
  t.equal((await open()).state, 4)
})

t.test('a training whose checkpoints cannot be removed has its model', async t => {
  const path = await folder(t, { 'data.txt': 'one\n', 'checkpoints/.checkpoint-removed-checkpoint-000003/x': '' })
  const [checkpoints, output, lines] = [join(path, 'checkpoints'), join(path, 'out'), linesLog()]
  const channels = { train: join(path, 'data.txt') }
  const plugins = [pluginPath('steps')]
  const limits = { checkpoints, checkpointEverySeconds: 0 }
  const gate = await holdAfter(t, 2)
  const params = { rounds: 3, gate: gate.path }
  const trained = train({ plugin: 'Steps', plugins, channels, params, output, threads: 1, log: lines.log, ...limits })
  await gate.held
  await mkdir(join(checkpoints, '.checkpoint-removed-checkpoint-000003/x'), { recursive: true })
  gate.open()
  t.match(await trained, { ended: 'complete' })
  t.match(lines.lines('checkpoints of this training cannot be removed; the next run ends where it begins'), [
    { level: 'warn', problem: /ENOTEMPTY/ },
  ])
})

t.test('what can be read once only is not read for a checkpoint', async t => {
  const { open } = await threeSaved(t)
  await t.rejects(open({ channels: { train: '/dev/null' } }), {
    code: 'TRAIN_FAILED',
    message: /the channel "train" is \/dev\/null, which can be read once only/,
  })
})

t.test('what a kill leaves of a checkpoint counts for nothing and is cleaned away', async t => {
  const { open, checkpoints } = await threeSaved(t)
  await mkdir(join(checkpoints, '.checkpoint-abcdef'))
  await mkdir(join(checkpoints, '.checkpoint-removed-checkpoint-000001'))
  await writeFile(join(checkpoints, '.checkpoint-abcdef', 'state'), 'half')
  await writeFile(join(checkpoints, 'notes.txt'), 'of somebody else')
  t.equal((await open()).state, 3)
  t.same((await readdir(checkpoints)).sort(), ['checkpoint-000002', 'checkpoint-000003', 'notes.txt'])
})

t.test('a checkpoint is whole as long as it has its name, also while it is removed', async t => {
  const names = Array.from({ length: 500 }, (_, i) => `checkpoint-000001/file-${i}`)
  const path = await folder(t, Object.fromEntries(names.map(name => [name, ''])))
  let isRemoved = false
  const removed = removeCheckpoint(join(path, 'checkpoint-000001')).then(() => {
    isRemoved = true
  })
  const counts = new Set<number>()
  while (!isRemoved) {
    const { length } = await readdir(join(path, 'checkpoint-000001')).catch(() => [])
    if (existsSync(join(path, 'checkpoint-000001'))) counts.add(length)
  }
  await removed
  t.same(
    [...counts].filter(count => count !== 0 && count !== 500),
    [],
  )
  t.same(await readdir(path), [])
  await removeCheckpoint(join(path, 'checkpoint-000001'))
})

t.test('a checkpoint that cannot be written is a warning; what was there stays', async t => {
  const { open, path, checkpoints } = await threeSaved(t)
  await writeFile(join(path, 'file'), '')
  const { opened, lines } = await open({ folder: join(path, 'file') })
  t.match(lines.lines('checkpoints cannot be read; training anew'), [{ level: 'warn', problem: /EEXIST|ENOTDIR/ }])
  await save(opened, 1)
  const message = 'a checkpoint could not be saved; the training goes on'
  t.match(lines.lines(message), [{ level: 'warn', problem: /ENOTDIR/ }])

  const full = await open()
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write' })
  await full.opened.save({ tensors: {} }, async () => {
    throw noSpace
  })
  t.match(full.lines.lines(message), [{ problem: /no space left on device/ }])
  t.same(await readdir(checkpoints), ['checkpoint-000003'])
})

t.test('what a plugin does wrong as it saves is its fault, and ends the training', async t => {
  const { opened } = await (await threeSaved(t)).open()
  const error = { code: 'TRAIN_FAILED', message: /wrote a file named "params\.json"/ }
  await t.rejects(
    opened.save({ tensors: {} }, to => to.write('params.json', { tensors: {} })),
    error,
  )
  await t.rejects(
    opened.save({ tensors: {} }, async () => {
      throw new TypeError('x is not a function')
    }),
    /x is not a function/,
  )
})

t.test('one is due when its time has come, and once more when the training is told to stop', async t => {
  let isStopped = false
  const { opened } = await (await threeSaved(t)).open({ everySeconds: 3600, isStopped: () => isStopped })
  t.equal(opened.isDue(), false)
  await save(opened, 4)
  t.equal(opened.isDue(), false)
  isStopped = true
  t.equal(opened.isDue(), true)
  await save(opened, 4)
  t.equal(opened.isDue(), false)
  const always = await (await threeSaved(t)).open({ everySeconds: 0 })
  await save(always.opened, 4)
  t.equal(always.opened.isDue(), true)
})

t.test('a training goes on where an earlier run was, and ends where it would have ended without', async t => {
  const path = await folder(t, { 'data.txt': 'one\n' })
  const gate = await holdAfter(t, 3)
  const [checkpoints, output] = [join(path, 'checkpoints'), join(path, 'out')]
  const run = (changes: Partial<TrainJob>) => {
    const lines = linesLog()
    const trained = train({
      plugin: 'Steps',
      plugins: [pluginPath('steps')],
      channels: { train: join(path, 'data.txt') },
      params: { rounds: 6, gate: gate.path },
      output,
      threads: 1,
      checkpoints,
      checkpointEverySeconds: 0,
      log: lines.log,
      ...changes,
    })
    return { lines, trained, from: async () => (await lines.found('starts', 1))[0]!['from'] }
  }
  const abort = new AbortController()
  const aborted = run({ signal: abort.signal })
  await Promise.all([gate.held, aborted.lines.found('round', 3)])
  abort.abort()
  await t.rejects(aborted.trained, {
    message: 'Training Steps failed: it was stopped. Nothing was written but checkpoints: run it again to go on.',
  })
  gate.open()

  const stopped = run({ stop: AbortSignal.abort(), params: { rounds: 6, gate: gate.path, max_seconds: 600 } })
  t.match(await stopped.trained, { ended: 'early', reason: /after 3 of 6 rounds/ })
  t.equal(await stopped.from(), 3)
  t.equal(await numberIn(output), numberAfter(3))
  t.equal((await readdir(checkpoints)).length, 2, 'what ended early can be gone on with')

  const last = run({ params: { rounds: 6, gate: gate.path, examples: ['x'] } })
  t.match(await last.trained, { ended: 'complete' })
  t.equal(await last.from(), 3)
  t.equal(await numberIn(output), numberAfter(6))
  t.match(JSON.parse(await readFile(join(output, 'Steps-params.json'), 'utf8')), { examples: ['x'] })
  t.same(await readdir(checkpoints), [], 'and what is complete is not')
})

/** Leaves a link to where it is now. */
async function moveOut(path: string): Promise<void> {
  const elsewhere = `${path.replace(/checkpoints.*$/, 'outside')}-${basename(path)}`
  await rename(path, elsewhere)
  await symlink(elsewhere, path)
}

async function flipLastByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1]! ^= 1
  await writeFile(path, bytes)
}

async function addFile(label: string, name: string): Promise<void> {
  const content = JSON.parse(await readFile(label, 'utf8'))
  await writeFile(label, JSON.stringify({ ...content, files: { ...content.files, [name]: { bytes: 4, sha256: '' } } }))
}
