import fc from 'fast-check'
import { encodeTensorFile, isHostError, stringTable, TensorFile, type TensorSource } from 'modelhost'
import t from 'tap'
import { Value } from 'typebox/value'
import { Preprocessor } from '../../plugins/_text/preprocess.js'
import { float32String, shortestFloat32 } from '../../plugins/docsim/float32.js'
import docsim from '../../plugins/docsim/index.js'
import type { Similarity } from '../../plugins/docsim/similarity.js'
import { CorpusBuilder, keepThresholds, noiseTable } from '../../plugins/docsim/training/vocabulary.js'
import { docSimDefaults as defaults, openDocSim, type DocSimParams as Params } from '../helpers/docsim-artifact.js'
import { trainOnTexts } from '../helpers/train-docsim.js'

function modelOf(
  rows: Record<string, number[]>,
  changes: Partial<Params> = {},
  metadata: Record<string, string> = {},
): Similarity {
  const words = Object.keys(rows)
  const vectors = Object.values(rows)
  const tensors = {
    ...stringTable('vocabulary', words),
    word_vectors: { data: Float32Array.from(vectors.flat()), shape: [words.length, vectors[0]?.length ?? 0] },
  }
  return openDocSim(encodeTensorFile({ tensors, metadata }), changes).similarity
}

t.test('the params have the defaults of the original, and a wrong one is refused', async t => {
  t.match(defaults, { language: 'de', vector_size: 40, min_count: 2, epochs: 100, column: 'claim_text' })
  t.match(defaults, { window: 5, negative: 5, alpha: 0.025, min_alpha: 0.0001, sample: 1e-3, seed: 1 })
  t.ok(Value.Check(docsim.params, defaults))
  const wrong = [
    { vector_size: 0 },
    { min_count: 0 },
    { epochs: 1.5 },
    { language: 'fr' },
    { stop_words: 'some' },
    { protected_tokens: 'x' },
    { alpha: 0 },
    { sample: 1 },
    { seed: -1 },
    { train_df: '../secret.csv' },
    { normalization: 'lemma' },
  ]
  for (const change of wrong) t.notOk(Value.Check(docsim.params, { ...defaults, ...change }), JSON.stringify(change))
})

t.test('the similarity is the cosine of the mean word vectors, repetitions counted', async t => {
  const model = modelOf({ impfung: [1, 0, 0], masken: [0, 1, 0], corona: [3, 4, 0] })
  t.equal(model.of('Impfung', 'Masken'), 0)
  t.equal(model.of('Impfung', 'Corona'), 0.6)
  t.equal(model.of('Corona!', 'corona, CORONA'), 1)
  // (2, 1) and (1, 0): 2 / sqrt(5) = 0.894427190999916, as float32 0.8944272
  t.equal(model.of('Impfung, Impfung und Masken', 'Impfung'), 0.8944272)
  t.equal(model.of('Impfung Unbekanntes', 'Impfung'), 1, 'unknown words do not count')
})

t.test('a text without a known word answers 0', async t => {
  const model = modelOf({ impfung: [1, 0], null: [0, 0] })
  for (const text of ['', 'unbekannt', 'die und der', 'a', '!?', 'null']) t.equal(model.of('Impfung', text), 0)
  t.equal(modelOf({}).of('Impfung', 'Impfung'), 0, 'also of a model without words')
})

t.test('weights of any size, or none at all, give a finite answer', async t => {
  const model = modelOf({ riesig: [3e38, 3e38], winzig: [1e-40, 1e-40], kaputt: [Number.NaN, 1], ewig: [Infinity, 1] })
  t.equal(model.of('riesig riesig riesig', 'winzig'), 1)
  for (const text of ['kaputt', 'ewig', 'kaputt ewig riesig']) t.equal(model.of(text, 'riesig'), 0)
})

t.test('protected tokens are found as in training', async t => {
  const model = modelOf({ '5G': [1, 0], masten: [0, 1], fuenfgs: [1, 1] })
  t.equal(model.of('5g', '15G fuenfg'), 1)
  t.equal(model.of('5G-Masten', 'Masten und 5G'), 1)
  t.equal(model.of('5Gs', '5G'), 0.70710677)
})

t.test('a stop word is left out also where the vocabulary has it', async t => {
  const rows = { und: [0, 1], masken: [1, 0], test: [1, 1] }
  t.equal(modelOf(rows).of('Masken und', 'Masken'), 1)
  t.equal(modelOf(rows, { stop_words: 'none' }).of('Masken und', 'Masken'), 0.70710677)
  t.equal(modelOf(rows, { stop_words_extra: ['Masken'] }).of('Masken und', 'Masken'), 0)
})

t.test('a model of stems finds all forms of a word', async t => {
  const model = modelOf({ behaupt: [1] }, { normalization: 'stemming' })
  t.equal(model.of('Behauptungen', 'die Behauptung'), 1)
})

