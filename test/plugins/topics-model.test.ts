import fc from 'fast-check'
import { TensorFile } from 'modelhost'
import t, { type Test } from 'tap'
import { indexTopics } from '../../plugins/topical-page-rank/topics/topic-index.js'
import { bareTopicFile, openTopics, phiOf, thetaOf, topicFile, wordNames } from '../helpers/topic-model.js'
import { expectationTwin, fitTwin } from '../twins/topics.js'

const near = (t: Test, actual: readonly number[], expected: readonly number[], tolerance = 1e-8) => {
  t.equal(actual.length, expected.length)
  for (const [i, x] of actual.entries()) t.ok(Math.abs(x - expected[i]!) <= tolerance, `${i}: ${x}, not ${expected[i]}`)
}

const words = ['masken', 'neue', 'neuen', 'studie', 'viren']
const lambda = Float64Array.of(6, 1, 2, 1, 4, 1, 3, 1, 5, 1)
const prior = { doc_topic_prior: '0.5' }

t.test('the worked example: five words, two topics', async t => {
  const files = {
    float64: bareTopicFile(words, lambda, prior),
    float32: bareTopicFile(words, Float32Array.from(lambda), prior),
    'as a training writes it': topicFile(words, lambda, { docTopicPrior: 0.5, topicWordPrior: 1 }),
    'with an index': topicFile(words, lambda, { docTopicPrior: 0.5, topicWordPrior: 1 }, 'float32'),
  }
  for (const [name, bytes] of Object.entries(files)) {
    const model = openTopics(bytes)
    t.equal(model.topicCount, 2, name)
    t.equal(model.vocabulary.find('neuen'), 2)
    near(t, thetaOf(model, [0, 1, 2, 3, 4], [2, 1, 1, 1, 1]), [0.64494194, 0.35505806])
    near(t, phiOf(model, 4), [4 / 14, 1 / 11], 1e-15)
  }
  // exp(E[log beta]) of the example, by the twin that the kernel is compared with.
  near(t, expectationTwin([6, 1, 2, 1, 4]), [0.407872594, 0.041580093, 0.113026411, 0.041580093, 0.260071048], 1e-9)
  near(t, expectationTwin([1, 3, 1, 5, 1]), [0.053452159, 0.239555955, 0.053452159, 0.429284709, 0.053452159], 1e-9)
})

t.test('a document without known words is of all topics alike', async t => {
  near(t, thetaOf(openTopics(bareTopicFile(words, lambda, prior)), []), [0.5, 0.5], 0)
})

t.test('models of one thread share a place to compute in, and do not disturb each other', async t => {
  const two = openTopics(bareTopicFile(words, lambda, prior))
  const three = openTopics(bareTopicFile(words, Float64Array.of(...lambda, 1, 1, 9, 1, 1), { doc_topic_prior: '0.1' }))
  const [first, second] = [thetaOf(two, [0, 1]), thetaOf(three, [0, 1])]
  for (let i = 0; i < 3; i++) {
    t.same(thetaOf(two, [0, 1]), first)
    t.same(thetaOf(three, [0, 1]), second)
  }
})

/** Components of which few are not the prior, as a training leaves them. */
function sparseComponents(topics: number, width: number, share: number, seed: number): Float64Array {
  const isIn = (i: number) => ((i * 2654435761 + seed) >>> 8) % 1000 < share * 1000
  return Float64Array.from({ length: topics * width }, (_, i) => 1 / topics + (isIn(i) ? 1 + (i % 17) / 4 : 0))
}

t.test('an index of the topics of each word changes no answer', async t => {
  const [topics, width] = [80, 300]
  const components = sparseComponents(topics, width, 0.04, 7)
  t.ok(indexTopics(components, width, 1 / topics))
  const document = Array.from({ length: 40 }, (_, i) => i * 7)
  for (const precision of ['float32', 'float64'] as const) {
    const bytes = topicFile(wordNames(width), components, { docTopicPrior: 1 / topics }, precision)
    t.ok(new TensorFile(bytes).has('topic_index.topics'))
    const indexed = openTopics(bytes)
    // Another prior than most components have: nothing is the prior, and so there is no index.
    const numbers = precision === 'float32' ? Float32Array.from(components) : components
    const metadata = { doc_topic_prior: String(1 / topics), topic_word_prior: '0.3' }
    const gathered = openTopics(bareTopicFile(wordNames(width), numbers, metadata))
    near(t, thetaOf(indexed, document), thetaOf(gathered, document), 1e-12)
    for (const word of document) near(t, phiOf(indexed, word), phiOf(gathered, word), 1e-18)
  }
  t.equal(indexTopics(sparseComponents(topics, width, 0.3, 7), width, 1 / topics), undefined, 'nor where it is large')
})

