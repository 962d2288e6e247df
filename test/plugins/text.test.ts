import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { StringTable, stringTable } from 'modelhost'
import t from 'tap'
import { createPreprocessor, Preprocessor, type TextSettings } from '../../plugins/_text/preprocess.js'
import { ProtectedTokens } from '../../plugins/_text/protected-tokens.js'
import { stemmerOf } from '../../plugins/_text/stem.js'
import { stopWords } from '../../plugins/_text/stop-words.js'
import { TokenScanner } from '../../plugins/_text/token-scanner.js'

const settings: TextSettings = {
  language: 'de',
  stop_words: 'nltk',
  stop_words_extra: [],
  protected_tokens: ['5G'],
  normalization: 'none',
}
const tokens = (text: string, changes: Partial<TextSettings> = {}) =>
  new Preprocessor({ ...settings, ...changes }).tokens(text)
const bare = { stop_words: 'none', protected_tokens: [] } as const

/** gensim's definition, in words: what the scanner has to find. */
function tokensByDefinition(lower: string): string[] {
  const runs = lower.match(/[\p{L}\p{Nl}\p{No}_]+/gu) ?? []
  return runs.filter(run => [...run].length >= 2 && [...run].length <= 15 && !run.startsWith('_'))
}

/** Texts in which words, digits, joints and rare characters meet. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        ...'abgäöüßé_ 0125²½Ⅷ-,.\u0301\u00ad\u200bжи日本𝔞𐐨😀\ud835\udd1e',
        'wort',
        '5g',
        'fuenfg',
        'und',
        ' ',
      ),
      { maxLength: 60 },
    )
    .map(parts => parts.join('')),
)

t.test('tokens are runs of letters, of 2 to 15 characters, that do not begin with an underscore', async t => {
  t.same(tokens('FFP2-Masken, Corona_Test', bare), ['ffp', 'masken', 'corona_test'])
  t.same(tokens('_x __yy a_b _', bare), ['a_b'])
  t.same(tokens('ab aaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb c', bare), ['ab', 'aaaaaaaaaaaaaaa'])
  t.same(tokens('Straße STRASSE ß ÄRZTE', bare), ['straße', 'strasse', 'ärzte'])
  t.same(tokens('123 12,5 2020 x1y2z3', bare), [])
  t.same(tokens('İstanbul', bare), ['stanbul'], 'a dot above is no letter')
  t.same(tokens('😀a𝔞b c𐐀D', bare), ['a𝔞b', 'c𐐨d'])
  t.same(tokens('', bare), [])
})

/** Does a scanner find in a text what the definition says, each token with its place, bytes and hash? */
function isScannedByDefinition(scanner: TokenScanner, lower: string): boolean {
  const expected = tokensByDefinition(lower)
  const table = new StringTable(...tableOf(expected))
  const found: string[] = []
  scanner.open(lower)
  while (scanner.next()) {
    const token = lower.slice(scanner.start, scanner.end)
    found.push(token)
    const number = table.findUtf8(scanner.bytes, scanner.byteStart, scanner.byteEnd, scanner.hash)
    if (number !== expected.indexOf(token)) return false
  }
  return !scanner.next() && JSON.stringify(found) === JSON.stringify(expected)
}

t.test('the scanner finds what the definition says, in any text', async () => {
  const scanner = new TokenScanner()
  fc.assert(
    fc.property(texts, text => isScannedByDefinition(scanner, text.toLowerCase())),
    { numRuns: 5000 },
  )
})

t.test('each character by itself is a word character as the definition says', async t => {
  const scanner = new TokenScanner()
  const wrong: number[] = []
  for (let point = 0; point < 0x3000; point++) {
    const character = String.fromCodePoint(point)
    if (!isScannedByDefinition(scanner, `a${character}b ${character}c×d÷e${character}`)) wrong.push(point)
  }
  t.same(wrong, [])
})

t.test('a text that needs a larger buffer is scanned alike, as is the one after it', async t => {
  const scanner = new TokenScanner()
  // 65,536 bytes hold 21,845 units, of three bytes at most, and a space.
  for (const length of [21_844, 21_845, 21_846, 65_536]) {
    for (const end of ['wort', 'größe', 'слово', '日本', 'c𐐨d', '_x', '2020', '„zitat“', '\ud83d']) {
      const text = `${'ein langer satz '.repeat(length).slice(0, length - end.length - 1)} ${end}`
      t.ok(isScannedByDefinition(scanner, text), `${end} at ${length}`)
    }
    for (const letter of ['a', 'ü', 'ж', '日', '𐐨', '_', '–', '×']) {
      const run = letter.repeat(length)
      t.ok(isScannedByDefinition(scanner, run), `${length} times ${letter}`)
      t.ok(isScannedByDefinition(scanner, `ab ${run} cd${run} ef`), `${length} times ${letter}, among others`)
    }
    t.ok(isScannedByDefinition(scanner, 'kurz und gut'))
  }
})

