import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTensorFile, type Progress, TensorFile } from 'modelhost'
import t from 'tap'
import { train } from '../../core/host.js'
import { taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { readCorpus } from '../../plugins/_text/tagging/training/corpus.js'
import { watchAccuracy } from '../../plugins/_text/tagging/training/development.js'
import { trainTagger } from '../../plugins/_text/tagging/training/train.js'
import { readWordLists } from '../../plugins/_text/tagging/training/word-lists.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyCorpus, tinyLists, tinySettings, treebankText } from '../helpers/tagger.js'

const refuse = (problem: string) => new Error(problem)
const tools = { log: silentLog, progress: () => {}, threads: 1, refuse }

const treebank = (...sentences: string[]) =>
  sentences
    .map(sentence =>
      sentence.split(' ').map((pair, i) => `${i + 1}\t${pair.replace('/', '\t_\t')}${'\t_'.repeat(6)}\n`),
    )
    .map(rows => `${rows.join('')}\n`)
    .join('')

t.test('of several treebanks the domain decides where they differ, and all help where they agree', async t => {
  const folder = t.testdir({
    'a.conllu': treebank('Montag/PROPN ist/AUX schön/ADJ', 'Montag/PROPN ist/AUX gut/ADJ'),
    'b.conllu': treebank(
      'Montag/NOUN ist/AUX schön/ADV',
      'Freitag/NOUN ist/AUX schön/ADV',
      'Montag/NOUN war/AUX rot/ADJ',
    ),
  })
  const settings = { ...tinySettings, epochs: 8, threshold: 0 }
  const corpus = await readCorpus([folder], settings, refuse)
  t.same(corpus.domains, ['a', 'b'])
  const lists = await readWordLists('de', {}, refuse)
  const tagsOf = async (domain: string) => {
    const { source } = await trainTagger(corpus, lists, { ...settings, domain }, tools)
    const tagger = taggerOf(encodeTensorFile(source), 'tiny')
    const out = new Uint8Array(3)
    tagger.tagWords(['Montag', 'ist', 'schön'], out)
    return Array.from(out, tag => tagger.tags[tag])
  }
  t.same(await tagsOf('a'), ['PROPN', 'AUX', 'ADJ'])
  t.same(await tagsOf('b'), ['NOUN', 'AUX', 'ADV'])
})

t.test('words with hyphens are learned whole too, where the treebank cuts them and it is asked for', async t => {
  const glued = (line: string) => line.replace(/_\n$/, 'SpaceAfter=No\n')
  const rows = treebank('Panzer/NOUN -/PUNCT Motor/NOUN läuft/VERB').split(/(?<=\n)/)
  const folder = t.testdir({ 'a.conllu': [glued(rows[0]!), glued(rows[1]!), ...rows.slice(2)].join('') })
  const read = (joins: boolean) => readCorpus([folder], { language: 'de', join_hyphens: joins }, refuse)
  t.same((await read(true)).sentences[0]!.joined, { words: ['Panzer-Motor', 'läuft'], tags: ['NOUN', 'VERB'] })
  t.notOk((await read(false)).sentences[0]!.joined)
})

t.test(
  'progress tells after each pass how well the development set is tagged; the last figure is of what is kept',
  async t => {
    const folder = t.testdir({})
    const corpus = await tinyCorpus(folder, 'en')
    const told: Progress[] = []
    const watching = {
      ...tools,
      development: watchAccuracy(corpus.sentences),
      progress: (step: Progress) => told.push(step),
    }
    const settings = { ...tinySettings, language: 'en', epochs: 20, runs: 1 }
    const { development } = await trainTagger(corpus, await tinyLists(folder, 'en'), settings, watching)
    const figures = told.map(({ figures }) => figures?.['dev accuracy']).filter(figure => figure !== undefined)
    t.ok(figures.length >= 20)
    t.equal(figures.at(-1), 1, 'what was learned from')
    t.same(development, { figures: { 'dev accuracy': 1 }, score: 1 })
    const steps = told.map(({ done }) => done)
    t.same(
      steps,
      steps.toSorted((a, b) => a - b),
    )
    t.equal(steps.at(-1), told[0]!.total)
  },
)

t.test('looking at a development set changes nothing', async t => {
  const folder = t.testdir({})
  const corpus = await tinyCorpus(folder, 'de')
  const lists = await tinyLists(folder, 'de')
  const [plain, watched] = [
    await trainTagger(corpus, lists, tinySettings, tools),
    await trainTagger(corpus, lists, tinySettings, { ...tools, development: watchAccuracy(corpus.sentences) }),
  ]
  t.equal(plain.source.metadata['hash'], watched.source.metadata['hash'])
})

t.test('a lexicon or clusters that cannot be read are refused by name and line', async t => {
  const folder = t.testdir({ 'tiny.conllu': treebankText('de') })
  const refused = async (channel: string, text: string, message: RegExp) => {
    const path = join(folder, `${channel}.tsv`)
    await writeFile(path, text)
    const channels = { train: join(folder, 'tiny.conllu'), [channel]: path }
    const job = { plugin: 'Tagger', channels, params: {}, output: join(folder, 'out'), threads: 1, log: silentLog }
    await t.rejects(train(job), { code: 'TRAIN_FAILED', message }, text)
  }
  await refused('lexicon', 'Haus\tN\nBaum\n', /lexicon.tsv line 2 has no two columns/)
  await refused('lexicon', 'Haus\tN1\n', /lexicon.tsv has the class "N1"/)
  await refused('lexicon', '', /lexicon.tsv is empty/)
  await refused('clusters', '0102\thaus\t7\n', /clusters.tsv has the path "0102"/)
  await refused('clusters', `${'01'.repeat(13)}\thaus\n`, /clusters.tsv has the path/)
})

t.test('what training writes is read as a tensor file, with its params in the metadata', async t => {
  const folder = t.testdir({})
  const corpus = await tinyCorpus(folder, 'de')
  const { source } = await trainTagger(corpus, await tinyLists(folder, 'de'), tinySettings, tools)
  const tensors = new TensorFile(encodeTensorFile(source))
  t.match(tensors.metadata, { format_version: '1', attributes_version: '1', language: 'de', hash: /^[0-9a-f]{64}$/ })
  t.same(corpus.tags, [...corpus.tags].sort())
})
