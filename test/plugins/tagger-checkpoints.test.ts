import fc from 'fast-check'
import { encodeTensorFile, TensorFile, type TensorSource } from 'modelhost'
import t, { type Test } from 'tap'
import { watchAccuracy } from '../../plugins/_text/tagging/training/development.js'
import { extractFeatures } from '../../plugins/_text/tagging/training/features.js'
import type { TaggerSettings } from '../../plugins/_text/tagging/training/settings.js'
import { TaggerSources, type TrainedTagger } from '../../plugins/_text/tagging/training/tagger-source.js'
import type { Saving, TaggerTools } from '../../plugins/_text/tagging/training/tools.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { decodeState } from '../../plugins/_text/tagging/training/training-state.js'
import { linesLog } from '../helpers/lines-log.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyCorpus, tinyLists, tinySettings } from '../helpers/tagger.js'
import { type KeptCheckpoint, keepCheckpoints } from '../helpers/train-limits.js'

const refuse = (problem: string) => new Error(problem)
// With a limit, however far, each thread waits after each epoch: so a checkpoint is made after every one of them.
const tools = { log: silentLog, progress: () => {}, threads: 1, refuse, secondsLeft: () => 1e6 }
const write: Saving['write'] = (artifact, { source }) => artifact.write('model', source)

/** Trainings on our few sentences. */
async function kitchen(t: Test) {
  const folder = t.testdir({})
  const corpus = await tinyCorpus(folder, 'de')
  const lists = await tinyLists(folder, 'de')
  const development = watchAccuracy(corpus.sentences)
  const train = (settings: Partial<TaggerSettings>, others: Partial<TaggerTools> = {}) =>
    trainTagger(corpus, lists, { ...tinySettings, ...settings }, { ...tools, ...others })
  const interrupted = async (settings: Partial<TaggerSettings>, others: Partial<TaggerTools> = {}) => {
    const checkpoints = keepCheckpoints()
    const trained = await train(settings, { ...others, saving: { checkpoints, write } })
    return { trained, kept: checkpoints.kept }
  }
  const goOn = (found: TensorFile, settings: Partial<TaggerSettings>, others: Partial<TaggerTools> = {}) =>
    train(settings, { ...others, saving: { checkpoints: { ...keepCheckpoints(found), isDue: () => false }, write } })
  return { corpus, lists, train, interrupted, goOn, development }
}

const bytesOf = ({ source }: Pick<TrainedTagger, 'source'>) => encodeTensorFile(source)
const isSame = (a: TrainedTagger, b: TrainedTagger) => Buffer.from(bytesOf(a)).equals(bytesOf(b))
/** Some of them, from between the first and the last. */
const some = (kept: readonly KeptCheckpoint[], count: number) =>
  Array.from({ length: count }, (_, i) => kept[Math.ceil(((i + 1) * (kept.length - 1)) / (count + 1))]!)

t.test(
  'a training that goes on gives the model of one that was not interrupted, with any number of threads',
  async t => {
    const { train, interrupted, goOn } = await kitchen(t)
    const settings = { epochs: 4, runs: 3 }
    const whole = await train(settings)
    const { trained, kept } = await interrupted(settings)
    t.ok(isSame(trained, whole), 'checkpoints change nothing')
    t.ok(kept.length >= 6, `${kept.length} checkpoints`)
    const begun = kept.flatMap(
      ({ state }) => JSON.parse(state.metadata['state']!).begun as [run: number, steps: number][],
    )
    t.ok(begun.length > 0 && begun.every(([, steps]) => steps > 0), 'what has learned nothing is begun anew')
    for (const [i, { state }] of some(kept, 2).entries()) {
      t.ok(isSame(await goOn(state, settings, { threads: 1 + 2 * i }), whole), `after ${state.metadata['state']}`)
    }
  },
)

t.test('so does one with a development set, and one that ends when that is read no better', async t => {
  const { train, interrupted, goOn, development } = await kitchen(t)
  for (const settings of [
    { epochs: 2, runs: 1 },
    { epochs: 6, runs: 2, patience: 1 },
    { epochs: 4, runs: 1, patience: 2 },
  ]) {
    const whole = await train(settings, { development })
    const { trained, kept } = await interrupted(settings, { development })
    t.ok(isSame(trained, whole), JSON.stringify(settings))
    for (const { state } of some(kept, 2 * settings.runs - 1)) {
      const goneOn = await goOn(state, settings, { development })
      t.ok(isSame(goneOn, whole), `after ${state.metadata['state']}`)
      t.same([goneOn.epochs, goneOn.development], [whole.epochs, whole.development])
    }
  }
})

