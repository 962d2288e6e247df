import type { Progress } from 'modelhost'
import t from 'tap'
import {
  type CountMatrix,
  type TopicSettings,
  topicDefaults,
  trainTopics,
} from '../../plugins/topical-page-rank/topics/train-topics.js'
import { createTraining } from '../../plugins/topical-page-rank/topics/training/memory.js'
import { withTeam } from '../../plugins/topical-page-rank/topics/training/team.js'
import { countMatrix } from '../helpers/count-matrix.js'
import { plainTools } from '../helpers/plain-tools.js'
import { silentLog } from '../helpers/silent-log.js'
import { openTopics, phiOf, thetaOf, topicFile, wordNames } from '../helpers/topic-model.js'

async function learn(matrix: CountMatrix, changes: Partial<TopicSettings> = {}, threads = 1) {
  const steps: Progress[] = []
  const lines: object[] = []
  const log = { ...silentLog, info: (fields: object) => void lines.push(fields) }
  const settings = { ...topicDefaults, n_topics: 2, ...changes }
  const trained = await trainTopics(matrix, settings, {
    ...plainTools(threads),
    log,
    progress: (step: Progress) => void steps.push(step),
  })
  return { ...trained, steps, lines }
}

/** Documents of words 0 to 9, of 10 to 19, and so on, by turns. */
const fields = (documents: number, kinds: number) =>
  Array.from({ length: documents }, (_, i) =>
    Array.from({ length: 8 }, (_, k) => 10 * (i % kinds) + ((i * k + k * k) % 10)),
  )

t.test('words that are found together get a topic of their own', async t => {
  for (const method of ['batch', 'online'] as const) {
    const settings = { n_topics: 3, max_iter: 30, learning_method: method, batch_size: 16 }
    const { components, docTopicPrior, topicWordPrior, rounds } = await learn(countMatrix(fields(90, 3), 30), settings)
    t.same([docTopicPrior, topicWordPrior, rounds], [1 / 3, 1 / 3, 30])
    const model = openTopics(topicFile(wordNames(30), components, { docTopicPrior, topicWordPrior }, 'float32'))
    const best = (numbers: readonly number[]) => numbers.indexOf(Math.max(...numbers))
    const topics = [0, 1, 2].map(kind => best(thetaOf(model, [10 * kind, 10 * kind + 1, 10 * kind + 4])))
    t.same([...topics].sort(), [0, 1, 2], method)
    for (const [kind, topic] of topics.entries()) t.equal(best(phiOf(model, 10 * kind + 1)), topic)
  }
})

t.test('a seed gives the same topics always, another one others', async t => {
  const matrix = countMatrix(fields(30, 3), 30)
  const [one, again, other] = [await learn(matrix), await learn(matrix), await learn(matrix, { seed: 1 })]
  t.same(one.components, again.components)
  t.not(one.components[0], other.components[0])
})

/** Enough work for two threads. */
const large = countMatrix(
  Array.from({ length: 300 }, (_, i) => Array.from({ length: 40 }, (_, k) => (i * 31 + k * k * (1 + (i % 7))) % 700)),
  700,
)

t.test('the topics are the same however many threads learn, in batches or online', async t => {
  for (const method of ['batch', 'online'] as const) {
    const settings = { n_topics: 120, max_iter: 14, learning_method: method, batch_size: 150 }
    const one = await learn(large, settings, 1)
    const two = await learn(large, settings, 2)
    t.match(two.lines, [{ threads: 2, rounds: 14 }])
    t.same(two.components, one.components, method)
    t.equal(two.perplexity, one.perplexity)
  }
})

t.test('a small training has no further threads, which would take longer to start', async t => {
  const { lines } = await learn(countMatrix(fields(30, 3), 30), {}, 8)
  t.match(lines, [{ threads: 1 }])
})

