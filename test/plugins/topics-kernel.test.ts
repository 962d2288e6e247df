import fc from 'fast-check'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import t from 'tap'
import { DocumentFit, fitBytes } from '../../plugins/topical-page-rank/topics/document-fit.js'
import { documentKernel } from '../../plugins/topical-page-rank/topics/kernels/document.js'
import { wordsKernel } from '../../plugins/topical-page-rank/topics/kernels/words.js'
import { type TopicSettings, topicDefaults } from '../../plugins/topical-page-rank/topics/train-topics.js'
import { lnGamma, psi } from '../../plugins/topical-page-rank/topics/training/gamma-function.js'
import { countMatrix } from '../helpers/count-matrix.js'
import { rowsOf, TrainingByHand } from '../helpers/topics-by-hand.js'
import { type DocumentTwin, fitTwin, psiTwin, trainTwin } from '../twins/topics.js'

const memory = createSharedMemory(pageBytes * 17)
const kernel = documentKernel.over(memory)
const { expPsiOf } = kernel

t.test('exp(psi(x)) is what the digamma of scikit-learn gives', async t => {
  const values = [
    [0.01, -100.560885460202],
    [0.5, -1.963510027276],
    [1, -0.577215667266],
    [2.5, 0.70315663939],
    [10, 2.251752589026],
  ] as const
  for (const [x, expected] of values) t.ok(Math.abs(Math.log(expPsiOf(x)) - expected) < 1e-11, `${x}`)
  // psi itself is -1000 at 0.001, and its rounding is that of e^-1000's exponent.
  const near = (x: number) => {
    const expected = Math.exp(psiTwin(x))
    return Math.abs(expPsiOf(x) - expected) <= 1e-15 * (4 + Math.abs(psiTwin(x))) * expected + 1e-300
  }
  fc.assert(fc.property(fc.double({ min: 1e-7, max: 20, noNaN: true }), near), { numRuns: 2000 })
  fc.assert(fc.property(fc.double({ min: 1e-7, max: 1e9, noNaN: true }), near), { numRuns: 2000 })
  for (const below of [5, 5.999999999999999, 6, 6.000000000000001, 1e-6, 1.0000000000000002e-6]) t.ok(near(below))
})

t.test('exp(psi(x)) of what is no number above 0 is 0', async t => {
  for (const x of [0, -0, -1, -3.5, -1e300, 1e-6, 5e-324, Number.NaN, -Infinity]) t.equal(expPsiOf(x), 0, `${x}`)
})

t.test('psi and ln Gamma have their known values', async t => {
  t.ok(Math.abs(psi(1) + 0.577215667266) < 1e-12)
  const lnGammas = [
    [1, 0],
    [0.5, Math.log(Math.PI) / 2],
    [5, Math.log(24)],
    [101, 363.73937555556347],
    [0.002, 6.213456953759],
  ] as const
  for (const [x, expected] of lnGammas) t.ok(Math.abs(lnGamma(x) - expected) < 1e-9, `${x}: ${lnGamma(x)}`)
  // Gamma(x + 1) = x Gamma(x)
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), x => {
      const step = lnGamma(x) + Math.log(x)
      return Math.abs(lnGamma(x + 1) - step) < 1e-14 * (40 + Math.abs(step) + x)
    }),
  )
})

interface Case {
  readonly document: DocumentTwin
  readonly start: readonly number[]
}

