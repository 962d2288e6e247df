import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile, type Progress, TensorFile } from 'modelhost'
import t, { type Test } from 'tap'
import { evaluate } from '../../core/host.js'
import { augment } from '../../plugins/_text/entities/augment.js'
import { fitCurve } from '../../plugins/_text/entities/calibrate.js'
import { readEntityCorpus } from '../../plugins/_text/entities/corpus.js'
import { judge } from '../../plugins/_text/entities/development.js'
import { toTaggedCorpus } from '../../plugins/_text/entities/tagged-corpus.js'
import { nameTemplates } from '../../plugins/_text/entities/templates.js'
import { anyTag } from '../../plugins/_text/tagging/kernels/score-kernel.js'
import { readWordTables } from '../../plugins/_text/tagging/tables.js'
import type { Tagger } from '../../plugins/_text/tagging/tagger.js'
import { tablesOf, taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { readNameLists } from '../../plugins/_text/tagging/training/name-lists.js'
import { tablesFile } from '../../plugins/_text/tagging/training/tables-file.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { EntityModel, type EntitySettings } from '../../plugins/ner/model.js'
import { defaultCurve } from '../../plugins/ner/score.js'
import { scratchBytesOf, tablesAssets } from '../../plugins/ner/shared-tables.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { linesLog } from '../helpers/lines-log.js'
import { silentLog } from '../helpers/silent-log.js'
import { conllText, type NamesTraining, spanText, trainNames } from '../helpers/tiny-names.js'

const settings: EntitySettings = {
  ...{ language: 'en', mode: 'tweets', split_hyphens: false, mentions: false, hashtags: true, offsets: 'utf16' },
}
const refuse = (problem: string) => new Error(problem)
const modelOf = (artifact: string) => readFile(join(artifact, 'NER-model'))

async function trained(t: Test, files: Files, training: NamesTraining = {}) {
  const told: Progress[] = []
  const { log, all } = linesLog()
  const artifact = await trainNames(t, { files, log, progress: step => void told.push(step), ...training })
  const { metadata } = new TensorFile(await modelOf(artifact))
  return { artifact, metadata, told, lines: all }
}

t.test('the same seed gives the same file, with any number of threads, from either kind of data', async t => {
  const params = { runs: 3, epochs: 3, lower_case_share: 0.5, upper_case_share: 0.5, title_case_share: 0.5 }
  const one = await modelOf(await trainNames(t, { params }))
  t.ok(one.equals(await modelOf(await trainNames(t, { params, threads: 3 }))))
  t.notOk(one.equals(await modelOf(await trainNames(t, { params: { ...params, seed: 2 } }))))
  const plain = { lower_case_share: 0, upper_case_share: 0, title_case_share: 0 }
  const hashOf = (bytes: Uint8Array) => new TensorFile(bytes).metadata['hash']
  const without = await modelOf(await trainNames(t, { params: { ...params, ...plain } }))
  t.not(hashOf(without), hashOf(one), 'other letters teach')
  const [rows, spans] = [
    await trained(t, { 'train.conll': conllText() }),
    await trained(t, { 'train.jsonl': spanText() }),
  ]
  t.equal(rows.metadata['hash'], spans.metadata['hash'])
})

t.test('after each pass it is told how well the development set is read; training ends when that stays', async t => {
  const files = { 'train.conll': conllText(), 'dev.jsonl': spanText() }
  const params = { epochs: 100, patience: 2, runs: 2 }
  const { artifact, metadata, told } = await trained(t, files, { params, channels: { dev: 'dev.jsonl' } })
  const figures = told.map(({ figures }) => figures?.['dev F1']).filter(figure => figure !== undefined)
  t.equal(figures.at(-1), 1, 'what was learned from')
  t.ok(Number(metadata['epochs']) < 30, `${metadata['epochs']} passes`)
  t.match(metadata, { dev_f1: '100.00', dev_precision: '100.00', dev_recall: '100.00' })
  const whole = await trained(t, files, { params: { epochs: 5, patience: 0 }, channels: { dev: 'dev.jsonl' } })
  t.equal(whole.metadata['epochs'], undefined, 'without patience all passes are made')
  t.equal(
    new Set(whole.told.filter(({ figures }) => figures?.['dev F1'] !== undefined).map(({ done }) => done)).size,
    5,
  )
  const { measures } = await evaluate({ artifact, files: { gold: join(artifact, '../dev.jsonl') }, log: silentLog })
  t.match(measures, { f1: { value: 1 }, surface_f1: { value: 1 } })
})

t.test('labels are learned as the map has them', async t => {
  const { metadata } = await trained(
    t,
    { 'train.conll': conllText() },
    { params: { labels: { PER: 'person', ORG: '' } } },
  )
  t.equal(metadata['labels'], 'LOC person')
})

t.test('names that are not as tokens are, are warned of by line', async t => {
  const glued = `${JSON.stringify({ text: 'Annabel sings', spans: [{ start: 0, end: 4, label: 'PER' }] })}\n`
  const { lines } = await trained(t, { 'train.jsonl': spanText() + glued })
  t.match(lines, [{ level: 'warn', widened: 1, dropped: 0, first: [/^line \d+ of train\.jsonl$/] }])
})

t.test('what cannot be learned from is refused', async t => {
  const refused = (files: Files, message: RegExp, params = {}) =>
    t.rejects(trained(t, files, { params }), { code: 'TRAIN_FAILED', message })
  await refused({ 'train.conll': 'Anna\tO\n' }, /the sentences to learn from have no name/)
  const many = Array.from({ length: 16 }, (_, i) => `Anna\tB-L${i}\n`).join('')
  await refused({ 'train.conll': many }, /16 labels, more than 15 \(L0, L1, /)
  await refused({ 'train.conll': conllText() }, /"news".*found: train/, { domain: 'news' })
  await refused({ 'train.conll': 'Anna\n' }, /line 1 of train\.conll has no tag/)
  const channels = { clusters: 'clusters.tsv' }
  const files = { 'train.conll': conllText(), ...lists }
  await t.rejects(trained(t, files, { channels, params: { tables: 'en' } }), {
    message: /the channel clusters makes word tables, and tables=en takes others/,
  })
  await t.rejects(trained(t, files, { channels: { text: 'tweets.txt', capitals: 'names.tsv' } }), {
    message: /channels capitals and text both/,
  })
  await t.rejects(trained(t, files, { channels: { gazetteer: 'tweets.txt' } }), {
    message: /tweets\.txt line 1 has no 2 columns/,
  })
})

const lists = {
  'clusters.tsv': ['00\tanna', '00\tmaria', '00\thanna', '0110\toslo', '0110\tbergen'].join('\n'),
  'names.tsv': ['Hanna\tFIRST', 'New Bergen\tPLACE', 'Oslo\tPLACE'].join('\n'),
  'tweets.txt': 'we saw Hanna in Bergen\nthe tea for Hanna and Hanna was cold\nthe rain in may\n'.repeat(3),
}

t.test('what is known of words helps with names that were never seen', async t => {
  const channels = { clusters: 'clusters.tsv', gazetteer: 'names.tsv', text: 'tweets.txt' }
  const files = { 'train.conll': conllText(), ...lists }
  const { metadata, artifact } = await trained(t, files, { channels })
  const file = new TensorFile(await modelOf(artifact))
  for (const name of ['clusters.paths', 'gazetteers.sets', 'capitals.entries']) t.ok(file.has(name), name)
  t.ok(file.tensor('capitals.entries', 'U32', [null]).length > 0, 'words of the raw text')
  t.notOk(metadata['tables_hash'], 'the tables are its own')
  const model = new EntityModel(taggerOf(file.bytes, 'own'), defaultCurve, settings)
  t.match(model.ofText('We met Hanna in New Bergen .'), [
    { text: 'Hanna', label: 'PER' },
    { text: 'New Bergen', label: 'LOC' },
  ])
})

t.test('models that share word tables have weights alone, and share one copy of them in a lane', async t => {
  const path = await folder(t, { 'a.conll': conllText(), ...lists })
  const files = { clusters: join(path, 'clusters.tsv'), gazetteer: join(path, 'names.tsv') }
  const shared = encodeTensorFile(tablesFile(await readNameLists('en', files, refuse)))
  const asset = tablesOf(shared, 'NER-tables')
  const read = { ...settings, labels: {}, data_offsets: 'utf16' as const }
  const { sentences, domains } = await readEntityCorpus([join(path, 'a.conll')], read, refuse)
  const modelOfUser = async (label: string) => {
    const own = sentences.map(one => ({ ...one, entities: one.entities.filter(entity => entity.label === label) }))
    const training = {
      ...{ language: 'en', join_hyphens: false, templates: nameTemplates(readWordTables(asset.tensors())) },
    }
    const passes = { epochs: 12, runs: 1, seed: 1, min_count: 1, threshold: 0 }
    const tools = { log: silentLog, progress: () => {}, threads: 1, refuse }
    const corpus = toTaggedCorpus(own, domains, refuse)
    const { source } = await trainTagger(corpus, new TensorFile(shared), { ...training, ...passes }, tools)
    const bytes = encodeTensorFile(source)
    t.notOk(new TensorFile(bytes).has('clusters.paths'))
    return new EntityModel(taggerOf(bytes, label, asset), defaultCurve, settings)
  }
  const [people, places] = [await modelOfUser('PER'), await modelOfUser('LOC')]
  const text = 'We met Hanna in New Bergen .'
  t.match(people.ofText(text), [{ text: 'Hanna', label: 'PER' }])
  t.match(places.ofText(text), [{ text: 'New Bergen', label: 'LOC' }])
  t.match(people.ofText(text), [{ text: 'Hanna', label: 'PER' }], 'the other one leaves nothing behind')

  t.same(tablesAssets({ tables: 'own' }), {})
  t.match(tablesAssets({ tables: 'en' }).tables?.url.pathname, /\/plugins\/ner\/shipped\/en\/NER-tables$/)
  t.ok(scratchBytesOf({ tables: 'en' }) < scratchBytesOf({ tables: 'own' }))
})

t.test('some sentences are learned in other letters too, the same for a seed', async t => {
  const sentences = Array.from({ length: 20 }, (_, i) => ({
    words: ['Anna', `no${i}`, "o'neill", '(berlin)', '@Bob', 'http://A.example'],
    entities: [{ label: 'PER', start: 0, end: 1 }],
    domain: 0,
  }))
  const shares = { lower_case_share: 0.1, upper_case_share: 0.2, title_case_share: 0.5, seed: 1 }
  const all = augment(sentences, shares)
  t.equal(all.length, 20 + 2 + 4 + 10)
  t.same(all.slice(0, 20), sentences)
  t.same(all[20]!.words.toSpliced(1, 1), ['anna', "o'neill", '(berlin)', '@Bob', 'http://A.example'])
  t.same(all[22]!.words.toSpliced(1, 1), ['ANNA', "O'NEILL", '(BERLIN)', '@Bob', 'http://A.example'])
  t.same(all[26]!.words.toSpliced(1, 1), ['Anna', "O'neill", '(Berlin)', '@Bob', 'http://A.example'])
  t.same(augment(sentences, shares), all)
  t.not(augment(sentences, { ...shares, seed: 2 })[20]!.words[1], all[20]!.words[1])
  t.same(augment(sentences, { lower_case_share: 0, upper_case_share: 0, title_case_share: 0, seed: 1 }), sentences)
})

t.test('a development set is read as requests are: mentions are no names', async t => {
  const tags = ['O', 'B-PER', 'I-PER', 'L-PER', 'U-PER', 'SPACE']
  // It takes every word for a name, where it may.
  const tagger: Tagger = {
    ...{ tags, language: 'en', version: '1', hash: '' },
    tag: () => {},
    tagWords: (words, out, fixed, margins) => {
      for (const i of words.keys()) {
        out[i] = fixed![i] === anyTag ? 4 : fixed![i]!
        margins!.out[i] = i
      }
    },
  }
  const words = ['Anna', '@tom', 'left']
  const judged = judge(tagger, [{ words, entities: [{ label: 'PER', start: 0, end: 1 }], domain: 0 }], settings)
  t.match(judged, { precision: 1 / 2, recall: 1, f1: 2 / 3, found: { margins: [0, 2], areRight: [true, false] } })
})

t.test('the curve of scores is the one that margins were drawn from', async t => {
  const [slope, offset] = [0.3, -1.5]
  // Of a thousand names at each margin as many are right as the curve says.
  const margins: number[] = []
  const areRight: boolean[] = []
  for (let margin = 0; margin <= 20; margin++) {
    const right = Math.round(1000 / (1 + Math.exp(-(slope * margin + offset))))
    for (let i = 0; i < 1000; i++) {
      margins.push(margin)
      areRight.push(i < right)
    }
  }
  const curve = fitCurve({ margins, areRight })
  t.ok(Math.abs(curve!.slope - slope) < 0.005, `${curve?.slope}`)
  t.ok(Math.abs(curve!.offset - offset) < 0.02, `${curve?.offset}`)
  t.equal(fitCurve({ margins: [1, 2], areRight: [true, false] }), undefined, 'too few to say')
  for (const few of [5, 35]) {
    const areRight = Array.from({ length: 40 }, (_, i) => i < few)
    t.equal(fitCurve({ margins: areRight.map(Number), areRight }), undefined, `${few} of 40 right`)
  }
  const apart = fitCurve({
    margins: Array.from({ length: 40 }, (_, i) => i),
    areRight: Array.from({ length: 40 }, (_, i) => i > 19),
  })
  t.ok(apart!.slope > 0 && apart!.slope < 0.5, 'margins that tell all make no score of 1')
  t.ok(Math.abs(apart!.offset / apart!.slope + 19.5) < 0.01, 'and the chance is even in the middle')
})