function tableOf(strings: string[]): [Uint8Array, Uint32Array] {
  const tensors = stringTable('t', strings) as Record<string, Uint8Array | Uint32Array>
  return [tensors['t.bytes'] as Uint8Array, tensors['t.offsets'] as Uint32Array]
}

t.test('a protected token stays whole, upper or lower case, wherever it stands', async t => {
  t.same(tokens('FFP2-Masken, 5G & Corona_Test'), ['ffp', 'masken', '5G', 'corona_test'])
  t.same(tokens('5G-Masten: 5g, 5G. 15G 5Gs'), ['5G', 'masten', '5G', '5G', '5G', 'fuenfgs'])
  t.same(tokens('fuenfg FUENFG'), ['5G', '5G'], 'the placeholder itself is read as the token')
})

t.test('protected tokens may hold signs, share their letters, be long or contain each other', async t => {
  const protected_tokens = ['COVID-19', 'C++', 'C#', '2020-2021', '2020-2022', 'B.1.1.529', 'G8', 'G80']
  const text = 'Covid-19 c++ C# 2020-2021 2020-2022 b.1.1.529 g8 g80 covid'
  t.same(tokens(text, { protected_tokens }), [...protected_tokens, 'covid'])
})

t.test('a protected token may be longer than words are', async t => {
  const protected_tokens = ['Impfnebenwirkungen']
  t.same(tokens('Impfnebenwirkungen, impfnebenwirkungen!', bare), [])
  t.same(tokens('Impfnebenwirkungen, impfnebenwirkungen!', { protected_tokens }), [
    ...protected_tokens,
    ...protected_tokens,
  ])
})

t.test('without protected tokens a text stays as it is', async t => {
  const none = new ProtectedTokens([])
  t.equal(none.mark('5g'), '5g')
  t.notOk(none.occurIn('5g'))
})

t.test("NLTK's stop words of the language are left out, and those of one's own", async t => {
  t.equal(stopWords('de').size, 232)
  t.equal(stopWords('en').size, 179)
  t.same(tokens('Die Masken und der Test'), ['masken', 'test'])
  t.same(tokens('Die masks and the Test', { language: 'en' }), ['die', 'masks', 'test'])
  t.same(tokens('Die Masken', { stop_words: 'none' }), ['die', 'masken'])
  t.same(tokens('Das Video: 5G-Masken', { stop_words_extra: ['VIDEO', 'Masken', '5G'] }), [])
})

t.test('stems come after the stop words, and spare protected tokens', async t => {
  const german = await createPreprocessor({ ...settings, normalization: 'stemming' })
  t.same(german.tokens('Die Behauptungen über 5G-Masten'), ['behaupt', '5G', 'mast'])
  const composed = 'Ärzte'.normalize('NFC')
  t.same(german.tokens(composed.normalize('NFD')), german.tokens(composed), 'letters are composed first')
  const english = await createPreprocessor({ ...settings, language: 'en', normalization: 'stemming' })
  t.same(english.tokens('The running elections'), ['run', 'elect'])
})

t.test('German stems are those of Snowball, also when they were seen before', async t => {
  const stem = stemmerOf('de')
  // From the sample vocabulary of https://snowballstem.org/algorithms/german/stemmer.html
  const examples = { aufeinanderfolgende: 'aufeinanderfolg', kategorien: 'kategori', kehlen: 'kehl', katers: 'kat' }
  for (const [word, expected] of Object.entries(examples)) {
    t.equal(stem(word), expected)
    t.equal(stem(word), expected)
  }
})

t.test('stop words stay whole where that is asked for, as in pke 1.8', async t => {
  const keeping = stemmerOf('de', { keepStopWords: true })
  t.equal(stemmerOf('de')('anderen'), 'and')
  t.equal(keeping('anderen'), 'anderen')
  t.equal(keeping('aufeinander'), 'aufeinand', 'other words do not')
  t.equal(stemmerOf('en', { keepStopWords: true })('having'), 'having')
})

t.test('a URL is stemmed at its end, as any word is', async t => {
  const url = `https://beispiel.de/${'corona-'.repeat(20)}`
  t.equal(stemmerOf('de')(`${url}impfung`), `${url}impf`)
})

t.test('a word without end is its own stem, at once', async t => {
  for (const language of ['de', 'en'] as const) {
    const long = 'xqaeiouy'.repeat(600_000)
    t.equal(stemmerOf(language)(long), long)
    const compound = 'rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetze'
    t.not(stemmerOf('de')(compound), compound)
  }
})

t.test('nothing that runs asks for natural itself', async t => {
  const bundle = readFileSync(new URL('../../plugins/_text/natural.js', import.meta.url), 'utf8')
  t.notMatch(bundle, /^import .*natural/m)
  t.notMatch(bundle, /mongoose|process\.env/)
})
