import t from 'tap'
import { unify } from '../../plugins/_ner/conventions.js'
import { Draws } from '../../plugins/_ner/draws.js'
import { fillersOf } from '../../plugins/_ner/fillers.js'
import { allLines, ownListFile, readOwnList, readOwnSentences } from '../../plugins/_ner/own-lists.js'
import { SentenceMaker } from '../../plugins/_ner/sentence-maker.js'
import type { EntitySentence } from '../../plugins/_text/entities/corpus.js'

const refuse = (problem: string) => new Error(problem)
const named = ({ words, entities }: EntitySentence) =>
  entities.map(({ label, start, end }) => `${label} ${words.slice(start, end).join(' ')}`)

t.test('sentences are made of patterns: places, forms of names, and names that are more than a place', t => {
  const maker = new SentenceMaker('en', {
    person: { label: 'PER', draw: () => 'Ada Lovelace' },
    org: { label: 'ORG', draw: () => 'The Globe' },
    title: { draw: () => 'Dr.' },
  })
  const make = (pattern: string) => maker.make(pattern, 0)
  t.same(make('{title} {person} left .'), {
    words: ['Dr.', 'Ada', 'Lovelace', 'left', '.'],
    entities: [{ label: 'PER', start: 1, end: 3 }],
    domain: 0,
  })
  t.same(make('{PERSON} AND {~person}').words.join(' '), 'ADA LOVELACE AND ada lovelace')
  t.same(named(make('{+person} reads {org}')), ['PER AdaLovelace', 'ORG Globe'], 'an article is outside')
  t.same(named(make('at the [LOC {person} Hall] today')), ['LOC Ada Lovelace Hall'])
  t.same(make('thanks [- #{+person}]').entities, [])
  t.throws(() => make('{river}'), { message: '"{river}" has no filler.' })
  t.end()
})

t.test('sets are read by one set of conventions', t => {
  const titles = new Set(['president', 'mr'])
  const read = (words: string, ...entities: [label: string, start: number, end: number][]) =>
    unify(
      { words: words.split(' '), entities: entities.map(([label, start, end]) => ({ label, start, end })), domain: 0 },
      titles,
    )
  t.same(named(read('President Lovelace spoke', ['PER', 0, 2])), ['PER Lovelace'])
  t.same(named(read('Mr . Lovelace spoke', ['PER', 0, 3])), ['PER Lovelace'])
  t.same(named(read('the President spoke', ['PER', 1, 2])), ['PER President'], 'a name of nothing else stays')
  const hashtag = read('in # London with # Ada Lovelace', ['LOC', 2, 3], ['PER', 5, 7])
  t.same(hashtag.words, ['in', '#London', 'with', '#Ada', 'Lovelace'])
  t.same(named(hashtag), ['LOC #London', 'PER #Ada Lovelace'])
  t.same(read('RT someone : hello').words, ['RT', '@someone', ':', 'hello'])
  t.end()
})

t.test('our own lists and sentences can be used: two columns, nothing twice, and each place has a filler', async t => {
  const others = new Map([['LAST', ['Byron', 'Hopper']]])
  const classes = 'FIRST LAST ORG OTHER PEOPLE PERSON PLACE STATE SURNAME TITLE'.split(' ')
  for (const language of ['de', 'en']) {
    const rows = await allLines(ownListFile(language), refuse)
    t.equal(new Set(rows).size, rows.length, language)
    t.same(
      rows.filter(row => !/^\S.*\S\t|^\S\t/.test(row) || !classes.includes(row.split('\t')[1]!)),
      [],
    )
    const fillers = fillersOf(await readOwnList(language, refuse), others, ['someone'], new Draws(1))
    const maker = new SentenceMaker(language, fillers)
    for (const pattern of await readOwnSentences(language, refuse)) {
      const { words } = maker.make(pattern, 0)
      if (words.some(word => /undefined|[{}]/.test(word))) t.fail(pattern)
    }
  }
})
