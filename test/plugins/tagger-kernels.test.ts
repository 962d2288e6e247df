import fc from 'fast-check'
import { encodeTensorFile, TensorFile } from 'modelhost'
import { createSharedMemory, pageBytes } from 'modelhost/kernels'
import t from 'tap'
import { parseTemplate, type Template } from '../../plugins/_text/tagging/attributes.js'
import { createEngine } from '../../plugins/_text/tagging/engine.js'
import { maxUnits } from '../../plugins/_text/tagging/kernels/tagging.js'
import { MemoryWriter } from '../../plugins/_text/tagging/memory-writer.js'
import { readTaggerModel } from '../../plugins/_text/tagging/model-file.js'
import { readStrings, readWordTables } from '../../plugins/_text/tagging/tables.js'
import { Describer } from '../../plugins/_text/tagging/training/describer.js'
import { createTrainingMemory, rowWidth } from '../../plugins/_text/tagging/training/memory.js'
import { openKernel, writeTransitions } from '../../plugins/_text/tagging/training/runs.js'
import { defaultTemplates } from '../../plugins/_text/tagging/training/templates.js'
import { forbidden, transitionWidth } from '../../plugins/_text/tagging/transitions.js'
import { writeWord } from '../../plugins/_text/tagging/word-units.js'
import { lexiconRows, tinyLists, tinyTagger, twinLists } from '../helpers/tagger.js'
import { bestTagsTwin } from '../twins/best-tags.js'
import { PerceptronTwin } from '../twins/perceptron.js'
import { featuresTwin, readWeightsTwin, scoresTwin } from '../twins/tagging.js'

const sign = fc.constantFrom(...'aAäÄßéЖж09-_.#@,:"„…/(İǅ中\u0301\ud83d\ude00\udc00\ud800')
const anyWord = fc.array(sign, { minLength: 1, maxLength: 80 }).map(signs => signs.join(''))
const known = fc.constantFrom(
  ...lexiconRows.map(([form]) => form),
  ...[
    'hat',
    'ist',
    'will',
    'the',
    'study',
    'house',
    'HOUSE',
    'Haus',
    '#Haus',
    '#house',
    '@x',
    'URL7',
    'HTTPS://a',
    'www.x',
  ],
  ...[
    ',',
    '.',
    '...',
    '``',
    '"',
    '(',
    '–',
    'https://',
    'www.',
    '#',
    '@',
    'Zauberhaus',
    'zauberstoff',
    'Ungeprüft',
    '12.5',
  ],
)
const sentence = fc.array(fc.oneof({ weight: 3, arbitrary: known }, anyWord), { minLength: 1, maxLength: 24 })
const isEqual = (a: ArrayLike<unknown>, b: ArrayLike<unknown>) =>
  a.length === b.length && Array.from(a).every((x, i) => x === b[i])

t.test('the features of a sentence are those of the twin, bit for bit', async t => {
  const lists = await tinyLists(t.testdir({}), 'de')
  const tables = readWordTables(new TensorFile(encodeTensorFile({ tensors: lists })))
  const names = [
    ...new Set([...defaultTemplates('de', tables), ...defaultTemplates('en', tables)]),
    'kind length[+1] lower[-2]',
  ]
  const templates = names.map(name => parseTemplate(name) as Template)
  const describer = new Describer(tables, templates)
  const twin = twinLists('de')
  fc.assert(
    fc.property(sentence, words => {
      const hashes = describer.describe(words).slice()
      return isEqual(new BigUint64Array(hashes.buffer), featuresTwin(words, names, twin).flat())
    }),
    { numRuns: 500 },
  )
})

