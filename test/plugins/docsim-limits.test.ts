import fc from 'fast-check'
import { encodeTensorFile, type Progress, TensorFile, type TensorSource } from 'modelhost'
import t from 'tap'
import { Rounds } from '../../plugins/_model/rounds.js'
import { alphaAt, batchAt } from '../../plugins/docsim/training/batches.js'
import { Plan } from '../../plugins/docsim/training/plan.js'
import { SharedProgress } from '../../plugins/docsim/training/shared-progress.js'
import { type Corpus, CorpusBuilder } from '../../plugins/docsim/training/vocabulary.js'
import { type LearningSettings, trainWeights } from '../../plugins/docsim/training/word-vectors.js'
import { docSimDefaults, openDocSim } from '../helpers/docsim-artifact.js'
import { linesLog } from '../helpers/lines-log.js'
import { plainTools } from '../helpers/plain-tools.js'
import { silentLog } from '../helpers/silent-log.js'
import { trainOnTexts } from '../helpers/train-docsim.js'
import { keepCheckpoints } from '../helpers/train-limits.js'

const texts = Array.from({ length: 12 }, (_, i) => `eins zwei wort${i % 3} wort${i % 4} wort${i % 5}`)

/** A clock that loses a second whenever it is asked: that is once a batch. */
function seconds(left: number): () => number {
  return () => Math.max(0, left--)
}

/** As many documents of 6,000 words, each a batch of its own. */
function largeDocuments(documents: number): Corpus {
  const builder = new CorpusBuilder()
  for (let i = 0; i < documents; i++) {
    builder.add(Array.from({ length: 6000 }, (_, k) => `wort${String.fromCharCode(97 + ((i * 7 + k * k) % 23))}`))
  }
  return builder.build(1)
}

const small: LearningSettings = { ...docSimDefaults, vector_size: 3, window: 2, negative: 2, epochs: 4 }

type Tools = Parameters<typeof trainWeights>[2]

/** Learns, and gives what was said and shown meanwhile. */
async function learn(corpus: Corpus, changes: Partial<LearningSettings> = {}, tools: Partial<Tools> = {}) {
  const { log, all, lines } = linesLog()
  const steps: Progress[] = []
  const progress = (step: Progress) => void steps.push(step)
  const weights = await trainWeights(corpus, { ...small, ...changes }, { ...plainTools(), log, progress, ...tools })
  return { ...weights, all, lines, steps }
}

t.test('where the time is short, the epochs end in it, and the model says how many there were', async t => {
  const trained = await trainOnTexts(t, texts, { epochs: 100 }, 1, { secondsLeft: seconds(20) })
  const { metadata } = new TensorFile(trained.bytes)
  const made = Number(metadata['epochs'])
  t.ok(made > 14 && made <= 20, `${made} epochs`)
  t.match(metadata, { epochs_wanted: '100' })
  t.same(trained.end, { done: made, wanted: 100, unit: 'epochs' })
  t.match(trained.lines, [
    { message: 'corpus read' },
    { message: 'fewer rounds fit into the time', fields: { wanted: 100, unit: 'epochs' } },
    { message: 'word vectors trained', fields: { epochs: made, wanted: 100 } },
  ])
  t.match(trained.steps.at(-1), { done: made * 12, total: made * 12, figures: { alpha: 0.0001 } })
  t.same(trained.warnings, [])
  t.ok(Number.isFinite(openDocSim(trained.bytes, trained.params).similarity.of(texts[0]!, texts[1]!)))
})

t.test('a training that has enough time is as one that nobody limits', async t => {
  const limited = await trainOnTexts(t, texts, { epochs: 9 }, 1, { secondsLeft: seconds(500) })
  t.same(limited.bytes, (await trainOnTexts(t, texts, { epochs: 9 })).bytes)
  t.equal(new TensorFile(limited.bytes).metadata['epochs'], undefined)
})

