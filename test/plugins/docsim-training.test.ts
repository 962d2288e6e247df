import fc from 'fast-check'
import t from 'tap'
import { alphaAt, batchAfter, batchAt, cutBatches } from '../../plugins/docsim/training/batches.js'
import { Random } from '../../plugins/docsim/training/random.js'
import { sigmoidTable } from '../../plugins/docsim/training/sigmoid.js'
import { type Corpus, CorpusBuilder, keepThresholds, noiseBuckets } from '../../plugins/docsim/training/vocabulary.js'
import { trainWeights } from '../../plugins/docsim/training/word-vectors.js'
import { docSimDefaults, openDocSim } from '../helpers/docsim-artifact.js'
import { plainTools } from '../helpers/plain-tools.js'
import { startPass } from '../helpers/pv-dm-pass.js'
import { trainOnTexts } from '../helpers/train-docsim.js'
import { GensimGenerator } from '../twins/gensim-generator.js'
import { type Matrices, PvDmTwin } from '../twins/pv-dm.js'

/** Of words that count alike, the one that came last is word 0. */
function corpusOf(...documents: string[]): Corpus {
  const builder = new CorpusBuilder()
  for (const document of documents) builder.add(document.split(' '))
  return builder.build(1)
}

/** A state whose next draws all mean the word that this test asks for. */
function stateWith(draws: readonly ((r: number) => boolean)[]): bigint {
  for (let state = 1n; ; state = (state * 0x5deece66dn + 11n) & 0xffff_ffff_ffffn) {
    const generator = new GensimGenerator(state)
    if (draws.every(fits => fits(generator.next() % 0x7fff_ffff))) return state
  }
}

t.test('one pass over a document changes the vectors as worked by hand', async t => {
  // Words a = 0, b = 1 in the document "a b". Position 0: hidden (b + doc) / 2 = (0.25, -0.05); target a: 0.25 reads
  // sigmoid 0.553791, gradient 0.044621; drawn b: -0.05 reads 0.479012, gradient -0.047901. Position 1: hidden
  // (a + doc) / 2; target b: gradient 0.048800; drawn b is the target and skipped.
  const corpus = { ...corpusOf('b a'), words: Uint32Array.of(0, 1) }
  const start: Matrices = {
    size: 2,
    words: Float32Array.of(0.1, 0.2, 0.3, -0.1),
    documents: Float32Array.of(0.2, 0),
    outputs: Float32Array.of(1, 0, 0, 1),
  }
  const pass = startPass(corpus, start, { window: 1, negative: 1, sample: 0 })
  const meansB = (r: number) => r > 2 ** 30
  pass.seed(stateWith([meansB, meansB]))
  t.equal(pass.trainShrunk(0, 0.1, [0, 0]), 2)
  const near = (actual: Float32Array, expected: number[], name: string) =>
    t.ok(
      expected.length === actual.length && actual.every((x, i) => Math.abs(x - expected[i]!) < 1e-6),
      `${name}: ${actual}`,
    )
  const { words, documents, outputs } = pass.read()
  near(words, [0.099416, 0.248917, 0.344621, -0.147901], 'words')
  near(documents, [0.244036, 0.001016], 'document')
  near(outputs, [1.011155, -0.002231, -0.003567, 1.006106], 'outputs')
})

t.test('a pair that is sure already teaches nothing', async t => {
  const start: Matrices = {
    size: 1,
    words: Float32Array.of(2, 2),
    documents: Float32Array.of(2),
    outputs: Float32Array.of(3, 3),
  }
  const pass = startPass(corpusOf('b a'), start, { window: 5, negative: 3, sample: 0 })
  pass.seed(5n)
  t.equal(pass.train(0, 0.5), 2)
  t.same(pass.read(), start)
})

t.test('frequent words are left out where the draw is above their threshold', async t => {
  const corpus = corpusOf('a a a a b b')
  const start: Matrices = {
    size: 1,
    words: new Float32Array(2),
    documents: new Float32Array(1),
    outputs: new Float32Array(2),
  }
  const all = startPass(corpus, start, { window: 1, negative: 1, sample: 0 })
  t.equal(all.train(0, 0.1), 6)
  const some = startPass(corpus, start, { window: 1, negative: 1, sample: 0.01 })
  const state = 0x1234_5678_9abcn
  const generator = new GensimGenerator(state)
  const keep = keepThresholds(corpus.vocabulary, 0.01)
  const kept = corpus.words.filter(word => keep[word]! >= generator.next()).length
  some.seed(state)
  t.equal(some.train(0, 0.1), kept)
  t.ok(kept < 6)
})