/** Numbers of [0, 1) without ties: equal topics are a balance that rounding alone decides. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

const documents = (rounds: fc.Arbitrary<number>, tolerance: fc.Arbitrary<number>): fc.Arbitrary<Case> =>
  fc
    .record({
      ...{ topics: fc.integer({ min: 1, max: 90 }), words: fc.integer({ min: 1, max: 30 }), seed: fc.integer() },
      ...{ rounds, tolerance },
      // With a small one topics die. With none of them is the sum of gamma an integer, where the digamma that is
      // approximated has a step of 2e-9.
      alpha: fc.constantFrom(0.0021, 0.0113, 0.0974, 1.0371),
      /** How many of the topics a word is in; in the others it has next to nothing. */
      share: fc.constantFrom(0.05, 0.5, 1),
    })
    .map(({ topics, words, seed, alpha, share, rounds, tolerance }) => {
      const next = mulberry(seed)
      const list = (length: number, of: () => number) => Array.from({ length }, of)
      const beta = () => Math.exp(next() < share ? -8 * next() : -100 - 200 * next())
      const rows = Array.from({ length: words }, () => list(topics, beta))
      const counts = list(words, () => 1 + Math.floor(9 * next() ** 3))
      return { document: { rows, counts, alpha, rounds, tolerance }, start: list(topics, () => 0.5 + 1.5 * next()) }
    })

/** The kernel on the same document, with places for so many words at once. */
function fit({ document, start }: Case, places: number) {
  const { rows, counts, alpha, rounds, tolerance } = document
  const topics = start.length
  const place = { memory, at: pageBytes, bytes: fitBytes(topics, places) }
  const fit = new DocumentFit(place, { topics, docTopicPrior: alpha, rounds, tolerance }, kernel)
  const shares: number[] = []
  const words = {
    fill(from: number, count: number) {
      fit.block.fill(0)
      fit.counts.fill(0)
      for (let w = 0; w < count; w++) {
        fit.block.set(rows[from + w]!, w * fit.rowLength)
        fit.counts[w] = counts[from + w]!
      }
    },
  }
  fit.gamma.set(start)
  const round = fit.run(rows.length, words)
  fit.weigh(rows.length, words, (from, count) => shares.splice(from, count, ...fit.shares.subarray(0, count)))
  fit.finish()
  return { gamma: [...fit.gamma], theta: [...fit.theta.subarray(0, topics)], shares, round }
}

const areNear = (actual: readonly number[], expected: readonly number[], share: number, floor = 0) =>
  actual.length === expected.length &&
  actual.every((x, i) => Math.abs(x - expected[i]!) <= share * Math.max(Math.abs(expected[i]!), floor))

function agree(test: Case, places: number, share: number): boolean {
  const actual = fit(test, places)
  const expected = fitTwin(test.document, test.start)
  return (
    actual.round === expected.round &&
    areNear(actual.gamma, expected.gamma, share, 1e-3) &&
    // A dead topic has 0 instead of some 1e-31.
    areNear(actual.theta, expected.theta, share, 1e-3) &&
    areNear(actual.shares, expected.shares, share)
  )
}

t.test('one round moves a document as the twin moves it', async () => {
  const one = documents(fc.constant(1), fc.constant(0))
  // Sums in another order, and an exponential of psi(gamma), which is -500 with the smallest prior.
  fc.assert(
    fc.property(one, test => agree(test, test.document.rows.length, 1e-12)),
    { numRuns: 500 },
  )
})

/**
 * psi(gamma) is about -1 / gamma near 0: what rounding makes of gamma is, while topics contend, some ten times as much in
 * the next round.
 */
const afterRounds = 1e-9
const whole = documents(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1e-3))

t.test('a document is fitted as the twin fits it', async () => {
  fc.assert(
    fc.property(whole, test => agree(test, test.document.rows.length, afterRounds)),
    { numRuns: 500 },
  )
})

t.test('a document of more words than have a place is fitted the same, piece by piece', async () => {
  fc.assert(
    fc.property(whole, fc.constantFrom(4, 8), (test, places) => agree(test, places, afterRounds)),
    { numRuns: 200 },
  )
})

t.test('a kernel that worked for one model works for the next one', async () => {
  const agrees = (test: Case) => agree(test, 32, afterRounds)
  fc.assert(
    fc.property(whole, whole, (one, other) => agrees(one) && agrees(other) && agrees(one)),
    { numRuns: 100 },
  )
})