t.test('a training that is told to stop ends after the batch in hand', async t => {
  const corpus = largeDocuments(5)
  let asked = 0
  const secondsLeft = () => (++asked > 8 ? 0 : Number.POSITIVE_INFINITY)
  const { epochs, steps, lines } = await learn(corpus, { epochs: 50 }, { secondsLeft })
  t.equal(epochs, 1.6, 'eight batches of five an epoch')
  t.match(steps.at(-1), { done: 8, total: 8, figures: { epoch: 2 } })
  t.match(lines('word vectors trained'), [{ epochs: 1.6, wanted: 50 }])
})

t.test('without any time there is still a model, of one batch, and a warning', async t => {
  const { epochs, all, words } = await learn(largeDocuments(4), {}, { secondsLeft: () => 0 })
  t.equal(epochs, 0.25)
  t.match(all.at(-1), { level: 'warn', message: /^the time was over before every text was learned from/ })
  t.ok(words.every(Number.isFinite))
})

t.test('the figures of each report have the same names', async t => {
  const steps: Progress[] = []
  const progress = (step: Progress) => void steps.push(step)
  const secondsLeft = () => (steps.length > 1 ? 0 : Number.POSITIVE_INFINITY)
  await learn(largeDocuments(4), { epochs: 1e5 }, { progress, secondsLeft })
  t.equal(steps.length, 3)
  for (const { figures } of steps) t.same(Object.keys(figures!), ['epoch', 'alpha', 'wordsPerSecond'])
})

t.test('the learning rate falls without a jump, to its least where the time ends', async () => {
  const paces = fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(paces, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 5, max: 400 }), (paces, perEpoch, limit) => {
      const schedule = { starts: Uint32Array.from({ length: perEpoch + 1 }, (_, i) => i), documents: perEpoch }
      const progress = SharedProgress.create([[1, 2]], { from: 0, alpha: 0.025, end: 60, least: 0.001 })
      let now = 0
      const secondsLeft = () => Math.max(0, limit - now)
      const rounds = new Rounds({ wanted: 60, unit: 'epochs', inParts: true, secondsLeft, log: silentLog })
      const plan = new Plan(schedule, rounds, progress)
      const alphas: number[] = []
      for (let batch = progress.takeBatch(); batch !== undefined; batch = progress.takeBatch()) {
        alphas.push(alphaAt(progress.fall, batchAt(schedule, batch).passed))
        now += paces[batch % paces.length]!
        plan.update()
      }
      const longest = Math.max(...paces)
      const falls = alphas.every((alpha, i) => alpha >= 0.001 && (i === 0 || alpha <= alphas[i - 1]!))
      const isInTime = now <= limit + longest
      // Of many batches the last one's rate is nearly the least; one that ends early has less to fall.
      const reaches = alphas.length < 60 || alphas.at(-1)! < 0.001 + 0.024 * ((4 * longest) / limit + 4 / alphas.length)
      return falls && isInTime && reaches && alphas.length <= 60 * perEpoch
    }),
    { numRuns: 300 },
  )
})

t.test('a training goes on from each checkpoint to the same bytes', async t => {
  const params = { epochs: 7, search: 'vector', remove_principal_components: 1, blend: 0.5 } as const
  const whole = await trainOnTexts(t, texts, params)
  const checkpoints = keepCheckpoints()
  const watched = await trainOnTexts(t, texts, params, 1, { checkpoints })
  t.same(watched.bytes, whole.bytes, 'saving changes nothing')
  t.equal(checkpoints.kept.length, 6, 'the last epoch is followed by the model itself')
  for (const [i, { state, model }] of checkpoints.kept.entries()) {
    t.match(model.get('model')!.metadata, { epochs: String(i + 1), epochs_wanted: '7', search: 'vector' })
    const again = await trainOnTexts(t, texts, params, 1, { checkpoints: keepCheckpoints(state) })
    t.same(again.bytes, whole.bytes, `after epoch ${i + 1}`)
    t.same(again.warnings, [])
  }
})