t.test('the kernel computes what its twin does, bit for bit', async () => {
  const word = fc.integer({ min: 0, max: 30 }).map(n => `w${Math.floor((n * n) / 30)}`)
  const documents = fc.array(fc.array(word, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 })
  const settings = fc.record({
    window: fc.integer({ min: 1, max: 7 }),
    negative: fc.integer({ min: 1, max: 6 }),
    sample: fc.constantFrom(0, 0.001, 0.1),
  })
  const number = fc.float({ min: -3, max: 3, noNaN: true })
  const state = fc.bigInt({ min: 0n, max: 2n ** 48n - 1n })
  const alpha = fc.float({ min: Math.fround(0.001), max: 1, noNaN: true })
  const size = fc.constantFrom(1, 2, 7, 8, 9, 40)
  fc.assert(
    fc.property(
      documents,
      settings,
      size,
      fc.infiniteStream(number),
      state,
      alpha,
      (texts, given, size, numbers, state, alpha) => {
        const corpus = corpusOf(...texts.map(words => words.join(' ')))
        const draw = (rows: number) => Float32Array.from({ length: rows * size }, () => numbers.next().value!)
        const count = corpus.vocabulary.words.length
        const start = { size, words: draw(count), documents: draw(texts.length), outputs: draw(count) }
        const pass = startPass(corpus, start, given)
        const twin = new PvDmTwin(corpus, start, given)
        twin.generator = new GensimGenerator(state)
        pass.seed(state)
        for (let document = 0; document < texts.length; document++) {
          if (pass.train(document, alpha) !== twin.train(document, alpha)) return false
        }
        const end = pass.read()
        return (['words', 'documents', 'outputs'] as const).every(name => areSame(end[name], start[name]))
      },
    ),
    { numRuns: 300 },
  )
})

const areSame = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((x, i) => Object.is(x, b[i]))

t.test('of a document of more than 10,000 words the first 10,000 are learned', async t => {
  const words = Array.from({ length: 10_500 }, (_, i) => `w${(i * i) % 7}`)
  const corpus = corpusOf(words.join(' '))
  const draw = (rows: number) => Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i) / 4)
  const count = corpus.vocabulary.words.length
  const start: Matrices = { size: 2, words: draw(count), documents: draw(1), outputs: draw(count) }
  const settings = { window: 2, negative: 1, sample: 0 }
  const pass = startPass(corpus, start, settings)
  const twin = new PvDmTwin(corpus, start, settings)
  twin.generator = new GensimGenerator(77n)
  pass.seed(77n)
  t.equal(pass.train(0, 0.025), 10_000)
  t.equal(twin.train(0, 0.025), 10_000)
  const end = pass.read()
  for (const name of ['words', 'documents', 'outputs'] as const) t.ok(areSame(end[name], start[name]), name)
})

