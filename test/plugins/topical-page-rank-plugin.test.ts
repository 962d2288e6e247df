import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from 'modelhost'
import { testPlugin } from 'modelhost/testing'
import t from 'tap'
import { Value } from 'typebox/value'
import { shippedTagger } from '../../plugins/_text/tagging/shipped.js'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import type { Explanation, Request, Word } from '../../plugins/topical-page-rank/request.js'
import { tagSetOf, withTags } from '../../plugins/topical-page-rank/tag-set.js'
import { pluginSuites } from '../helpers/plugin-suites.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyTaggerFile } from '../helpers/tiny-tagger.js'
import {
  topicalPageRankDefaults as defaults,
  exampleModelFile,
  openTopicalPageRank,
  type TopicalPageRankParams as Params,
  tinyTopicalPageRank,
} from '../helpers/topical-page-rank-artifact.js'

const tagger = await tinyTaggerFile()
const text = 'Die neue Impfung schützt Kinder. Masken schützen vor neuen Viren.'

function collector() {
  const lines: [string, object][] = []
  const keep = (fields: object, message: string) => void lines.push([message, fields])
  const log: Log = { ...silentLog, info: keep, warn: keep }
  return { log, lines }
}

async function ask(request: Request, changes: Partial<Params> = {}, file = tagger) {
  const model = await openTopicalPageRank(exampleModelFile(), file, changes)
  return topicalPageRank.predict(model, request, { log: silentLog } as never)
}

const phrases = (answer: unknown) => (answer as [string, number][]).map(([phrase]) => phrase)

t.test('the shipped tagger of the language is asked for, unless the artifact has one of its own', async t => {
  const assetsOf = (language: string, files: string[]) =>
    topicalPageRank.assets!(
      { ...defaults, language },
      files.map(name => ({ name, bytes: 1 })),
    )
  t.match(assetsOf('de', ['model']), { tagger: { url: /shipped\/de\/Tagger-model$/, scratchBytes: Number } })
  t.same(assetsOf('de', ['model', 'tagger']), {})
  t.same(assetsOf('fr', ['model']), {})
})

t.test('the params have the defaults of the original, and a wrong one is refused', async t => {
  t.match(defaults, { grammar: 'NP: {<ADJ>*<NOUN|PROPN>}', language: 'de', normalization: 'None' })
  t.match(defaults, { n_topics: 100, window: 10, max_count: 10, column: 'claim_text', stop_words: 'nltk' })
  t.ok(Value.Check(topicalPageRank.params, defaults))
  const wrong = [
    { grammar: '' },
    { language: 'Deutsch' },
    { window: 1 },
    { max_count: 0 },
    { n_topics: 0 },
    { pos: [] },
    { precision: 'float16' },
    { learning_method: 'mini' },
    { train_df: '../x.csv' },
    { seed: -1 },
  ]
  for (const change of wrong)
    t.notOk(Value.Check(topicalPageRank.params, { ...defaults, ...change }), JSON.stringify(change))
})

t.test('the plugin passes the suite that all plugins pass', async t => {
  const { plugin, options } = pluginSuites.TopicalPageRank
  const { checks } = await testPlugin(plugin, { ...(await options(t)), module: false })
  t.ok(checks.length > 8)
})

t.test('texts, their words, and their words with tags have the same keyphrases', async t => {
  const answer = (await ask({ text })) as [string, number][]
  t.same(new Set(phrases(answer)), new Set(['neue impfung', 'kinder', 'masken', 'neuen viren']))
  t.ok(
    answer.every(([, score], i) => i === 0 || score <= answer[i - 1]![1]),
    'best first',
  )
  const { tokens } = (await ask({ text, explain: true })) as Explanation
  const split = 7
  const cut = <T>(make: (token: Explanation['tokens'][number]) => T) => [
    tokens.slice(0, split - 1).map(make),
    tokens.slice(split - 1).map(make),
  ]
  t.same(await ask({ sentences: cut(token => token.text) }), answer)
  t.same(await ask({ sentences: cut(({ text, tag }): [string, string] => [text, tag]) }), answer)
})

t.test('a text is read as one whatever stands beside it', async t => {
  const answer = await ask({ text })
  for (const sentences of [true, null, [[5]], [['Masken']]]) t.same(await ask({ text, sentences } as Request), answer)
})

