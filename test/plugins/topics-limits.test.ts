import fc from 'fast-check'
import { encodeTensorFile, type Progress, TensorFile, type TensorSource } from 'modelhost'
import t from 'tap'
import {
  type CountMatrix,
  trainTopics as learnTopics,
  type TopicSettings,
  topicDefaults,
} from '../../plugins/topical-page-rank/topics/train-topics.js'
import { countMatrix } from '../helpers/count-matrix.js'
import { linesLog } from '../helpers/lines-log.js'
import { plainTools } from '../helpers/plain-tools.js'
import { openTopicalPageRank } from '../helpers/topical-page-rank-artifact.js'
import { keepCheckpoints } from '../helpers/train-limits.js'
import { trainTopics } from '../helpers/train-topical-page-rank.js'

type Tools = Parameters<typeof learnTopics>[2]
type Tensors = Record<string, TensorSource['tensors'][string]>

/** Learns, and gives what was said and shown meanwhile. */
async function learn(matrix: CountMatrix, changes: Partial<TopicSettings> = {}, tools: Partial<Tools> = {}) {
  const { log, all, lines } = linesLog()
  const steps: Progress[] = []
  const progress = (step: Progress) => void steps.push(step)
  const settings = { ...topicDefaults, n_topics: 3, ...changes }
  const trained = await learnTopics(matrix, settings, { ...plainTools(), log, progress, ...tools })
  return { ...trained, all, lines, steps }
}

/** So many documents of words 0 to 9, of 10 to 19, and so on, by turns. */
const fields = (documents: number) =>
  countMatrix(
    Array.from({ length: documents }, (_, i) =>
      Array.from({ length: 8 }, (_, k) => 10 * (i % 3) + ((i * k + k * k) % 10)),
    ),
    30,
  )

/** A clock that loses a second whenever it is asked: that is after every eight documents, and at the end of a step. */
function seconds(left: number): () => number {
  return () => Math.max(0, left--)
}

/** No limit, and no time any more once it was asked so often. */
function stopAfter(times: number): () => number {
  let asked = 0
  return () => (asked++ >= times ? 0 : Number.POSITIVE_INFINITY)
}

const csv = `claim_text\n${['Impfung schützt Kinder', 'Masken schützen vor Viren', 'Meere steigen'].map(text => `"${text}"\n`).join('')}`

t.test('where the time is short, the passes end in it, and the model says how many there were', async t => {
  const { model, tagger, lines, steps, end } = await trainTopics(
    t,
    csv,
    { max_iter: 500 },
    {},
    { secondsLeft: seconds(60) },
  )
  const { metadata } = new TensorFile(model)
  const rounds = Number(metadata['rounds'])
  t.ok(rounds > 10 && rounds < 60 && Number.isInteger(rounds), `${rounds} rounds`)
  t.match(metadata, { rounds_wanted: '500' })
  t.same(end, { done: rounds, wanted: 500, unit: 'passes' })
  t.ok(Number(metadata['document_perplexity']) > 0, 'the bound has its time')
  t.match(lines.find(([message]) => message === 'fewer rounds fit into the time')![1], { unit: 'passes', wanted: 500 })
  t.match(steps.at(-1), { done: 3 * rounds, total: 1500, figures: { iteration: rounds } })
  await openTopicalPageRank(model, tagger!)
})

t.test('a training that has enough time is as one that nobody limits', async t => {
  const limited = await trainTopics(t, csv, {}, {}, { secondsLeft: seconds(1e6) })
  t.same(limited.model, (await trainTopics(t, csv)).model)
  t.equal(new TensorFile(limited.model).metadata['rounds_wanted'], undefined)
  const steady = await trainTopics(t, csv, { max_iter: 300, evaluate_every: 1 })
  t.match(new TensorFile(steady.model).metadata, { rounds: /^\d\d?$/, rounds_wanted: undefined })
  t.match(steady.end, { done: 300, wanted: 300 })
})

