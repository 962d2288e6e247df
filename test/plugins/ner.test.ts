import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { isHostError, TensorFile } from 'modelhost'
import { testPlugin } from 'modelhost/testing'
import t, { type Test } from 'tap'
import { taggerOf } from '../../plugins/_text/tagging/tagger-file.js'
import { EntityModel, type EntitySettings } from '../../plugins/ner/model.js'
import { defaultCurve, readCurve, scoreOf } from '../../plugins/ner/score.js'
import { pluginSuites } from '../helpers/plugin-suites.js'
import { trainNames } from '../helpers/tiny-names.js'

const settings: EntitySettings = {
  language: 'en',
  mode: 'tweets',
  split_hyphens: false,
  mentions: false,
  hashtags: true,
  offsets: 'utf16',
}

let bytes: Uint8Array | undefined
async function openModel(t: Test, changes: Partial<EntitySettings> = {}): Promise<EntityModel> {
  bytes ??= await readFile(join(await trainNames(t), 'NER-model'))
  return new EntityModel(taggerOf(bytes, 'tiny'), defaultCurve, { ...settings, ...changes })
}
const readable = (found: readonly { text: string; label: string }[]) =>
  found.map(({ text, label }) => `${label} ${text}`)

t.test('a trained artifact passes the suite of plugins, and answers names with their places', async t => {
  const { plugin, options } = pluginSuites.NER
  const { checks } = await testPlugin(plugin, { ...(await options(t)), module: false })
  t.ok(checks.length > 5)
  const model = await openModel(t)
  const found = model.ofText('Anna Kowalski works at Nordwind in Oslo.')
  t.match(found, [
    { text: 'Anna Kowalski', label: 'PER', start: 0, end: 13 },
    { text: 'Nordwind', label: 'ORG', start: 23, end: 31 },
    { text: 'Oslo', label: 'LOC', start: 35, end: 39 },
  ])
  t.ok(found.every(({ score }) => score > 0 && score < 1))
  t.match(model.ofTokens([['Tom', 'Becker', 'left', '.'], [], ['Oslo', 'is', 'cold']]), [
    { text: 'Tom Becker', label: 'PER', start: 0, end: 2 },
    { text: 'Oslo', label: 'LOC', start: 4, end: 5 },
  ])
})

t.test('places count UTF-16 units, characters or bytes, as is asked for', async t => {
  const model = await openModel(t)
  const text = 'Zoe\u0308 😀👩‍👩‍👧 says: Tom Becker left, “Anna” is in Oslo 🇳🇴.'
  const [units, characters, utf8] = (['utf16', 'code_points', 'utf8'] as const).map(unit => model.ofText(text, unit))
  t.same(readable(units!), ['PER Tom Becker', 'PER Anna', 'LOC Oslo'])
  const [points, buffer] = [Array.from(text), Buffer.from(text)]
  for (const [i, { text: name }] of units!.entries()) {
    t.equal(text.slice(units![i]!.start, units![i]!.end), name)
    t.equal(points.slice(characters![i]!.start, characters![i]!.end).join(''), name)
    t.equal(buffer.subarray(utf8![i]!.start, utf8![i]!.end).toString(), name)
  }
  const counting = await openModel(t, { offsets: 'code_points' })
  t.same(counting.ofText(text), characters, 'the param, where the request does not say')
})

t.test('whatever the text, each name is where it is said to be, in every unit', async t => {
  const model = await openModel(t)
  const piece = fc.constantFrom(
    ...['Anna', 'Tom Becker', 'Nordwind', 'New Haven', 'in', ' ', ' ', '\n', '.', '&amp;', '&#39;s', '&#x1f600;', "'s"],
    ...['#Oslo', '@anna_k', 'RT', '😀', '\ud83d', 'e\u0301', 'ß', 'OSLO', 'http://a.example/Oslo', '&', '\u200d'],
  )
  let names = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const text = pieces.join('')
      const units = model.ofText(text, 'utf16')
      const characters = model.ofText(text, 'code_points')
      const utf8 = model.ofText(text, 'utf8')
      names += units.length
      return units.every(({ text: name, start, end }, i) => {
        const before = text.slice(0, start)
        return (
          name !== '' &&
          text.slice(start, end) === name &&
          start >= (units[i - 1]?.end ?? 0) &&
          characters[i]!.start === Array.from(before).length &&
          characters[i]!.end === Array.from(text.slice(0, end)).length &&
          utf8[i]!.start === Buffer.byteLength(before) &&
          utf8[i]!.end === Buffer.byteLength(text.slice(0, end))
        )
      })
    }),
    { numRuns: 300 },
  )
  t.ok(names > 30)
})

