import fc from 'fast-check'
import { isHostError } from 'modelhost'
import t from 'tap'
import topicalPageRank from '../../plugins/topical-page-rank/index.js'
import { stemsFor } from '../../plugins/topical-page-rank/stems.js'
import { silentLog } from '../helpers/silent-log.js'
import { tinyTaggerFile } from '../helpers/tiny-tagger.js'
import { exampleModelFile, openTopicalPageRank } from '../helpers/topical-page-rank-artifact.js'

const tagger = await tinyTaggerFile()

const phrases = (answer: unknown) => (answer as [string, number][]).map(([phrase]) => phrase)

t.test('hostile texts are answered or refused, soon', async t => {
  const model = await openTopicalPageRank(exampleModelFile(), tagger, { normalization: 'stemming' })
  const answer = (text: string) => topicalPageRank.predict(model, { text }, { log: silentLog } as never)
  const size = 5_000_000
  t.equal(phrases(answer('a'.repeat(size))).length <= 1, true, 'one letter')
  t.same(answer('\n'.repeat(size)), [], 'new lines')
  for (const text of ['a '.repeat(size / 2), '😀'.repeat(size / 2), '\ud83d'.repeat(size / 5), '. '.repeat(size / 2)]) {
    try {
      t.ok(Array.isArray(answer(text)))
    } catch (error) {
      if (!isHostError(error)) throw error
      t.equal(error.code, 'REQUEST_INVALID')
      t.match(error.message, /The text has \d+ tokens, more than 200000\. Send it in parts\./)
    }
  }
  t.ok(Array.isArray(answer('\u200b\u200d\ufeff'.repeat(100_000))), 'zero width')
  t.ok(Array.isArray(answer(`${'Donau'.repeat(200_000)} fahrt`)), 'one word of a megabyte')
  t.same(phrases(answer('Masken helfen')), ['masken'], 'and the next text is as ever')
})

t.test('a text made to make the search for redundant keyphrases slow is answered', async t => {
  const model = await openTopicalPageRank(exampleModelFile(), tagger, { redundancy_removal: true })
  const sentence = (length: number, last: string) => [...new Array(length).fill(['a', 'ADJ']), [last, 'NOUN']]
  const sentences = [sentence(100_000, 'b'), ...Array.from({ length: 300 }, (_, i) => sentence(300, `c${i}`))]
  const answer = (request: object) => topicalPageRank.predict(model, request as never, { log: silentLog } as never)
  t.equal((answer({ sentences, top: 1000 }) as unknown[]).length, 301, 'no phrase is a part of another')
  t.equal(phrases(answer({ sentences: sentences.slice(1), top: 1000 })).length, 300, 'shorter ones are answered')
})

t.test('of words beyond any measure, stems are not remembered from text to text', async t => {
  for (const language of ['en', 'de']) {
    const stems = (await stemsFor('stemming', language))!
    stems.beginDocument()
    const short = stems.numberOf('Masken', 0, 6)
    stems.beginDocument()
    t.equal(stems.numberOf('Masken', 0, 6), short)
    for (let i = 0; i < 11; i++) {
      const word = `${i}`.padEnd(100_000, 'x')
      t.equal(stems.stemOf(stems.numberOf(word, 0, word.length)).length, word.length)
    }
    stems.beginDocument()
    t.equal(stems.count, 0)
  }
})

t.test('any text has finite scores, best first', async () => {
  const model = await openTopicalPageRank(exampleModelFile(), tagger)
  const bit = fc.constantFrom(
    'Masken',
    'neue',
    'İ',
    'Σ',
    ' ',
    ' ',
    '\n',
    '.',
    '-',
    '\ud83d',
    '😀',
    '#',
    '@x',
    'Ǆ',
    '\u0000',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(bit, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 60 }), bits => {
      const answer = topicalPageRank.predict(model, { text: bits.join('') }, { log: silentLog } as never) as [
        string,
        number,
      ][]
      return answer.every(([, score], i) => Number.isFinite(score) && (i === 0 || score <= answer[i - 1]![1]))
    }),
    { numRuns: 500 },
  )
})

t.test('a damaged model file answers finite scores or is refused', async () => {
  const bytes = exampleModelFile()
  const place = fc.nat(bytes.length - 1)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 6 }), async changes => {
      const damaged = new Uint8Array(bytes)
      for (const [at, byte] of changes) damaged[at] = byte
      try {
        const model = await openTopicalPageRank(damaged, tagger)
        const answer = topicalPageRank.predict(
          model,
          { text: 'Die neue Impfung schützt Kinder. Masken schützen vor neuen Viren.' },
          { log: silentLog } as never,
        ) as [string, number][]
        return answer.every(([, score]) => Number.isFinite(score))
      } catch (error) {
        return isHostError(error) && error.status === 422
      }
    }),
    { numRuns: 300 },
  )
})

t.test('a text that is too long for a grammar is refused before it takes long', async t => {
  const grammar = `NP: {${'(<NOUN>?)'.repeat(400)}<VERB>}`
  const model = await openTopicalPageRank(exampleModelFile(), tagger, { grammar })
  const nouns = (count: number) => [new Array(count).fill(['a', 'NOUN'])]
  const answer = (request: object) => topicalPageRank.predict(model, request as never, { log: silentLog } as never)
  t.same(answer({ sentences: nouns(1000) }), [])
  const refused = { code: 'REQUEST_INVALID', message: /too long for the grammar of this model.*Send it in parts/ }
  t.throws(() => answer({ sentences: nouns(200_000) }), refused)
  t.same(answer({ sentences: nouns(1000) }), [], 'and the next one is answered')
})