t.test('the fast way through a text finds the words that the slow one finds', async t => {
  const words = ['masken', 'corona', 'ärzte', '5G', 'россия', 'ab', 'naïve', 'c𐐨d', '日本', 'und']
  const rows = Object.fromEntries(words.map((word, i) => [word, words.map((_, k) => (k === i ? 1 : 0))]))
  const model = modelOf(rows)
  const preprocessor = new Preprocessor(defaults)
  const bit = fc.constantFrom(...words, 'Masken', 'ÄRZTE', '5g', 'x', ' ', ', ', '-', '_', '1', 'ß', '😀', '\ud83d')
  const text = fc.array(bit, { maxLength: 400 }).map(bits => bits.join(''))
  fc.assert(
    fc.property(text, text => {
      const counts = words.map(word => preprocessor.tokens(text).filter(token => token === word).length)
      const length = Math.hypot(...counts)
      const expected = length === 0 ? 0 : (counts[0]! * 1) / length
      return Math.abs(model.of(text, 'Masken') - expected) < 1e-7
    }),
    { numRuns: 500 },
  )
  t.pass()
})

t.test('a model whose parts do not fit each other is refused', async t => {
  const vocabulary = stringTable('vocabulary', ['eins', 'zwei'])
  const vectors = { data: new Float32Array(6), shape: [2, 3] }
  const read = (tensors: TensorSource['tensors']) => openDocSim(encodeTensorFile({ tensors }))
  t.ok(read({ ...vocabulary, word_vectors: vectors }))
  const wrong: TensorSource['tensors'][] = [
    { word_vectors: vectors },
    { ...vocabulary },
    { ...vocabulary, word_vectors: { data: new Float32Array(6), shape: [3, 2] } },
    { ...vocabulary, word_vectors: new Float32Array(2) },
    { ...vocabulary, word_vectors: { data: new Float64Array(6), shape: [2, 3] } },
    { ...vocabulary, word_vectors: vectors, counts: new Uint32Array(3) },
  ]
  for (const tensors of wrong) t.throws(() => read(tensors), { code: 'ARTIFACT_INVALID' })
  t.throws(() => modelOf({ eins: [1] }, {}, { format_version: '2' }), {
    code: 'ARTIFACT_INVALID',
    message: /format_version is "2", this host reads 1/,
  })
})

t.test('a damaged model file answers a finite number or is refused', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `wort${String.fromCharCode(97 + i / 26, 97 + (i % 26))}`)
  const tensors = {
    ...stringTable('vocabulary', words),
    word_vectors: { data: Float32Array.from({ length: 160 }, (_, i) => Math.sin(i)), shape: [40, 4] },
  }
  const bytes = encodeTensorFile({ tensors })
  const place = fc.nat(bytes.length - 1)
  fc.assert(
    fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 8 }), changes => {
      const damaged = new Uint8Array(bytes)
      for (const [at, byte] of changes) damaged[at] = byte
      try {
        const { similarity } = openDocSim(damaged)
        return Math.abs(similarity.of(words.join(' '), words.slice(3, 9).join(', '))) <= 1
      } catch (error) {
        return isHostError(error) && error.status === 422
      }
    }),
    { numRuns: 3000 },
  )
})

t.test('a float32 is printed as Python prints it', async t => {
  // str(numpy.float32(x)) of NumPy 2.4
  const cases: [number, string][] = [
    [0.87, '0.87'],
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [1 - 2 ** -24, '0.99999994'],
    [1 + 2 ** -23, '1.0000001'],
    [-1 / 3, '-0.33333334'],
    [0.000244140625, '0.00024414062'],
    [1e-4, '1e-04'],
    [9.655958e-5, '9.655958e-05'],
    [-(2 ** -15), '-3.0517578e-05'],
    [2 ** -149, '1e-45'],
    [123456.78, '123456.78'],
    [2 ** 24, '1.6777216e+07'],
    [3.4e38, '3.4e+38'],
    [Number.NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ]
  for (const [value, text] of cases) t.equal(float32String(Math.fround(value)), text)
})

t.test('the shortest decimal of a float32 reads back as the same float32', async () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
      const shortest = shortestFloat32(value)
      const digits = shortest.toExponential().replace(/e.*|[-.]/g, '').length
      return Math.fround(shortest) === value && digits <= 9
    }),
    { numRuns: 5000 },
  )
})

t.test('no decimal with fewer digits than the shortest reads back as the same float32', async () => {
  const fewestDecimals = (value: number) => {
    for (let digits = 0; digits <= 12; digits++) if (Math.fround(Number(value.toFixed(digits))) === value) return digits
    return Infinity
  }
  const decimal = fc.tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.nat(8)).map(([n, digits]) => n / 10 ** digits)
  const power = fc.tuple(fc.integer({ min: -13, max: 3 }), fc.integer({ min: -3, max: 3 }))
  const near = power.map(([exponent, steps]) => 2 ** exponent * (1 + steps * 2 ** -23))
  fc.assert(
    fc.property(
      fc.oneof(decimal, near, fc.double({ min: 1e-4, max: 10, noNaN: true })),
      fc.boolean(),
      (size, isNegative) => {
        const value = Math.fround(isNegative ? -size : size)
        if (Math.abs(value) < 1e-4 || Math.abs(value) >= 10) return true
        const shortest = shortestFloat32(value)
        return Number(shortest.toFixed(fewestDecimals(value))) === shortest
      },
    ),
    { numRuns: 5000 },
  )
})

