import fc from 'fast-check'
import { encodeTensorFile, isHostError, TensorFile } from 'modelhost'
import t from 'tap'
import {
  contextAttributes,
  parseTemplate,
  type Template,
  wordAttributes,
} from '../../plugins/_text/tagging/attributes.js'
import { readWordTables } from '../../plugins/_text/tagging/tables.js'
import { tablesOf, taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { CapitalCounter } from '../../plugins/_text/tagging/training/capitals.js'
import { Describer } from '../../plugins/_text/tagging/training/describer.js'
import { readNameLists } from '../../plugins/_text/tagging/training/name-lists.js'
import { tablesFile } from '../../plugins/_text/tagging/training/tables-file.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { silentLog } from '../helpers/silent-log.js'
import { spanCorpus, spanLists, spanSettings, spanTwinLists } from '../helpers/span-tagger.js'
import { namesTwin } from '../twins/names.js'
import { featuresTwin } from '../twins/tagging.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: 1, refuse }

const known =
  'New York City NEW YORK new york #NewYork #newyorkcity Red Fox Club #RedFox #redfoxclub Anna anna ANNA Otto Berg St. ' +
  'John ’s St John s May may MAY in In the one two three four five six #onetwothreefourfivesix @anna https://a.b #Anna #a ' +
  "McBerg . ' , : O'Berg U.S. iPhone 7 URL1 #"
const word = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...known.split(' ')) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 70 }),
)
const sentence = fc.array(word, { minLength: 1, maxLength: 20 })
const templates = [
  ...wordAttributes.filter(name => !['traits', 'nameHash', 'exact'].includes(name)),
  ...contextAttributes,
  ...['gazetteer[-2]', 'gazetteer[+1] gazetteer', 'gazetteers[-1] case', 'case capitalShare style', 'bare[+2]'],
]
const isEqual = (a: ArrayLike<unknown>, b: ArrayLike<unknown>) =>
  a.length === b.length && Array.from(a).every((x, i) => x === b[i])

/** A tagger that has its tables, and one whose tables are a file of their own. */
async function trainBoth(folder: string) {
  const lists = await spanLists(folder)
  const settings = { ...spanSettings, templates: [...spanSettings.templates, ...templates] }
  const tables = encodeTensorFile(tablesFile(lists, { language: 'en' }))
  const own = await trainTagger(spanCorpus, lists, settings, tools)
  const apart = await trainTagger(spanCorpus, new TensorFile(tables, 'tables'), settings, tools)
  return { own: own.source, apart: apart.source, tables }
}

t.test('the features of names are those of the twin, whose names are looked for one by one', async t => {
  const lists = await spanLists(t.testdir({}))
  const tables = readWordTables(new TensorFile(encodeTensorFile({ tensors: lists })))
  const describer = new Describer(
    tables,
    templates.map(name => parseTemplate(name) as Template),
  )
  const twin = spanTwinLists()
  fc.assert(
    fc.property(sentence, words => {
      const hashes = describer.describe(words).slice()
      return isEqual(new BigUint64Array(hashes.buffer), featuresTwin(words, templates, twin).flat())
    }),
    { numRuns: 500 },
  )
})

t.test('the longest name counts, from left to right, with all its classes', t => {
  const { names } = spanTwinLists()
  const places = (text: string) => {
    const words = text.split(' ').map(word => ({ name: word.replace('#', ''), mayBeJoined: word.startsWith('#') }))
    return namesTwin(words, names!).map(([, ...slots]) =>
      slots
        .map(value => (value < 2n ? Number(value) : 'BILU'[Number(value - 2n) % 4]! + ((value - 2n) >> 2n)))
        .join(' '),
    )
  }
  t.same(places('new york'), ['B1 B2 0 0', 'L1 L2 0 0'], 'a city and a state')
  t.same(places('new york city'), ['B1 0 0 0', 'I1 0 0 0', 'L1 0 0 0'])
  t.same(places('the new york berg'), ['1 0 0 0', 'B1 B2 0 0', 'L1 L2 0 0', 'U1 U5 U6 U7'], 'four classes of five')
  t.same(places('#newyorkcity'), ['U1 0 0 0'])
  t.same(places('newyorkcity'), ['1 0 0 0'], 'only hashtags, and words with capitals inside, are written so')
  t.end()
})