t.test('scores and tags of a sentence are those of the twin, also where some tags may not follow', async t => {
  const source = await tinyTagger(t.testdir({}), 'de')
  const tags = readStrings(new TensorFile(encodeTensorFile(source)), 'tags').length
  const draw = fc.infiniteStream(fc.integer({ min: -40, max: 40 }))
  const twin = twinLists('de')
  fc.assert(
    fc.property(fc.array(sentence, { minLength: 1, maxLength: 5 }), draw, fc.boolean(), (texts, numbers, masks) => {
      const next = () => numbers.next().value!
      const transitions = Int16Array.from({ length: (tags + 1) * tags }, next)
      const allowed = Uint8Array.from({ length: (tags + 2) * tags }, () => (next() > -35 ? 1 : 0))
      const tensors = {
        ...source.tensors,
        transitions: { data: transitions, shape: [tags + 1, tags] },
        ...(masks ? { allowed: { data: allowed, shape: [tags + 2, tags] } } : {}),
      }
      const bytes = encodeTensorFile({ tensors, metadata: source.metadata })
      const memory = createSharedMemory(16 * pageBytes + bytes.length)
      const place = new Uint8Array(memory.buffer, pageBytes, bytes.length)
      place.set(bytes)
      const file = new TensorFile(place)
      const model = readTaggerModel(file)
      // Little room, so that words of one sentence share a place in the cache.
      const engine = createEngine(
        file,
        model,
        readWordTables(file),
        new MemoryWriter(memory, pageBytes + bytes.length, 16 * pageBytes),
      )
      const rows = Array.from({ length: tags + 2 }, (_, from) =>
        Array.from({ length: tags }, (_, to) => {
          const weight = from <= tags ? transitions[from * tags + to]! : 0
          return !masks || allowed[from * tags + to] === 1 ? weight : forbidden
        }),
      )
      const weightsOf = readWeightsTwin(model.starts, model.lists)
      return texts.every(words => {
        for (const [i, word] of words.entries()) {
          engine.lengths[i] = writeWord(word, 0, word.length, engine.units, i * maxUnits)
        }
        engine.tag(words.length)
        const scores = scoresTwin(featuresTwin(words, readStrings(file, 'templates'), twin), weightsOf, tags)
        const width = rowWidth(tags)
        return (
          scores.every((row, i) => isEqual(row, engine.scores.subarray(i * width, i * width + tags))) &&
          isEqual(engine.tags.subarray(0, words.length), bestTagsTwin(scores, rows, tags))
        )
      })
    }),
    { numRuns: 200 },
  )
})

t.test('the perceptron learns as the twin does, bit for bit', async () => {
  const word = fc.record({ features: fc.uniqueArray(fc.nat(30), { maxLength: 8 }), tag: fc.nat(8) })
  const corpus = fc.array(fc.array(word, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(corpus, fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.nat(9), (sentences, epochs, masks, cost) => {
      const tags = 9
      const allowed = masks ? allowedAround(sentences, tags) : undefined
      const words = sentences.flat()
      const ends = (counts: number[]) =>
        Uint32Array.from([0, ...counts].map((_, i, all) => all.slice(0, i + 1).reduce((a, b) => a + b)))
      const { memory, layout } = createTrainingMemory(
        {
          tagCount: tags,
          wordFeatures: ends(words.map(({ features }) => features.length)),
          features: Uint32Array.from(words.flatMap(({ features }) => features)),
          gold: Uint8Array.from(words, ({ tag }) => tag),
          sentences: ends(sentences.map(({ length }) => length)),
          hashes: new Uint32Array(2 * 31),
          allowed,
        },
        1,
      )
      const order = {
        memory,
        layout,
        thread: 0,
        cost,
      }
      const kernel = openKernel(order)
      kernel.begin(0)
      writeTransitions(order)
      const mayFollow = (from: number, to: number) => allowed === undefined || allowed[from * tags + to] === 1
      const twin = new PerceptronTwin(tags, 31, mayFollow, cost)
      let at = 0
      for (let epoch = 0; epoch < epochs; epoch++, at = 0) {
        for (const sentence of sentences) {
          const wrong = kernel.learn(at, at + sentence.length)
          at += sentence.length
          const gold = sentence.map(({ tag }) => tag)
          if (
            wrong !==
            twin.learn(
              sentence.map(({ features }) => features),
              gold,
            )
          )
            return false
        }
      }
      kernel.addAverages(31, layout.sums, layout.transitionSums)
      const without = (view: Int32Array, width: number) => view.filter((_, i) => i % width < tags)
      const sums = new Int32Array(memory.buffer, layout.sums, 31 * rowWidth(tags))
      const transitionSums = new Int32Array(memory.buffer, layout.transitionSums, (tags + 1) * transitionWidth(tags))
      return (
        isEqual(without(sums, rowWidth(tags)), twin.averages(twin.weights, twin.changes)) &&
        isEqual(without(transitionSums, transitionWidth(tags)), twin.averages(twin.transitions, twin.transitionChanges))
      )
    }),
    { numRuns: 300 },
  )
})

/** What the sentences do may be done, and about half of the rest. */
function allowedAround(sentences: readonly (readonly { tag: number }[])[], tags: number): Uint8Array {
  const allowed = Uint8Array.from({ length: (tags + 2) * tags }, (_, i) => (i * 7) % 2)
  for (const sentence of sentences) {
    for (const [i, { tag }] of sentence.entries()) allowed[(sentence[i - 1]?.tag ?? tags) * tags + tag] = 1
    allowed[(tags + 1) * tags + sentence.at(-1)!.tag] = 1
  }
  return allowed
}