t.test('a document of more words than have a place at once has the topics that it has', async t => {
  // At 2,001 topics some 260 words have a place.
  const [topics, width] = [2001, 400]
  const components = sparseComponents(topics, width, 0.002, 3)
  const model = openTopics(topicFile(wordNames(width), components, { docTopicPrior: 1 / topics }))
  const all = Array.from({ length: width }, (_, i) => i)
  const counts = all.map(i => 1 + (i % 3))
  const beta = Array.from({ length: topics }, (_, k) =>
    expectationTwin([...components.subarray(k * width, (k + 1) * width)]),
  )
  const rows = all.map(word => beta.map(row => row[word]!))
  const expected = fitTwin({ rows, counts, alpha: 1 / topics, rounds: 100, tolerance: 1e-3 }, Array(topics).fill(1))
  const sum = expected.gamma.reduce((total, x) => total + x, 0)
  near(
    t,
    thetaOf(model, all, counts),
    expected.gamma.map(x => x / sum),
    1e-9,
  )
})

t.test('what a model file must have is asked for by name', async t => {
  const f64 = (...numbers: number[]) => Float64Array.from(numbers)
  const cases: [string, Uint8Array, RegExp][] = [
    ['no prior', bareTopicFile(words, lambda, {}), /its metadata has no doc_topic_prior/],
    [
      'a prior of 0',
      bareTopicFile(words, lambda, { doc_topic_prior: '0' }),
      /its doc_topic_prior is "0", not a number above 0/,
    ],
    ['no number', bareTopicFile(words, lambda, { doc_topic_prior: ' ' }), /its doc_topic_prior is " "/],
    ['a bad eta', bareTopicFile(words, lambda, { ...prior, topic_word_prior: 'NaN' }), /its topic_word_prior is "NaN"/],
    [
      'a component of 0',
      bareTopicFile(['a', 'b'], f64(1, 1, 1, 0), prior),
      /"components" of topic 1 are not finite and above 0/,
    ],
    ['below 0', bareTopicFile(['a', 'b'], f64(-1, 1, 1, 1), prior), /of topic 0/],
    ['NaN first', bareTopicFile(['a', 'b'], f64(1, 1, Number.NaN, 1), prior), /of topic 1/],
    ['infinite', bareTopicFile(['a', 'b'], f64(1, Infinity, 1, 1), prior), /of topic 0/],
    ['no words', bareTopicFile([], f64(), prior), /components|vocabulary/],
    [
      'too many topics',
      bareTopicFile(['a'], new Float64Array(200_000).fill(1), prior),
      /its 200000 topics are more than/,
    ],
  ]
  for (const [name, bytes, message] of cases) {
    t.throws(() => openTopics(bytes), { code: 'ARTIFACT_INVALID', message }, name)
  }
})

t.test('a file with flipped bits answers with a distribution, or is refused', async () => {
  const components = sparseComponents(20, 30, 0.1, 1)
  const bytes = topicFile(wordNames(30), components, { docTopicPrior: 0.05 }, 'float32')
  const file = new TensorFile(bytes)
  const [start, end] = [bytes.length - file.list().reduce((sum, { bytes }) => sum + bytes, 0), bytes.length]
  const flip = fc.record({ at: fc.integer({ min: start, max: end - 1 }), value: fc.integer({ min: 0, max: 255 }) })
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 40 }), flips => {
      const damaged = bytes.slice()
      for (const { at, value } of flips) damaged[at] = value
      let model: ReturnType<typeof openTopics>
      try {
        model = openTopics(damaged)
      } catch (error) {
        return (error as { code?: string }).code !== undefined
      }
      const theta = thetaOf(model, [0, 3, 5, 9, 29], [1, 2, 3, 4_000_000_000, 1])
      const isDistribution = Math.abs(theta.reduce((sum, x) => sum + x, 0) - 1) < 1e-6 && theta.every(x => x >= 0)
      return isDistribution && [0, 9, 29].every(word => phiOf(model, word).every(Number.isFinite))
    }),
    { numRuns: 1000 },
  )
})