t.test('a training that was interrupted again and again still gives the same', async t => {
  const { train, development } = await kitchen(t)
  const settings = { epochs: 4, runs: 2, patience: 1 }
  const whole = await train(settings, { development })
  const { log, all } = linesLog()
  let found: TensorFile | undefined
  for (let times = 0; times < 12; times++) {
    const checkpoints = keepCheckpoints(found)
    // Killed when it is a little further.
    const killed = new Error('killed')
    const dying = {
      ...checkpoints,
      save: async (...given: Parameters<typeof checkpoints.save>) => {
        if (checkpoints.kept.length === 5) throw killed
        await checkpoints.save(...given)
      },
    }
    // With a limit threads wait at other places.
    const secondsLeft = () => (times % 2 === 0 ? 1e6 : Number.POSITIVE_INFINITY)
    const others = { development, log, secondsLeft, saving: { checkpoints: dying, write } }
    const end = await train(settings, others).catch(error => error)
    t.same(all, [], 'no state is refused')
    if (end !== killed) return t.ok(isSame(end, whole), `after ${times} interruptions`)
    found = checkpoints.kept.at(-1)!.state
  }
  t.fail('it does not come on')
})

t.test('the model of a checkpoint is that of a training that ends there', async t => {
  const { train, interrupted, development } = await kitchen(t)
  const { kept } = await interrupted({ epochs: 4, runs: 1 })
  const models = new Map(kept.map(({ model }) => [model.get('model')!.metadata['epochs_made'], model.get('model')!]))
  for (const epochs of [1, 3]) {
    const { source } = await train({ epochs, runs: 1 })
    t.match(models.get(String(epochs))?.metadata, {
      ...source.metadata,
      ...{ epochs_made: String(epochs), epochs_wanted: '4', runs_made: '1', runs_wanted: '1' },
    })
  }
  const searching = await interrupted({ epochs: 12, runs: 2, patience: 3 }, { development })
  const first = searching.kept.findLast(({ state }) => JSON.parse(state.metadata['state']!).stage === 'search')!
  const { epochs } = searching.trained
  const best = await train({ epochs: epochs!, runs: 1 })
  t.equal(first.model.get('model')!.metadata['hash'], best.source.metadata['hash'], 'the best pass, while it searches')
})

t.test('a state of another training is left alone, and said to be one', async t => {
  const { train, interrupted, goOn } = await kitchen(t)
  const { kept } = await interrupted({ epochs: 2, runs: 1 })
  for (const other of [{ seed: 2 }]) {
    const settings = { epochs: 2, runs: 1, ...other }
    const { log, all } = linesLog()
    t.ok(isSame(await goOn(kept.at(-1)!.state, settings, { log }), await train(settings)), JSON.stringify(other))
    t.match(all, [{ level: 'warn', problem: /on other data, or with other params/, message: /starts anew/ }])
  }
})

t.test('a state that is damaged ends no training', async t => {
  const { corpus, lists, train, interrupted, goOn, development } = await kitchen(t)
  const settings = { ...tinySettings, epochs: 3, runs: 2, patience: 2 }
  const { state } = (await interrupted(settings, { development })).kept[1]!
  const json = JSON.parse(state.metadata['state']!)
  const rows = state.list().map(({ name, dtype }) => [name, state.tensor(name, dtype as 'I32')] as const)
  const damaged = (metadata: object, tensors: TensorSource['tensors'] = {}) => {
    const source = {
      tensors: { ...Object.fromEntries(rows), ...tensors },
      metadata: { ...state.metadata, ...metadata },
    }
    return new TensorFile(encodeTensorFile(source))
  }
  const changed = (changes: object) => damaged({ state: JSON.stringify({ ...json, ...changes }) })

  const sources = new TaggerSources(corpus, lists, settings, tools)
  const features = extractFeatures(corpus, sources.tables, sources.featureSettings, refuse)
  const expected = { fingerprint: state.metadata['fingerprint']!, corpus: features, settings, open: () => {} }
  t.equal(decodeState(damaged({}), expected).stage, 'search')
  const refused = (file: TensorFile, what: string) => t.throws(() => decodeState(file, expected), Error, what)
  for (const [name, data] of rows) {
    refused(damaged({}, { [name]: new Float64Array(3) }), `${name} of other numbers`)
    if (!name.startsWith('best.')) refused(damaged({}, { [name]: data.slice(1) }), `a part of ${name}`)
  }
  for (const changes of [
    ...[
      { begun: [[0, 1e9]] },
      { begun: [[7, 1]] },
      { begun: [[0, -1]] },
      { begun: [[0, 0]] },
      { begun: [...json.begun, ...json.begun] },
    ],
    ...[{ finished: json.begun }, { finished: 1 }, { finished: [1] }, { stage: 'all', best: undefined }],
    ...[{ stage: 'other' }, { looks: 99 }, { figures: { f1: 'x' } }, { best: { ...json.best, scale: 'x' } }],
    ...[{ best: { ...json.best, epochs: 0 } }, { best: { ...json.best, development: {} } }],
  ]) {
    refused(changed(changes), JSON.stringify(changes))
  }
  fc.assert(
    fc.property(fc.json(), text => {
      t.throws(() => decodeState(damaged({ state: text }), expected), text)
    }),
  )

  const whole = await train(settings, { development })
  for (const [found, problem] of [
    [damaged({ state: '{' }), /JSON/],
    [damaged({ state_version: '2' }), /another version/],
    [damaged({}, { 'best.starts': new Uint32Array(3) }), /weights/],
  ] as const) {
    const { log, all } = linesLog()
    t.ok(isSame(await goOn(found, settings, { development, log }), whole))
    t.match(all[0], { level: 'warn', problem, message: /^the checkpoint does not fit/ })
  }
})