t.test('the model of a checkpoint is what a training would write that was stopped there', async t => {
  const checkpoints = keepCheckpoints()
  await trainOnTexts(t, texts, { epochs: 7 }, 1, { checkpoints })
  let asked = 0
  const secondsLeft = () => (++asked > 4 ? 0 : Number.POSITIVE_INFINITY)
  const stopped = await trainOnTexts(t, texts, { epochs: 7 }, 1, { secondsLeft })
  t.same(checkpoints.kept[3]!.model.get('model')!.bytes, stopped.bytes)
})

t.test('whatever the texts and params, an interrupted training loses nothing', async () => {
  const word = fc.integer({ min: 0, max: 20 }).map(n => `w${String.fromCharCode(97 + n)}`)
  const documents = fc.array(fc.array(word, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 6 })
  const settings = fc.record({
    vector_size: fc.integer({ min: 1, max: 9 }),
    epochs: fc.integer({ min: 2, max: 6 }),
    sample: fc.constantFrom(0, 0.01),
    seed: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(documents, settings, fc.nat(), fc.nat(), async (documents, settings, k, second) => {
      const builder = new CorpusBuilder()
      for (const tokens of documents) builder.add(tokens)
      const corpus = builder.build(1)
      const whole = await learn(corpus, settings)
      const first = await stopAfter(corpus, settings, 1 + (k % settings.epochs))
      // And once more, on the way from there.
      const then = await stopAfter(corpus, settings, 1 + (second % settings.epochs), first)
      const rest = await learn(corpus, settings, then ? { checkpoints: keepCheckpoints(then) } : {})
      return (
        rest.lines('the checkpoint does not fit this training, which starts anew').length === 0 &&
        areSame(rest.words, whole.words)
      )
    }),
    { numRuns: 60 },
  )
})

/** @returns the last state that was saved before the training was stopped, after so many batches */
async function stopAfter(corpus: Corpus, settings: Partial<LearningSettings>, batches: number, found?: TensorFile) {
  const checkpoints = keepCheckpoints(found)
  let asked = 0
  const secondsLeft = () => (++asked > batches ? 0 : Number.POSITIVE_INFINITY)
  await learn(corpus, settings, { checkpoints, secondsLeft })
  return checkpoints.kept.at(-1)?.state ?? found
}

const areSame = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]))

t.test('in the middle of an epoch it goes on with the next batch', async t => {
  const corpus = largeDocuments(3)
  const checkpoints = keepCheckpoints()
  const whole = await learn(corpus, { epochs: 2 }, { checkpoints })
  t.equal(checkpoints.kept.length, 5)
  for (const { state } of checkpoints.kept) {
    const { words, steps } = await learn(corpus, { epochs: 2 }, { checkpoints: keepCheckpoints(state) })
    t.same(words, whole.words)
    t.match(steps.at(-1), { done: 6, total: 6 })
  }
})

t.test('several threads stand still for a checkpoint, and learn from each batch once', async t => {
  const corpus = largeDocuments(6)
  const checkpoints = keepCheckpoints()
  const settings = { epochs: 6, sample: 0 }
  const { epochs, lines } = await learn(corpus, settings, { checkpoints, threads: 2 })
  t.equal(epochs, 6)
  t.match(lines('word vectors trained'), [{ threads: 2, trainedWords: 6 * 36_000 }])
  const taken = checkpoints.kept.map(({ state }) => state.tensor('taken', 'F64')[0]!)
  t.ok(taken.length > 2 && taken.every((n, i) => n > (taken[i - 1] ?? 0) && n < 36), taken.join())
  const { state } = checkpoints.kept[1]!
  t.same(state.info('generators').shape, [2, 2])
  for (const threads of [1, 2, 3]) {
    const rest = await learn(corpus, settings, {
      checkpoints: { ...keepCheckpoints(state), isDue: () => false },
      threads,
    })
    t.match(rest.lines('word vectors trained'), [{ threads, trainedWords: 6 * 36_000 - taken[1]! * 6000 }])
    t.ok(rest.words.every(Number.isFinite))
  }
})