t.test('tables in the same memory and in another one give the same tags and margins', async t => {
  const { own, apart, tables } = await trainBoth(t.testdir({}))
  const inside = taggerOf(encodeTensorFile(own), 'own')
  const asset = tablesOf(tables, 'tables')
  // Two models of one lane, in turn.
  const outside = [1, 2].map(() => taggerOf(encodeTensorFile(apart), 'apart', asset))
  t.equal(
    Object.keys(apart.tensors).some(name => /gazetteers|capitals|characters/.test(name)),
    false,
  )
  const wanted = Uint8Array.from(inside.tags, tag => (tag === 'O' ? 0 : 1))
  const answer = (tagger: typeof inside, words: readonly string[]) => {
    const [out, margins] = [new Uint8Array(words.length), new Float32Array(words.length)]
    tagger.tagWords(words, out, undefined, { wanted, out: margins })
    return [...out, ...margins]
  }
  // More words than the caches have room for.
  outside[0]!.tagWords(
    Array.from({ length: 20_000 }, (_, i) => `Wort${i}`),
    new Uint8Array(20_000),
  )
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: sentence }, fc.array(word, { minLength: 250, maxLength: 600 })),
      words => {
        const expected = answer(inside, words)
        return outside.every(tagger => isEqual(answer(tagger, words), expected))
      },
    ),
    { numRuns: 150 },
  )
})

t.test('a tagger without its word tables, or with others, is refused and told which it needs', async t => {
  const folder = t.testdir({})
  const { own, apart, tables } = await trainBoth(folder)
  const { hash } = new TensorFile(tables).metadata
  const others = tablesOf(encodeTensorFile(tablesFile(await readNameLists('en', {}, refuse))), 'NER-tables')
  const refused = (work: () => unknown, message: RegExp) => t.throws(work, { code: 'ARTIFACT_INVALID', message })
  refused(
    () => taggerOf(encodeTensorFile(apart), 'NER-model'),
    new RegExp(`needs the word tables ${hash!.slice(0, 12)}`),
  )
  refused(
    () => taggerOf(encodeTensorFile(apart), 'NER-model', others),
    /was trained with the word tables .* NER-tables has .* train it anew/,
  )
  refused(() => taggerOf(encodeTensorFile(own), 'NER-model', others), /has word tables of its own/)
})

t.test('tags and templates that need more room than a lane has are refused before anything is learned', async t => {
  const tables = new TensorFile(encodeTensorFile(tablesFile(await spanLists(t.testdir({})))), 'tables')
  const train = (tagCount: number, templates: string[]) => {
    const tags = Array.from({ length: tagCount }, (_, i) => `T${i}`)
    const sentences = [{ words: ['Anna'], tags: ['T1'], domain: 0 }]
    return trainTagger({ tags, domains: ['ours'], sentences }, tables, { ...spanSettings, templates }, tools)
  }
  t.ok(await train(64, spanSettings.templates as string[]))
  await t.rejects(train(64, new Array(128).fill('gazetteer[-1] gazetteer')), {
    message: /nothing can be learned: .* its 64 tags and 128 templates need more room/,
  })
})