const trainings = fc
  .record({
    topics: fc.integer({ min: 1, max: 6 }),
    texts: fc.array(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 12 }), { minLength: 1, maxLength: 9 }),
    passes: fc.integer({ min: 0, max: 3 }),
    method: fc.constantFrom('batch' as const, 'online' as const),
    batch: fc.integer({ min: 1, max: 12 }),
    alpha: fc.constantFrom(undefined, 0.01, 0.5),
    eta: fc.constantFrom(undefined, 0.02),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .filter(({ texts }) => texts.some(words => words.length > 0))

t.test('a training, batch or online, learns what the twin learns from the same starts', async () => {
  await fc.assert(
    fc.asyncProperty(trainings, async ({ topics, texts, passes, method, batch, alpha, eta, seed }) => {
      const matrix = countMatrix(texts, 91)
      const settings: TopicSettings = {
        ...topicDefaults,
        ...{ n_topics: topics, max_iter: passes, learning_method: method, batch_size: batch },
        ...{ doc_topic_prior: alpha, topic_word_prior: eta },
        // A fixed number of rounds: rounding alone may not decide over one more.
        ...{ mean_change_tol: 0, max_doc_update_iter: 20 },
      }
      const draw = (rows: number, width: number, salt: number) =>
        Array.from({ length: rows }, (_, i) =>
          Array.from({ length: width }, (_, k) => 1 + 0.3 * Math.sin(seed + salt + 7 * i + 13 * k)),
        )
      const components = draw(topics, 91, 1)
      const steps = 30
      const gamma = Array.from({ length: steps }, (_, step) => draw(Math.max(texts.length, batch), topics, step))
      const training = new TrainingByHand(matrix, settings, { components, gamma })
      await training.learn()
      const expected = trainTwin(matrix, settings, components, gamma)
      return areNear(rowsOf(training.components, topics).flat(), expected.flat(), afterRounds, 1e-3)
    }),
    { numRuns: 150 },
  )
})

t.test('what is drawn is of the gamma distribution of shape 100 and scale 0.01', async t => {
  const kernel = wordsKernel.over(memory)
  const drawRow = (seed: number, step: number, row: number, count: number) => {
    kernel.seed(seed, step, row)
    kernel.draw(pageBytes, count)
    return [...new Float64Array(memory.buffer, pageBytes, count)]
  }
  const count = 100_000
  const draws = drawRow(1, 0, 0, count)
  const moment = (power: number) => draws.reduce((total, x) => total + (x - 1) ** power, 0) / count
  t.ok(Math.abs(moment(1)) < 1e-3, 'mean')
  t.ok(Math.abs(moment(2) / 0.01 - 1) < 0.02, 'variance')
  t.ok(Math.abs(moment(3) / 0.01 ** 1.5 - 0.2) < 0.04, 'skewness, 2 / sqrt(shape)')
  // The cube root of a gamma variate is nearly normal (Wilson and Hilferty 1931).
  const z = draws.map(x => (Math.cbrt(x) - (1 - 1 / 900)) * Math.sqrt(900))
  for (const [bound, share] of [
    [-2, 0.02275],
    [-1, 0.15866],
    [0, 0.5],
    [1, 0.84134],
    [2, 0.97725],
  ] as const) {
    t.ok(Math.abs(z.filter(x => x < bound).length / count - share) < 0.005, `below ${bound}`)
  }
  const row = drawRow(7, 3, 11, 5)
  t.same(row, drawRow(7, 3, 11, 5), 'a row has numbers of its own')
  for (const other of [drawRow(8, 3, 11, 5), drawRow(7, 4, 11, 5), drawRow(7, 3, 12, 5)]) t.not(other[0], row[0])
  // Rows next to each other have nothing to do with each other.
  const firsts = Array.from({ length: 20_000 }, (_, i) => drawRow(0, 1, i, 1)[0]! - 1)
  const product = firsts.slice(1).reduce((total, x, i) => total + x * firsts[i]!, 0) / firsts.length
  t.ok(Math.abs(product / 0.01) < 0.03, `correlation ${product / 0.01}`)
})