t.test('several threads end in time, too', async t => {
  const { epochs, lines } = await learn(largeDocuments(6), { epochs: 900 }, { secondsLeft: seconds(30), threads: 2 })
  t.ok(epochs < 400, `${epochs}`)
  t.match(lines('fewer rounds fit into the time'), [{ wanted: 900 }])
})

t.test('a run with less to learn than it wanted leaves a state that goes on with all of it', async t => {
  const corpus = largeDocuments(2)
  const checkpoints = keepCheckpoints()
  await learn(corpus, { epochs: 40 }, { checkpoints, secondsLeft: seconds(12) })
  const { state } = checkpoints.kept.at(-1)!
  t.ok(state.tensor('fall', 'F64')[2]! < 12)
  const { epochs, steps } = await learn(corpus, { epochs: 40 }, { checkpoints: keepCheckpoints(state) })
  t.equal(epochs, 40)
  t.match(steps.at(-1), { figures: { alpha: 0.0001 } })
})

t.test('a state that does not fit is refused, and the training starts anew', async t => {
  const corpus = largeDocuments(2)
  const checkpoints = keepCheckpoints()
  const whole = await learn(corpus, {}, { checkpoints })
  const good = sourceOf(checkpoints.kept[1]!.state)
  const { size } = whole
  const words = whole.words.length
  const changed = (name: string, data: TensorSource['tensors'][string]) => ({ ...good, [name]: data })
  const hostile: [Record<string, TensorSource['tensors'][string]>, RegExp][] = [
    [{}, /"words" is missing/],
    [changed('words', { data: new Float32Array(2 * size), shape: [2, size] }), /"words" has the shape/],
    [changed('documents', { data: new Float32Array(2 * size + 2), shape: [2, size + 1] }), /"documents" has the shape/],
    [
      changed('outputs', { data: whole.words.map(() => Number.NaN), shape: [words / size, size] }),
      /"outputs" are not finite/,
    ],
    [changed('generators', { data: new Uint32Array(0), shape: [0, 2] }), /no generator/],
    [changed('taken', Float64Array.of(-1)), /"taken" is -1, the training has 8 batches/],
    [changed('taken', Float64Array.of(9)), /"taken" is 9/],
    [changed('taken', Float64Array.of(1.5)), /"taken" is 1\.5/],
    [changed('taken', Int32Array.of(1)), /"taken" is I32/],
    [changed('fall', Float64Array.of(0, 0.1, 4, 0.0001)), /no fall of a learning rate/],
    [changed('fall', Float64Array.of(0, Number.NaN, 4, 0.0001)), /no fall of a learning rate/],
    [changed('fall', Float64Array.of(3, 0.02, 4, 0.0001)), /no fall of a learning rate/],
    [changed('fall', Float64Array.of(0, 0.02, 1e9, 0.0001)), /no fall of a learning rate/],
  ]
  for (const [tensors, problem] of hostile) {
    const state = new TensorFile(encodeTensorFile({ tensors }), 'state')
    const { words, all } = await learn(corpus, {}, { checkpoints: { ...keepCheckpoints(state), isDue: () => false } })
    t.same(words, whole.words)
    t.match(all[0], { level: 'warn', message: /^the checkpoint does not fit/, problem })
  }
})

/** The file as it is to be written again. */
const sourceOf = (file: TensorFile): Record<string, TensorSource['tensors'][string]> =>
  Object.fromEntries(
    file.list().map(({ name, dtype, shape }) => [name, { data: file.tensor(name, dtype as 'F64'), shape }]),
  )

t.test('a model that cannot be saved ends the training', async t => {
  const checkpoints = { ...keepCheckpoints(), save: () => Promise.reject(new Error('no space left')) }
  await t.rejects(learn(largeDocuments(2), {}, { checkpoints, threads: 2 }), { message: 'no space left' })
})