t.test('damaged word tables and weights are refused, or words are tagged as well as they can be', async t => {
  const { apart, tables } = await trainBoth(t.testdir({}))
  const model = encodeTensorFile(apart)
  const words = known.split(' ')
  let refused = 0
  const flip = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 1, max: 255 }))
  const damage = (bytes: Uint8Array, flips: readonly (readonly [number, number])[]) => {
    const damaged = bytes.slice()
    const data = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
    for (const [share, bits] of flips) damaged[data + Math.floor(share * (bytes.length - data))]! ^= bits
    return damaged
  }
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), fc.boolean(), (flips, ofTables) => {
      try {
        const asset = tablesOf(ofTables ? damage(tables, flips) : tables, 'tables')
        const tagger = taggerOf(ofTables ? model : damage(model, flips), 'model', asset)
        const out = new Uint8Array(words.length)
        tagger.tagWords(words, out)
        return out.every(tag => tagger.tags[tag] !== undefined)
      } catch (error) {
        refused++
        return isHostError(error) && ['ARTIFACT_INVALID', 'TENSOR_FILE_BROKEN'].includes(error.code)
      }
    }),
    { numRuns: 200 },
  )
  t.ok(refused > 0)
})

t.test('packed weights that are not whole, or of tags that are not there, are refused', async t => {
  const { apart, tables } = await trainBoth(t.testdir({}))
  const changed = (change: (lists: Uint8Array) => void) => {
    const lists = (apart.tensors['weights.packed'] as Uint8Array).slice()
    change(lists)
    return encodeTensorFile({ ...apart, tensors: { ...apart.tensors, 'weights.packed': lists } })
  }
  const refused = (change: (lists: Uint8Array) => void) =>
    t.throws(() => taggerOf(changed(change), 'model', tablesOf(tables, 'tables')), {
      code: 'ARTIFACT_INVALID',
      message: /bucket \d+ of "weights.packed" is not whole/,
    })
  // Of 13 tags, in two bytes of bits.
  refused(lists => {
    lists[5]! |= 0x80
  })
  refused(lists => {
    lists[4]! = 0xff
  })
})

t.test('word tables that a kernel would follow out of bounds are refused by name', async t => {
  const lists = await spanLists(t.testdir({}))
  const read = (tensors: object) =>
    readWordTables(new TensorFile(encodeTensorFile({ tensors: { ...lists, ...tensors } }), 'tables'))
  const refused = (tensors: object, message: RegExp) =>
    t.throws(() => read(tensors), { code: 'ARTIFACT_INVALID', message })
  t.ok(read({}))
  refused({ 'gazetteers.sets': { data: new Uint32Array(8).fill(99), shape: [2, 4] } }, /gazetteers.sets" has a class/)
  refused({ 'gazetteers.sets': { data: new Uint32Array(8), shape: [2, 4] } }, /gazetteers.entries" has the number/)
  refused({ 'gazetteers.sets': { data: new Uint32Array(0), shape: [0, 4] } }, /gazetteers.sets" has no set/)
  refused({ 'clusters.tokens': Uint32Array.of(1, 77) }, /clusters.tokens" has a cluster/)
  refused({ 'capitals.starts': Uint32Array.of(0, 1000) }, /capitals.starts/)
})

t.test('capitals are counted where a word need not have one', t => {
  const counter = new CapitalCounter()
  counter.add('May I see you in May or may I not'.split(' '))
  counter.add('He said : May be'.split(' '))
  counter.add('BREAKING NEWS May Is Here'.split(' '))
  counter.add('we saw NASA and may see it'.split(' '))
  t.same(counter.counts.get('may'), { all: 3, capitalised: 1 })
  t.same(counter.counts.get('nasa'), undefined)
  t.same(counter.counts.get('see'), { all: 2, capitalised: 0 })
  t.end()
})

t.test('lists of names and counts that cannot be read are refused by name and line', async t => {
  const folder = t.testdir({ 'g.tsv': 'Anna\tfirst\nBerg\n', 'c.tsv': 'may\t9\t3\n', empty: '' })
  const refused = (files: object, message: RegExp) => t.rejects(readNameLists('en', files, refuse), { message })
  await refused({ gazetteer: `${folder}/g.tsv` }, /g.tsv line 2 has no 2 columns/)
  await refused({ capitals: `${folder}/c.tsv` }, /c.tsv has no counts for "may"/)
  await refused({ gazetteer: `${folder}/empty` }, /empty is empty/)
})