t.test('an explanation says tokens, candidates and topics', async t => {
  const answer = (await ask({ text: 'die neue Impfung.\n\nMasken', explain: true })) as Explanation
  t.same(answer.tokens, [
    { text: 'die', tag: 'DET', start: 0, end: 3 },
    { text: 'neue', tag: 'ADJ', start: 4, end: 8 },
    { text: 'Impfung', tag: 'NOUN', start: 9, end: 16 },
    { text: '.', tag: 'PUNCT', start: 16, end: 17 },
    { text: '\n\n', tag: 'SPACE', start: 17, end: 19 },
    { text: 'Masken', tag: 'NOUN', start: 19, end: 25 },
  ])
  t.match(answer.candidates, [
    { phrase: 'neue impfung', occurrences: [1] },
    { phrase: 'masken', occurrences: [5] },
  ])
  t.same(
    answer.keyphrases,
    answer.candidates.map(({ phrase, score }) => [phrase, score]),
  )
  t.equal(answer.topics.length, 2)
  t.ok(answer.topics[0]![1] >= answer.topics[1]![1])
  t.ok(Math.abs(answer.topics[0]![1] + answer.topics[1]![1] - 1) < 1e-9)
  const words = (await ask({ sentences: [['Masken']], explain: true })) as Explanation
  t.same(words.tokens, [{ text: 'Masken', tag: 'NOUN' }], 'words as sent stand nowhere')
  const none = (await ask({ text: '', explain: true })) as Explanation
  t.same(none, {
    keyphrases: [],
    tokens: [],
    candidates: [],
    topics: [
      [0, 0.5],
      [1, 0.5],
    ],
  })
})

t.test('as many keyphrases are answered as are asked for', async t => {
  t.equal(((await ask({ text }, { max_count: 3 })) as unknown[]).length, 3)
  t.equal(((await ask({ text, top: 1 }, { max_count: 3 })) as unknown[]).length, 1)
  t.equal(((await ask({ text, top: 9 }, { max_count: 3 })) as unknown[]).length, 4)
})

t.test('params change what is answered', async t => {
  const sentences: Word[][] = [
    [
      ['große', 'ADJ'],
      ['Impfungen', 'NOUN'],
      ['helfen', 'VERB'],
      ['Impfungen', 'NOUN'],
    ],
  ]
  const asked = (changes: Partial<Params>) => ask({ sentences }, changes)
  t.same(phrases(await asked({})), ['große impfungen', 'impfungen'])
  t.same(phrases(await asked({ redundancy_removal: true })), ['große impfungen'])
  t.same(phrases(await asked({ normalization: 'stemming', stemmed_phrases: true })), ['gross impfung', 'impfung'])
  t.same(phrases(await asked({ grammar: 'NP: {<VERB><NOUN>}', pos: ['VERB'] })), ['helfen impfungen'])
  t.same(await asked({ normalized: true }), [
    ['große impfungen', 0.5],
    ['impfungen', 0.5],
  ])
})

t.test('tags of the caller may be others than the tagger has', async t => {
  const sentences: [string, string][][] = [
    [
      ['network', 'NN'],
      ['of', 'IN'],
      ['masks', 'NNS'],
    ],
  ]
  t.same(phrases(await ask({ sentences }, { grammar: 'NP: {<NN.*>}', pos: ['NN', 'NNS'] })), ['network', 'masks'])
  t.same(await ask({ sentences }), [], 'which no rule asks for')
  const many = [Array.from({ length: 300 }, (_, i): [string, string] => ['x', `T${i}`])]
  await t.rejects(ask({ sentences: many }), { code: 'REQUEST_INVALID', message: /too many tags/ })
})

t.test('words with and without tags are not mixed', async t => {
  const mixed: Word[][] = [['Die'], ['neue', ['Impfung', 'NOUN']]]
  await t.rejects(ask({ sentences: mixed }), {
    code: 'REQUEST_INVALID',
    message: 'sentences[1][1] has one, words before it have no tags. Send tags for all words, or for none.',
  })
  await t.rejects(ask({ sentences: [[['a', 'X']], ['b']] }), {
    message: /sentences\[1\]\[0\] has none, words before it have tags/,
  })
})

t.test('dotted capitals and final sigmas are lower-cased word by word', async t => {
  const { tokens, candidates } = (await ask({
    sentences: [
      [
        ['ΟΔΟΣ', 'NOUN'],
        ['İstanbul', 'PROPN'],
        ['odos', 'NOUN'],
      ],
    ],
    explain: true,
  })) as Explanation
  t.equal(tokens.length, 3)
  t.same(candidates.map(({ phrase }) => phrase).sort(), ['i̇stanbul', 'odos', 'οδος'])
  const inText = (await ask({ text: 'İmpfung schützt Kinder vor ΟΔΟΣ', explain: true })) as Explanation
  t.same(
    inText.tokens.map(({ text, start, end }) => [text, start, end]).at(-1),
    ['ΟΔΟΣ', 27, 31],
    'offsets are those of the text as sent',
  )
})

