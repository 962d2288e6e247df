import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { TensorFile } from '../../core/index.js'
import { shippedNames } from '../../plugins/_text/entities/shipped.js'
import { tablesOf, taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { EntityModel } from '../../plugins/ner/model.js'
import { readCurve } from '../../plugins/ner/score.js'

const pathOf = (language: string, file: 'model' | 'tables') => fileURLToPath(shippedNames(language, file)!)

async function open(language: string) {
  const [model, tables] = await Promise.all([readFile(pathOf(language, 'model')), readFile(pathOf(language, 'tables'))])
  const tagger = taggerOf(model, 'NER-model', tablesOf(tables, 'NER-tables'))
  const { metadata } = new TensorFile(model, 'NER-model')
  const settings = {
    language,
    mode: 'tweets',
    split_hyphens: false,
    mentions: false,
    hashtags: false,
    offsets: 'utf16',
  } as const
  const names = new EntityModel(tagger, readCurve(metadata), settings)
  return { metadata, find: (text: string) => names.ofText(text).map(({ text, label }) => `${label} ${text}`) }
}

t.test('the English model finds names in tweets, without titles, mentions and hashtags', async t => {
  const { find } = await open('en')
  t.same(find('Great talk with President Obama and Sen. Elizabeth Warren in Des Moines, Iowa today!'), [
    'PER Obama',
    'PER Elizabeth Warren',
    'LOC Des Moines',
    'LOC Iowa',
  ])
  t.same(find('RT @newsdesk: Angela Merkel visits Microsoft in Seattle #Berlin https://t.co/abc'), [
    'PER Angela Merkel',
    'ORG Microsoft',
    'LOC Seattle',
  ])
  t.same(find('@someone thank you, have a great day!'), [])
  t.end()
})

t.test('it reads tweets in capitals and in small letters', async t => {
  const { find } = await open('en')
  t.same(find('THANK YOU OHIO! HILLARY CLINTON WAS ON CNN.'), ['LOC OHIO', 'PER HILLARY CLINTON', 'ORG CNN'])
  t.same(find('THIS IS THE BEST DAY EVER!!!'), [])
  t.same(find('just saw justin bieber in new york lol'), ['PER justin bieber', 'LOC new york'])
  t.end()
})

t.test('a possessive is outside of a name, a slogan is none, and names are found in references and emoji', async t => {
  const { find } = await open('en')
  t.same(find("Boris Johnson's speech in London was short."), ['PER Boris Johnson', 'LOC London'])
  t.same(find('We will Make America Great Again!'), [])
  t.same(find('Watch Oprah Winfrey &amp; Tom Hanks tonight 😀'), ['PER Oprah Winfrey', 'PER Tom Hanks'])
  t.end()
})

t.test('the German model finds names in news and tweets', async t => {
  const { find } = await open('de')
  t.same(find('Bundeskanzlerin Angela Merkel sprach am Montag in Hamburg mit Vertretern von Siemens.'), [
    'PER Angela Merkel',
    'LOC Hamburg',
    'ORG Siemens',
  ])
  t.same(find('RT @nachrichten: Borussia Dortmund gewinnt in Leipzig! #BVB https://t.co/abc'), [
    'ORG Borussia Dortmund',
    'LOC Leipzig',
  ])
  t.same(find('Der Hund läuft über die Straße, und das Wasser ist warm.'), [])
  t.end()
})

t.test('each model has less than 8 MB with its tables, and says what it was learned from', async t => {
  for (const language of ['de', 'en']) {
    const sizes = await Promise.all((['model', 'tables'] as const).map(file => stat(pathOf(language, file))))
    t.ok(sizes.reduce((sum, { size }) => sum + size, 0) < 8e6, language)
    const { metadata } = await open(language)
    t.equal(metadata['licence'], 'CC-BY-SA-4.0')
    t.match(metadata['sources'], language === 'en' ? 'broad_twitter_corpus' : 'GermEval 2014')
    t.ok(Number(metadata['dev_f1']) > 60)
  }
})