t.test('a pass that is stopped leaves the topics of the one before it', async t => {
  const matrix = fields(60)
  const two = await learn(matrix, { max_iter: 2 })
  // It is asked twice at the start, in each pass after eight chunks of documents, and at the end of it.
  for (const stop of [21, 24, 27]) {
    const { rounds, isCutShort, components, lines } = await learn(matrix, {}, { secondsLeft: stopAfter(stop - 1) })
    t.equal(rounds, 2, `stopped at question ${stop}`)
    t.ok(isCutShort)
    t.same(components, two.components)
    t.match(lines('topics learned'), [{ rounds: 2, perplexity: undefined }])
  }
})

t.test('of a first pass that is stopped, topics are those of the documents that had their turn', async t => {
  const { rounds, components, all } = await learn(fields(60), {}, { secondsLeft: stopAfter(4) })
  t.equal(rounds, 24 / 60)
  const first = await learn(fields(24), { max_iter: 1 })
  t.same(components, first.components)
  t.match(all.at(-1), { level: 'warn', message: /^the time was over before every text was learned from/ })
})

t.test('online, a step that is stopped is lost, and the pass is one in part', async t => {
  const settings = { learning_method: 'online', batch_size: 20 } as const
  const { rounds, components } = await learn(fields(60), settings, { secondsLeft: stopAfter(2 + 4 * 5 + 1) })
  t.equal(rounds, 5 / 3)
  const checkpoints = keepCheckpoints()
  await learn(fields(60), settings, { checkpoints })
  const lambda = checkpoints.kept[4]!.state.tensor('lambda', 'F64')
  t.ok(lambda.every((value, i) => components[(i % 3) * 30 + Math.floor(i / 3)] === value))
})

t.test('without any time there are still topics', async t => {
  for (const learning_method of ['batch', 'online'] as const) {
    const { rounds, components, perplexity } = await learn(
      fields(60),
      { learning_method, batch_size: 20 },
      { secondsLeft: () => 0, threads: 2 },
    )
    t.equal(rounds, 8 / 60)
    t.ok(components.every(x => x > 0))
    t.ok(Number.isNaN(perplexity))
  }
})

t.test('a perplexity that there is no time for does not end the training as if it stayed', async t => {
  const settings = { evaluate_every: 1, perp_tol: 1e9 }
  const { rounds, isCutShort } = await learn(fields(60), settings, { secondsLeft: stopAfter(12) })
  t.same([rounds, isCutShort], [1, true])
  const converged = await learn(fields(60), settings)
  t.same([converged.rounds, converged.isCutShort], [1, false])
})

t.test('several threads that are stopped agree on what was learned', async t => {
  const matrix = countMatrix(
    Array.from({ length: 300 }, (_, i) => Array.from({ length: 40 }, (_, k) => (i * 31 + k * k * (1 + (i % 7))) % 700)),
    700,
  )
  const settings = { n_topics: 60, max_iter: 60 }
  const { rounds, components, lines } = await learn(matrix, settings, { threads: 2, secondsLeft: stopAfter(100) })
  t.match(lines('topics learned'), [{ threads: 2 }])
  t.ok(rounds >= 1 && rounds < 60 && Number.isInteger(rounds), `${rounds}`)
  t.same(components, (await learn(matrix, { ...settings, max_iter: rounds })).components, 'as those of so many passes')
})

t.test('a training goes on from a checkpoint to the same bytes', async t => {
  for (const changes of [
    { max_iter: 5, precision: 'float64' },
    { max_iter: 3, learning_method: 'online', batch_size: 2 },
  ] as const) {
    const whole = await trainTopics(t, csv, changes)
    const checkpoints = keepCheckpoints()
    t.same((await trainTopics(t, csv, changes, {}, { checkpoints })).model, whole.model, 'saving changes nothing')
    t.ok(checkpoints.kept.length >= 4)
    const { state, model } = checkpoints.kept[1]!
    t.same([...model.keys()], ['tagger', 'model'])
    t.match(model.get('model')!.metadata, { rounds_wanted: String(changes.max_iter), document_perplexity: undefined })
    await openTopicalPageRank(model.get('model')!.bytes, model.get('tagger')!.bytes)
    const again = await trainTopics(t, csv, changes, {}, { checkpoints: keepCheckpoints(state) })
    t.same(again.model, whole.model)
  }
})

