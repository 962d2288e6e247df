import fc from 'fast-check'
import t from 'tap'
import { memorySource } from '../../cli/import/byte-source.js'
import { readDecimal } from '../../cli/import/decimals.js'
import { readWord2Vec } from '../../cli/import/word2vec.js'
import { joined } from '../helpers/pickles.js'

const utf8 = (text: string) => new TextEncoder().encode(text)

function read(...parts: (string | Uint8Array)[]) {
  const found = readWord2Vec(memorySource(joined(...parts)))
  const numbers = [...found.vectors()]
  return { words: found.words, size: found.size, numbers, notes: found.notes }
}

const refused = (t: Tap, bytes: Uint8Array, message: RegExp, what = message.source) =>
  t.throws(() => readWord2Vec(memorySource(bytes)), { name: 'ImportError', message }, what)
type Tap = Pick<typeof t, 'throws'>

const floats = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer)

t.test('rows of text are read with any end of line, and with blanks before it', async t => {
  const expected = { words: ['wind', 'öl'], size: 2, numbers: [0.5, -2, 1e-5, 3].map(Math.fround), notes: [] }
  t.same(read(utf8('2 2\nwind 0.5 -2\nöl 1e-05 3\n')), expected)
  t.same(read(utf8('2 2\r\nwind 0.5 -2\r\nöl 1e-05 3')), expected)
  t.same(read(utf8('2\t2 \nwind\t0.5\t-2 \nöl 1E-5 3.0 \n\n')), expected)
})

t.test('rows of bytes are read with and without an end of line behind each', async t => {
  const expected = { words: ['wind', 'öl'], size: 2, numbers: [0.5, -2, 0.25, 3], notes: [] }
  t.same(read('2 2\nwind ', floats(0.5, -2), utf8('öl '), floats(0.25, 3)), expected)
  t.same(read('2 2\nwind ', floats(0.5, -2), utf8('\nöl '), floats(0.25, 3), '\n'), expected)
  const ten = Array.from({ length: 10 }, (_, i) => [`w${i} `, floats(i + 0.1)]).flat()
  t.same(
    read('10 1\n', ...ten).numbers,
    Array.from({ length: 10 }, (_, i) => Math.fround(i + 0.1)),
    'of one number, too',
  )
})

t.test('a file of many pieces ends where it ends', async t => {
  const rows = Array.from({ length: 30_001 }, (_, i) => `wort${i} ${i / 4}`)
  const found = read(utf8(`${rows.length} 1\n${rows.join('\n')}`))
  t.equal(found.words.at(-1), 'wort30000')
  t.equal(found.numbers.at(-1), 7500)
  t.ok(found.numbers.every((x, i) => x === i / 4))
})

t.test('of a word that stands there again the first counts, as in gensim', async t => {
  const expected = {
    words: ['wind', 'öl'],
    size: 1,
    numbers: [1, 3],
    notes: ['1 words stand there again; the first of each counts, as in gensim'],
  }
  t.same(read(utf8('3 1\nwind 1\nwind 2\nöl 3\n')), expected)
  t.same(read('3 1\nwind ', floats(1), 'wind ', floats(2), utf8('öl '), floats(3)), expected)
})

