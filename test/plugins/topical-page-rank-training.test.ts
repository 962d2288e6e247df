import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TensorFile } from 'modelhost'
import t from 'tap'
import { Document } from '../../plugins/topical-page-rank/document.js'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import { CountsBuilder } from '../../plugins/topical-page-rank/training/counts.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyTaggerFile } from '../helpers/tiny-tagger.js'
import { openTopicalPageRank, topicalPageRankDefaults } from '../helpers/topical-page-rank-artifact.js'
import { noLimits } from '../helpers/train-limits.js'
import { trainTopics } from '../helpers/train-topical-page-rank.js'

const texts = [
  'Die neue Impfung schützt Kinder. Die Impfung schützt vor Corona.',
  'Masken schützen vor neuen Viren.',
  '',
  'Das Klima wandelt sich und die Meere steigen!',
  'Steigende Meere bedrohen die Küste.',
  '...',
]
const csv = `claim_text\n${texts.map(text => `"${text}"\n`).join('')}`

function counted(sentences: readonly string[], stopList: readonly string[] = []) {
  const builder = new CountsBuilder(new Set(stopList))
  const document = new Document()
  for (const sentence of sentences) {
    const words = sentence.split(' ').filter(word => word !== '')
    document.readTagged(
      [words.map(word => [word.replace('!', ''), word.startsWith('!') ? 'PUNCT' : 'X'] as const)],
      tag => (tag === 'X' ? 1 : 0),
      undefined,
    )
    builder.add(document, Uint8Array.of(0, 1))
  }
  return builder.build()
}

t.test('words are counted as CountVectorizer does: two letters or more, sorted by code point', async t => {
  const { vocabulary, matrix, words } = counted(
    ['Corona-Masken und Masken !weg', '', '𐐨𐐨 Ｚｚ ab a 42 ab', 'und'],
    ['und'],
  )
  t.same(vocabulary, ['42', 'ab', 'corona', 'masken', 'ｚｚ', '𐐨𐐨'])
  t.same([matrix.rows, matrix.columns, words], [4, 6, 8])
  t.same([...matrix.indptr], [0, 2, 2, 6, 6])
  t.same([...matrix.indices], [2, 3, 0, 1, 4, 5])
  t.same([...matrix.data], [1, 2, 1, 2, 1, 1])
})

t.test('training writes vocabulary, topics, the tagger, and what they were made with', async t => {
  const { model, tagger, params, steps, lines } = await trainTopics(t, csv)
  const file = new TensorFile(model)
  const vocabulary = file.strings('vocabulary')
  const words = Array.from({ length: vocabulary.size }, (_, i) => vocabulary.get(i))
  t.same(words, [
    'bedrohen',
    'corona',
    'impfung',
    'kinder',
    'klima',
    'küste',
    'masken',
    'meere',
    'neue',
    'neuen',
    'schützen',
    'schützt',
    'steigen',
    'steigende',
    'viren',
    'wandelt',
  ])
  t.equal(file.tensor('components', 'F32', [2, words.length]).length, 2 * words.length)
  const sums = file.tensor('topic_sums', 'F64', [2])
  t.ok(Math.abs(sums[0]! + sums[1]! - (19 + 2 * words.length * 0.5)) < 1e-3, 'counts and priors')
  t.match(file.metadata, { format_version: '1', plugin: 'TopicalPageRank', documents: '6', doc_topic_prior: '0.5' })
  t.match(file.metadata, { tagger_language: 'de', tagger_version: '1.0.0' })
  t.ok(Number(file.metadata['document_perplexity']) > 0)
  t.same(JSON.parse(file.metadata['params']!), params)
  t.same(tagger, await tinyTaggerFile(), 'the same tensors, so the same hash')
  t.match(steps.at(-1), { done: 60, total: 60, stage: 'topics' })
  const [, figures] = lines.find(([message]) => message === 'words counted')!
  t.match(figures, { documents: 6, words: 19, vocabulary: words.length })
})

t.test('precision float64 keeps all digits, and the same seed gives the same model', async t => {
  const double = await trainTopics(t, csv, { precision: 'float64' })
  const again = await trainTopics(t, csv, { precision: 'float64' })
  const other = await trainTopics(t, csv, { precision: 'float64', seed: 7 })
  t.same(double.model, again.model)
  t.notSame(double.model, other.model)
  const file = new TensorFile(double.model)
  const components = file.tensor('components', 'F64', [2, null])
  t.ok(components.some(number => number !== Math.fround(number)))
})

t.test('stems, extra stop words and online learning are taken up', async t => {
  const { model } = await trainTopics(t, csv, {
    normalization: 'stemming',
    stop_words_extra: ['Meer'],
    learning_method: 'online',
    batch_size: 2,
  })
  const vocabulary = new TensorFile(model).strings('vocabulary')
  t.ok(vocabulary.find('kind') >= 0 && vocabulary.find('mask') >= 0)
  t.equal(vocabulary.find('meer'), -1)
})

t.test('what was trained is loaded and ranks', async t => {
  const { model, tagger } = await trainTopics(t, csv)
  const opened = await openTopicalPageRank(model, tagger!)
  const answer = topicalPageRank.predict(opened, { text: texts[0]! }, { log: silentLog } as never) as [string, number][]
  t.same(answer.map(([phrase]) => phrase).sort(), ['corona', 'impfung', 'kinder', 'neue impfung'])
  t.ok(answer.every(([, score]) => score > 0))
})

t.test('a training that has nothing to learn from says so', async t => {
  const refused = (table: string, message: RegExp, changes = {}, tools = {}) =>
    t.rejects(trainTopics(t, table, changes, tools), { message })
  await refused('claim_text\n', /claims\.csv has a header but no rows/)
  await refused('text\nx\n', /claims\.csv has no column "claim_text" \(it has: text\)/)
  await refused(
    'claim_text\nund die\n!?\n""\n',
    /no word of the 3 documents .* in column "claim_text"\) can be counted: words have two letters/,
  )
  await refused(
    csv,
    /no tagger for the language "fr".*give its folder as the channel "tagger"/,
    { language: 'fr' },
    { tagger: false },
  )
  await refused(csv, /grammar is refused/, { grammar: 'NP' })
  await refused(csv, /normalization "stemming" is for the languages/, { language: 'fr', normalization: 'stemming' })
})

t.test('a channel that holds no tagger is refused', async t => {
  const folder = t.testdir({})
  const train = join(folder, 'claims.csv')
  writeFileSync(train, csv)
  const context = {
    params: topicalPageRankDefaults,
    artifact: { write: async () => {} },
    log: silentLog,
    progress: () => {},
    threads: 1,
    ...noLimits,
  }
  for (const [tagger, message] of [
    [train, /the tagger .*claims\.csv cannot be used .* Give an artifact of the plugin Tagger/],
    [folder, /it has 0 files whose names end in "-model"/],
    [join(folder, 'nothing'), /ENOENT/],
  ] as const) {
    await t.rejects(topicalPageRank.train!({ ...context, channels: { train, tagger } }), {
      code: 'TRAIN_FAILED',
      message,
    })
  }
})