t.test('two threads learn what one does, and every word of every epoch once', async t => {
  const words = Array.from({ length: 200 }, (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`)
  const topic = (first: number, i: number) =>
    Array.from({ length: 10 }, (_, k) => words[first + ((i * (k + 3) + k * k) % 100)]!).join(' ')
  const texts = Array.from({ length: 4000 }, (_, i) => topic(i % 2 === 0 ? 0 : 100, i))
  const changes = { epochs: 10, sample: 0, vector_size: 20 }
  const [one, two] = [await trainOnTexts(t, texts, changes, 1), await trainOnTexts(t, texts, changes, 2)]
  for (const { bytes, params, steps } of [one, two]) {
    const { similarity } = openDocSim(bytes, params)
    const [near, far] = [similarity.of(texts[0]!, texts[2]!), similarity.of(texts[0]!, texts[1]!)]
    t.ok(near > far + 0.5, `${near} beside ${far}`)
    t.match(steps.at(-1), { done: 40_000, total: 40_000 })
  }
})

t.test('a corpus of one batch is learned by one thread, and so the same at each run', async t => {
  const texts = Array.from({ length: 100 }, (_, i) => `eins zwei drei wort${i % 7}`)
  const runs = [await trainOnTexts(t, texts, {}, 4), await trainOnTexts(t, texts, {}, 4)]
  t.same(runs[0]!.bytes, runs[1]!.bytes)
})

t.test('a training that no memory can hold says what to lower', async t => {
  const documents = 300_000
  const corpus: Corpus = {
    ...corpusOf('eins zwei'),
    offsets: new Uint32Array(documents + 1),
    tokenCounts: new Uint32Array(documents),
  }
  await t.rejects(trainWeights(corpus, { ...docSimDefaults, vector_size: 4096 }, plainTools()), {
    code: 'TRAIN_FAILED',
    message: /there is no memory for it: \d+ bytes are more than one memory can have.*lower vector_size/,
  })
})

t.test('the buckets of a noise table lead to the same word as a search from the start', async () => {
  const noise = fc.array(fc.integer({ min: 1, max: 2 ** 24 }), { minLength: 1, maxLength: 60 }).map(steps => {
    const total = steps.reduce((sum, n) => sum + n, 0)
    let sum = 0
    return Uint32Array.from(steps, n => {
      sum += n
      return Math.round((sum / total) * 0x7fff_ffff)
    })
  })
  fc.assert(
    fc.property(noise, fc.integer({ min: 0, max: 0x7fff_fffe }), (noise, r) => {
      const { buckets, shift } = noiseBuckets(noise)
      let word = buckets[r >>> shift]!
      while (noise[word]! < r) word++
      return word === noise.findIndex(entry => entry >= r)
    }),
  )
})

t.test('the sigmoid is a table of 1,000 steps', async t => {
  t.equal(sigmoidTable.length, 1000)
  t.ok(Math.abs(sigmoidTable[498]! - 1 / (1 + Math.exp(0.024))) < 1e-7)
  t.ok(sigmoidTable[0]! > 0.0024 && sigmoidTable[999]! < 0.9976)
})

t.test('the learning rate falls from batch to batch of 10,000 tokens', async t => {
  const starts = cutBatches(Uint32Array.of(6000, 4000, 1, 20_000))
  t.same([...starts], [0, 2, 3, 4])
  const schedule = { starts, documents: 4 }
  const batches = Array.from({ length: 6 }, (_, i) => batchAt(schedule, i))
  t.same(
    batches.map(({ epoch, from, to }) => [epoch, from, to]),
    [
      [0, 0, 2],
      [0, 2, 3],
      [0, 3, 4],
      [1, 0, 2],
      [1, 2, 3],
      [1, 3, 4],
    ],
  )
  for (const [i, progress] of [0, 2 / 8, 3 / 8, 4 / 8, 6 / 8, 7 / 8].entries()) {
    const alpha = alphaAt({ from: 0, alpha: 0.025, end: 2, least: 0.0001 }, batches[i]!.passed)
    t.ok(Math.abs(alpha - (0.025 - 0.0249 * progress)) < 1e-15, `batch ${i}`)
    t.equal(batchAfter(schedule, batches[i]!.passed), i)
  }
  t.equal(batchAfter(schedule, 2), 6)
  t.equal(batchAfter(schedule, 1.01), 4)
})

t.test('a seed gives the same numbers always, uniform over 32 bits', async t => {
  const draw = (seed: number) => {
    const random = new Random(seed)
    return Array.from({ length: 20_000 }, () => random.bits())
  }
  const numbers = draw(1)
  t.same(numbers, draw(1))
  t.not(numbers[0], draw(2)[0])
  t.ok(numbers.every(x => Number.isInteger(x) && x >= 0 && x < 2 ** 32))
  const mean = numbers.reduce((sum, x) => sum + x / 2 ** 32, 0) / numbers.length
  t.ok(Math.abs(mean - 0.5) < 0.01)
  for (let bit = 0; bit < 32; bit++) {
    const share = numbers.filter(x => (x >>> bit) & 1).length / numbers.length
    t.ok(Math.abs(share - 0.5) < 0.02, `bit ${bit}`)
  }
})