t.test('what a model is served with in another way than in training is told once, at load', async t => {
  const load = async (metadata: Record<string, string>, changes: Partial<Params> = {}) => {
    const { log, lines } = collector()
    await openTopicalPageRank(exampleModelFile(metadata), tagger, changes, log)
    return lines
  }
  t.same(await load({}), [])
  const [line, ...more] = await load({ tagger_hash: 'other', tagger_version: '0.9.0' })
  t.same(more, [])
  t.match(line, [/served with another tagger/, { trained_with: '0.9.0', served_with: '1.0.0' }])
  t.match(await load({}, { language: 'fr', normalization: 'none' }), [
    [/another language/, { language: 'fr', tagger: 'de' }],
  ])
  t.match(await load({ params: JSON.stringify({ normalization: 'stemming', column: 'x' }) }), [
    [/another way than in training/, { param: 'normalization', trained_with: 'stemming', served_with: 'None' }],
  ])
  t.same(await load({ params: '{' }), [])
  t.match(await load({}, { normalization: 'steming' }), [[/this normalization is unknown/]])
  t.match(await load({}, { grammar: 'NBAR: {<NOUN>}' }), [[/has no stage named NP/]])
})

t.test('a text without a known word is told of once', async t => {
  const { log, lines } = collector()
  const model = await openTopicalPageRank(exampleModelFile(), tagger)
  for (const word of ['Kinder', 'Meere'])
    topicalPageRank.predict(model, { sentences: [[[word, 'NOUN']]] }, { log } as never)
  t.match(lines, [[/no word of a text is in the vocabulary/, { words: 1 }]])
})

t.test('params and files that a model cannot be made of are refused', async t => {
  const load = (changes: Partial<Params>, metadata: Record<string, string> = {}) =>
    openTopicalPageRank(exampleModelFile(metadata), tagger, changes)
  await t.rejects(load({ grammar: 'NP: <NOUN>' }), {
    code: 'PARAMS_INVALID',
    message: /^TopicalPageRank-params\.json: grammar is refused: "<NOUN>" is not one rule/,
  })
  await t.rejects(load({ normalization: 'stemming', language: 'fr' }), {
    code: 'PARAMS_INVALID',
    message: /for the languages de and en/,
  })
  await t.rejects(load({}, { format_version: '2' }), { code: 'ARTIFACT_INVALID', message: /format_version is "2"/ })
})

t.test('without a tagger for its language, a model is refused with both ways to have one', async t => {
  const artifact = await tinyTopicalPageRank(t, { model_name: 'TopicalPageRank', language: 'fr' })
  t.same(topicalPageRank.assets?.({ ...defaults, language: 'fr' }, []), {})
  const { unlinkSync } = await import('node:fs')
  unlinkSync(join(artifact, 'TopicalPageRank-tagger'))
  await t.rejects(testPlugin(topicalPageRank, { artifact, examples: [] }), {
    message:
      /no tagger for the language "fr"\. Shipped are: de, en\. Train one .* as TopicalPageRank-tagger, or set language/,
  })
})

t.test("another tagger's tags are learned once, not at each request", async t => {
  const settings = { grammar: 'NP: {<JJ>*<NN>}', pos: ['NN', 'JJ'] }
  const base = tagSetOf(settings, ['X'])!
  const first = withTags(base, settings, new Set(['NN', 'X']))!
  t.equal(withTags(base, settings, new Set(['NN'])), first)
  const second = withTags(base, settings, new Set(['JJ']))!
  t.ok(second.find('NN') >= 0 && second.find('JJ') >= 0)
  t.equal(withTags(base, settings, new Set(['JJ', 'NN', 'X'])), second)
  t.equal(withTags(base, settings, new Set(['X', 'NOUN'])), base, 'its own need nothing')
  const many = (prefix: string, count: number) => new Set(Array.from({ length: count }, (_, i) => `${prefix}${i}`))
  t.equal(withTags(base, settings, many('A', 300)), undefined)
  t.ok(withTags(base, settings, many('A', 150)))
  const last = withTags(base, settings, many('B', 150))!
  t.same([last.find('B149') >= 0, last.find('A0')], [true, -1], 'where there are too many, it begins anew')
})

t.test('of posts, names and emoji have the tags that go with them, and links are no keyphrases', async t => {
  const post = 'RT @rki_de: Masken schützen 😷 https://t.co/abc'
  const german = readFileSync(shippedTagger('de')!)
  const { tokens, keyphrases } = (await ask({ text: post, explain: true }, { tokens: 'tweets' }, german)) as Explanation
  const tags = Object.fromEntries(tokens.map(({ text, tag }) => [text, tag]))
  t.match(tags, { '@rki_de': 'X', Masken: 'NOUN', '😷': 'SYM', 'https://t.co/abc': 'X' })
  t.same(phrases(keyphrases), ['masken'])
})