t.test('what a text claims and what it has must agree', async t => {
  const cases: [string, RegExp][] = [
    ['3 2\nwind 1 2\nsun 1 2\n', /it ends after 2 of the 3 words/],
    ['2 2\nwind 1 2\nrain and sun 3 4\n', /line 3 has 4 numbers instead of 2\. It is damaged, or its word has a blank/],
    ['2 2\nwind 1 2\nsun 1\n', /line 3 has 1 numbers instead of 2/],
    ['2 2\nwind 1 2\nsun\n      ', /line 3 has 0 numbers instead of 2/],
    ['1 2\nwind 1 2\nsun 1 2\n', /line 3 and further ones follow the 1 words/],
    ['2 2\nwind 1 2\n 1 2 3\n', /line 3 has no word at its begin/],
    ['2 2\nwind 1 2\n\nsun 1 2\n', /line 3 has no word/],
    ['2 2\nwind 1 2\nsun nan 1\n', /number 1 of line 3 is "nan", not a finite number/],
    ['2 2\nwind 1 2\nsun 1 inf\n', /number 2 of line 3 is "inf"/],
    ['2 2\nwind 1 2\nsun 1 1e400\n', /number 2 of line 3 is "1e400"/],
    ['2 2\nwind 1 2\nsun 1 \x1b[1m\x9b1m\n', /number 2 of line 3 is "\\u001b\[1m\\u009b1m", not a finite/],
    ['2 2\nwind 1 2\nsun 1 0x1\n', /number 2 of line 3 is "0x1"/],
    ['2 2\nwind 1 2\nsun 1  2\n', /line 3 has 3 numbers instead of 2/],
    ['999999999999 300\nwind 1', /claims 999999999999 words of 300 numbers, more than its 23 bytes/],
    [`1 5000\nwind${' 1'.repeat(5000)}\n`, /its vectors have 5000 numbers; DocSim takes from 1 to 4096/],
    ['0 2\n', /it has no words/],
    ['1 0\nwind \n', /its vectors have 0 numbers/],
    ['1 2 3\nwind 1 2\n', /its first line is not "<words> <numbers of a vector>"/],
    ['1 2', /its first line is not/],
    [`1 2\n${'w'.repeat(20_000)} 1 2\n`, /line 2 has more than 16464 bytes/],
  ]
  for (const [text, message] of cases) refused(t, utf8(text), message, text.slice(0, 40))
  refused(t, joined('2 2\nwind 1 2\n\xff\xfe 1 2\n'), /line 3 has a word that is not UTF-8/)
})

t.test('what bytes claim and what they have must agree', async t => {
  const begin = joined('2 2\nwind ', floats(0.5, -2))
  const whole = joined(begin, 'sun ', floats(0.25, 3))
  refused(t, joined('3 2\n', whole.subarray(4), ' '.repeat(9)), /row 3 \(byte 29\) has no word before its vector/)
  refused(t, joined('9 2\n', whole.subarray(4)), /claims 9 words of 2 numbers, more than its 29 bytes/)
  refused(t, joined('1 2\n', whole.subarray(4)), /12 bytes follow its 1 words/)
  refused(t, joined(begin, '\xc3\x28 ', floats(1, 2)), /row 2 \(byte 17\) has a word that is not UTF-8/)
  const long = joined('1 9\n', 'w'.repeat(20_000), ' ', floats(...new Array<number>(9).fill(0.1)))
  refused(
    t,
    joined(long.subarray(0, 4), 'w ', floats(...new Array<number>(9).fill(0.1)).subarray(0, 35)),
    /the file of vectors is cut off: it goes on after byte 41, where the file ends/,
  )
  for (let length = 4; length < whole.length; length++)
    t.throws(
      () => readWord2Vec(memorySource(whole.subarray(0, length))),
      { name: 'ImportError' },
      `cut off at ${length}`,
    )
})

t.test('decimals are read as the nearest number', async t => {
  const asRead = (text: string) => readDecimal(utf8(text), 0, text.length)
  for (const text of [
    '0',
    '-0',
    '1',
    '-12.5',
    '.5',
    '5.',
    '1e5',
    '1E+5',
    '-5.603549e-05',
    '0.1',
    '123456789012345',
    '9007199254740993',
    '1e23',
    '1.7976931348623157e308',
    '5e-324',
    '0.00000000000000000000000000001',
  ])
    t.equal(asRead(text), Number(text), text)
  for (const text of [
    '',
    '-',
    '.',
    'e5',
    '1e',
    '1e+',
    '1.2.3',
    '1_0',
    'nan',
    'Infinity',
    '1e999',
    '--1',
    '1-',
    '+-1',
    '1e5.0',
  ])
    t.ok(Number.isNaN(asRead(text)), text)
  fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), x => asRead(String(x)) === x || x === 0))
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), x => asRead(String(x)) === x || x === 0))
})

t.test('whatever a file of vectors holds, there is a result or an error', async () => {
  const part = fc.oneof(
    fc.constantFrom('2 2\n', 'a 1 2\n', ' ', '\n', '1', '\xff', '3 1\n', 'wort '),
    fc.string({ maxLength: 6 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), parts => {
      try {
        read(utf8(`2 2\n${parts.join('')}`))
      } catch (error) {
        if ((error as Error).name !== 'ImportError') throw error
      }
    }),
    { numRuns: 500 },
  )
})