t.test('documents without words change nothing', async t => {
  const texts = fields(20, 2)
  const settings = { max_iter: 3 }
  const without = await learn(countMatrix(texts, 20), settings)
  const between = await learn(countMatrix([...texts, [], []], 20), settings)
  t.same(between.components, without.components)
  t.equal(between.perplexity, without.perplexity)
})

t.test('a word that no document has, and one topic alone, are no special case', async t => {
  const { components } = await learn(countMatrix([[0, 0, 2], [2]], 4), { n_topics: 1, max_iter: 4 })
  // eta = 1, and every count is of the one topic.
  for (const [word, count] of [2, 0, 2, 0].entries()) t.ok(Math.abs(components[word]! - 1 - count) < 1e-12)
})

t.test('perplexity decides when to stop, where it is asked for', async t => {
  const matrix = countMatrix(fields(40, 2), 20)
  const { rounds, perplexity, steps } = await learn(matrix, { max_iter: 200, evaluate_every: 5, perp_tol: 0.01 })
  t.ok(rounds < 200 && rounds % 5 === 4, `${rounds}`)
  t.ok(perplexity > 1)
  t.match(steps.at(-1), { done: 8000, total: 8000, unit: 'documents', stage: 'topics', figures: { perplexity } })
})

t.test('a better model has the lower perplexity', async t => {
  const matrix = countMatrix(fields(40, 2), 20)
  const one = await learn(matrix, { n_topics: 1 })
  const two = await learn(matrix, { n_topics: 2 })
  t.ok(two.documentPerplexity < one.documentPerplexity)
  // All words of a document's kind alike.
  t.ok(two.documentPerplexity > 9 && two.documentPerplexity < 16, `${two.documentPerplexity}`)
})

t.test('a training without a word, or larger than a memory, says what to do', async t => {
  await t.rejects(learn(countMatrix([[], []], 3)), {
    code: 'TRAIN_FAILED',
    message: /no document has a word of the vocabulary\. Give more texts/,
  })
  await t.rejects(learn(countMatrix([[1]], 10_000_000), { n_topics: 1000 }), {
    code: 'TRAIN_FAILED',
    message:
      /no memory for 1000 topics of 1 documents and 10000000 words: \d+ bytes are more .* leave out rare words\.$/,
  })
  const rows = 6_000_000
  const many: CountMatrix = { ...countMatrix([[1]], 10), rows, indptr: new Uint32Array(rows + 1).fill(1, 1) }
  await t.rejects(learn(many, { n_topics: 100 }), { message: /or set learning_method to "online"\.$/ })
})

t.test('a training lets other work of its thread in, and ends its threads when it is stopped', async t => {
  let turns = 0
  let immediate = setImmediate(function turn() {
    turns++
    immediate = setImmediate(turn)
  })
  t.teardown(() => clearImmediate(immediate))
  const steps: Progress[] = []
  const progress = (step: Progress) => {
    steps.push(step)
    if (steps.length > 1 && turns > 1) throw new Error('stopped')
  }
  const settings: TopicSettings = { ...topicDefaults, n_topics: 100, max_iter: 1e6, evaluate_every: 2, perp_tol: 0 }
  await t.rejects(trainTopics(large, settings, { ...plainTools(2), progress }), { message: 'stopped' })
  t.ok(steps.every(({ done, total }) => done < total && total === 300e6))
})

t.test('a thread that fails ends the training', async t => {
  const words = Array.from({ length: 20_000 }, (_, i) => i)
  const training = createTraining(countMatrix([words, words], 20_000), 20, 2, 1)
  t.ok(training.layout.ownBytes > 65_536)
  const settings = { docTopicPrior: 0.1, topicWordPrior: 0.1, rounds: 10, tolerance: 0, seed: 0 }
  // The second thread's place would lie behind the end of a memory for one.
  const run = withTeam(
    training,
    settings,
    2,
    () => {},
    team => team.run({ kind: 'draw' }),
  )
  await t.rejects(run, { code: 'TRAIN_FAILED', message: /one of its threads failed: / })
})