t.test('what tweets are made of: retweets, mentions, links, emoji, hashtags, references, glued sentences', async t => {
  const model = await openModel(t)
  const names = (text: string) => readable(model.ofText(text))
  t.same(names('RT @Tom_Becker: Anna speaks in Oslo'), ['PER Anna', 'LOC Oslo'])
  t.same(names('Thanks @Anna, great evening in Oslo'), ['LOC Oslo'])
  t.same(names('Anna speaks at http://Oslo.example/Nordwind 😀 tom@Oslo.example'), ['PER Anna'])
  t.same(names('They moved from Oslo to #Oslo'), ['LOC Oslo', 'LOC #Oslo'])
  t.same(names("Read Tom Becker's letter to Nordwind."), ['PER Tom Becker', 'ORG Nordwind'])
  t.same(names('Read Tom Becker&#39;s letter to Nordwind.'), ['PER Tom Becker', 'ORG Nordwind'])
  t.same(names('They moved to Oslo.Tom Becker left.'), ['LOC Oslo', 'PER Tom Becker'])
  t.same(names('Tom\u00a0Becker left &quot;New&nbsp;Haven&quot; for good'), [
    'PER Tom\u00a0Becker',
    'LOC New&nbsp;Haven',
  ])
  t.match(model.ofTokens([['Thanks', 'Tom', 'Becker', '&amp;', '@anna', '&lt;3']]), [{ start: 1, end: 3 }])
  t.match(model.ofText('&lt;&lt; Tom Becker left'), [{ text: 'Tom Becker', start: 9, end: 19 }])
  t.match(model.ofText('Anna works at Nord&#119;&#105;nd.')[1], { text: 'Nord&#119;&#105;nd', start: 14, end: 32 })
})

t.test('a mention may be a name where the params say so', async t => {
  const words = [['Thanks', '@anna_k', ',', 'great', 'evening']]
  const line = (mention: string) => `Thanks\tO\n${mention}\n,\tO\ngreat\tO\nevening\tO\n\n`
  const files = { 'train.conll': line('@anna_k\tB-PER').repeat(3) + line('@\tO\ntom_b\tI-PER').repeat(3) }
  const artifact = await trainNames(t, { files, params: { mentions: true } })
  const tagger = taggerOf(await readFile(join(artifact, 'NER-model')), 'tiny')
  const open = (mentions: boolean) => new EntityModel(tagger, defaultCurve, { ...settings, mentions })
  t.match(open(true).ofTokens(words), [{ text: '@anna_k', label: 'PER', start: 1, end: 2 }])
  t.match(open(true).ofText('Thanks @tom_b, great evening'), [{ text: '@tom_b' }])
  t.same(open(false).ofTokens(words), [])
  t.same(open(false).ofText('Thanks @tom_b, great evening'), [])
})

t.test('a score is the chance that a name is right, by the curve that the model file tells', async t => {
  t.same(readCurve({ score_slope: '0.5', score_offset: '-1' }), { slope: 0.5, offset: -1 })
  t.same(readCurve({ score_slope: 'much' }), defaultCurve)
  t.equal(scoreOf(2, { slope: 0.5, offset: -1 }), 0.5)
  t.equal(scoreOf(1000, { slope: 0.5, offset: -1 }), 1)
  t.equal(scoreOf(Number.NaN, defaultCurve), 0)
  const scores = [0, 1, 10, 100].map(margin => scoreOf(margin, defaultCurve))
  t.same(scores, scores.toSorted())
})

t.test('text of any kind is read, in time that grows as it does', async t => {
  const model = await openModel(t)
  const million = 1_000_000
  const texts = {
    'one letter, five million times': 'a'.repeat(5 * million),
    'new lines': '\n'.repeat(million),
    emoji: '\u{1f600}'.repeat(million / 8),
    'unpaired surrogates': '\ud800 \udc00 '.repeat(million / 20),
    ampersands: '& &amp;'.repeat(million / 20),
    'half a reference': `&#${'1'.repeat(million)}`,
    names: 'Anna '.repeat(million / 10),
  }
  for (const [name, text] of Object.entries(texts)) {
    t.ok(Array.isArray(model.ofText(text, 'code_points')), name)
  }
})

t.test('a request of too many tokens is refused', async t => {
  const model = await openModel(t)
  const refused = {
    code: 'REQUEST_INVALID',
    message: 'The request has 200001 tokens, more than 200000. Send it in parts.',
  }
  t.throws(() => model.ofText('a '.repeat(200_001).trimEnd()), refused)
  t.throws(() => model.ofTokens([new Array(200_000).fill('a'), ['b']]), refused)
})

t.test('a damaged file is refused, or finds names as well as it can; it never crashes', async t => {
  await openModel(t)
  const whole = bytes!
  const data = 8 + Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true))
  const flip = fc.tuple(fc.integer({ min: data, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }))
  const text = 'Anna Kowalski and @tom visit New Haven 😀 http://a.example/'
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), flips => {
      const damaged = Uint8Array.from(whole)
      for (const [at, bits] of flips) damaged[at]! ^= bits
      try {
        const found = new EntityModel(taggerOf(damaged, 'tiny'), defaultCurve, settings).ofText(text)
        return found.every(({ text: name, start, end }) => text.slice(start, end) === name)
      } catch (error) {
        return isHostError(error) && ['ARTIFACT_INVALID', 'TENSOR_FILE_BROKEN'].includes(error.code)
      }
    }),
    { numRuns: 200 },
  )
})

t.test('the model file says what it was learned from', async t => {
  await openModel(t)
  const { metadata } = new TensorFile(bytes!)
  t.match(metadata, { plugin: 'NER', labels: 'LOC ORG PER', language: 'en', params: /"mode":"tweets"/ })
})