t.test('whatever the documents and settings, an interrupted training loses nothing', async () => {
  const document = fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 12 })
  const documents = fc.array(document, { minLength: 2, maxLength: 40 }).map(rows => [[0, 1], ...rows])
  const settings = fc.record({
    n_topics: fc.integer({ min: 1, max: 5 }),
    max_iter: fc.integer({ min: 1, max: 6 }),
    learning_method: fc.constantFrom('batch', 'online'),
    batch_size: fc.integer({ min: 1, max: 20 }),
    evaluate_every: fc.constantFrom(-1, 1, 1, 2),
    perp_tol: fc.constantFrom(0, 0.5, 3),
    seed: fc.nat(),
  })
  await fc.assert(
    fc.asyncProperty(documents, settings, fc.array(fc.nat(40), { maxLength: 3 }), async (rows, settings, stops) => {
      const matrix = countMatrix(rows, 12)
      const whole = await learn(matrix, settings)
      let found: TensorFile | undefined
      for (const times of stops) {
        const checkpoints = keepCheckpoints(found)
        await learn(matrix, settings, { checkpoints, secondsLeft: stopAfter(times) })
        found = checkpoints.kept.at(-1)?.state ?? found
      }
      const rest = await learn(matrix, settings, { checkpoints: keepCheckpoints(found) })
      return (
        rest.lines('the checkpoint does not fit this training, which starts anew').length === 0 &&
        rest.rounds === whole.rounds &&
        Object.is(rest.perplexity, whole.perplexity) &&
        rest.components.every((value, i) => value === whole.components[i])
      )
    }),
    { numRuns: 80 },
  )
})

t.test('a state that does not fit is refused, and the training starts anew', async t => {
  const matrix = fields(20)
  const checkpoints = keepCheckpoints()
  const whole = await learn(matrix, {}, { checkpoints })
  const { state } = checkpoints.kept[2]!
  const lambda = state.tensor('lambda', 'F64')
  const good: Tensors = {
    lambda: { data: lambda, shape: [30, 3] },
    step: Float64Array.of(3),
    perplexity: new Float64Array(1),
  }
  const hostile: [Tensors, RegExp][] = [
    [{}, /"lambda" is missing/],
    [{ ...good, lambda: { data: lambda, shape: [3, 30] } }, /"lambda" has the shape \[3, 30\]/],
    [{ ...good, lambda: { data: Float32Array.from(lambda), shape: [30, 3] } }, /"lambda" is F32/],
    [{ ...good, lambda: { data: lambda.map((x, i) => (i === 7 ? 0 : x)), shape: [30, 3] } }, /finite and above 0/],
    [{ ...good, lambda: { data: lambda.map(() => Number.NaN), shape: [30, 3] } }, /finite and above 0/],
    [{ ...good, step: Float64Array.of(0) }, /"step" is 0, the training has 10/],
    [{ ...good, step: Float64Array.of(11) }, /"step" is 11/],
    [{ ...good, step: Float64Array.of(2.5) }, /"step" is 2\.5/],
    [{ ...good, perplexity: new Float64Array(2) }, /"perplexity" has the shape/],
  ]
  for (const [tensors, problem] of hostile) {
    const found = new TensorFile(encodeTensorFile({ tensors }), 'state')
    const { components, all } = await learn(
      matrix,
      {},
      { checkpoints: { ...keepCheckpoints(found), isDue: () => false } },
    )
    t.same(components, whole.components)
    t.match(all[0], { level: 'warn', message: /^the checkpoint does not fit/, problem })
  }
})