t.test('CSV rows are answered with strings, and predictions are the numbers themselves', async t => {
  const model = { similarity: modelOf({ corona: [3, 4], masken: [1, 0] }), search: undefined }
  const answer = docsim.predict(model, { text1: 'Corona', text2: 'Masken' }, {} as never) as number
  t.equal(answer, 0.6)
  t.equal(docsim.encode?.['text/csv']?.(answer), '0.6')
})

function corpusOf(documents: string[][], minCount = 1) {
  const builder = new CorpusBuilder()
  for (const tokens of documents) builder.add(tokens)
  return builder.build(minCount)
}

t.test('the vocabulary goes by count; of equal counts the later word comes first', async t => {
  const documents = [['x', 'b', 'a'], [], ['c', 'a', 'b', 'rare'], ['c', 'a']]
  const corpus = corpusOf(documents, 2)
  t.same(corpus.vocabulary.words, ['a', 'c', 'b'])
  t.same([...corpus.vocabulary.counts], [3, 2, 2])
  t.equal(corpus.vocabulary.total, 7)
  t.same([...corpus.words], [2, 0, 1, 0, 2, 1, 0])
  t.same([...corpus.offsets], [0, 2, 2, 5, 7])
  t.same([...corpus.tokenCounts], [3, 0, 4, 2], 'with the words that were left out')
})

t.test('the tables of sampling and noise are those of gensim', async t => {
  // Worked with gensim 4.4 for the counts 50, 20, 10, 5, 2.
  const vocabulary = { words: [], counts: Uint32Array.of(50, 20, 10, 5, 2), total: 87 }
  const keep = [...keepThresholds(vocabulary, 1e-3)].map(entry => entry / 0xffff_ffff)
  for (const [i, expected] of [0.043453, 0.070305, 0.101974, 0.149309, 0.252067].entries()) {
    t.ok(Math.abs(keep[i]! - expected) < 1e-6)
  }
  t.same([...noiseTable(vocabulary)], [1037775740, 1559749303, 1870116640, 2054662163, 2147483647])
  t.same([...keepThresholds(vocabulary, 0)], new Array(5).fill(0xffff_ffff), 'sample 0 keeps all')
})

const rows = [
  'Die Impfung schützt vor Corona',
  'Corona und die Impfung der Kinder',
  'Masken in der Schule schützen Kinder',
  'Das Klima wandelt sich und die Meere steigen',
  'Steigende Meere, wandelndes Klima: 5G ist schuld',
]

t.test('training writes vocabulary, counts and vectors, and what they were made with', async t => {
  const { bytes, steps, params } = await trainOnTexts(t, rows)
  const file = new TensorFile(bytes)
  const { size } = file.strings('vocabulary')
  t.equal(file.tensor('word_vectors', 'F32', [size, 8]).length, size * 8)
  t.equal(file.tensor('counts', 'U32', [size])[0], 2)
  t.ok(file.strings('vocabulary').find('5G') >= 0)
  t.match(file.metadata, { format_version: '1', plugin: 'DocSim', plugin_version: docsim.version, documents: '5' })
  t.same(JSON.parse(file.metadata['params']!), params)
  t.match(steps.at(-1), { done: 25, total: 25, unit: 'documents', stage: 'training' })
})

t.test('the same seed, params and texts give the same bytes; another seed gives others', async t => {
  const first = await trainOnTexts(t, rows)
  const again = await trainOnTexts(t, rows)
  const other = await trainOnTexts(t, rows, { seed: 2 })
  t.same(first.bytes, again.bytes)
  t.notSame(first.bytes, other.bytes)
})

t.test('texts about the same things come out more similar than others', async t => {
  const about = (words: string[]) =>
    Array.from({ length: 60 }, (_, i) => [0, 1, 2, 3].map(k => words[(i * (k + 1) + k) % words.length]).join(' '))
  const health = ['impfung', 'corona', 'masken', 'virus', 'arzt']
  const climate = ['klima', 'meere', 'eis', 'sonne', 'wetter']
  const { bytes, params } = await trainOnTexts(t, [...about(health), ...about(climate)], { epochs: 60, sample: 0 })
  const model = openDocSim(bytes, params).similarity
  const near = model.of('Impfung gegen Corona', 'Masken und Virus')
  const far = model.of('Impfung gegen Corona', 'Eis und Meere')
  t.ok(near > far + 0.3, `${near} beside ${far}`)
})

t.test('a training without enough words says so', async t => {
  const refused = (rows: string[], message: RegExp, changes: Partial<Params> = {}) =>
    t.rejects(trainOnTexts(t, rows, changes), { code: 'TRAIN_FAILED', message })
  await refused([], /claims\.csv has a header but no rows\.$/)
  await refused(
    ['eins zwei', 'drei'],
    /no word of the 2 documents \(3 tokens in column "claim_text"\) occurs 2 times/,
    {
      min_count: 2,
    },
  )
  await refused(rows, /min_alpha \(0\.1\) is larger than alpha \(0\.025\)/, { min_alpha: 0.1 })
})
