import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { NumpyArray } from '../../cli/import/pickle/numpy.js'
import { type Dict, Instance, type PickledBytes, type PickledSet, Tuple } from '../../cli/import/pickle/values.js'
import { joined, little, named, pickle, raw, refusalOf, stacked, text, unpickle } from '../helpers/pickles.js'

const fixtures = new URL('../../../test/fixtures/import/', import.meta.url)

t.test('plain values are read in all protocols', async t => {
  const cases: [Uint8Array, unknown][] = [
    [joined('I01\n.'), true],
    [joined('I00\n.'), false],
    [joined('I-12\n.'), -12],
    [joined('L9007199254740993L\n.'), 9007199254740992],
    [joined('F-2.5e-3\n.'), -0.0025],
    [joined("S'a\\xe4\\n\\''\n."), "aä\n'"],
    [joined('Vgr\xfcn \\u20ac \\U0001f600 \\x\n.'), 'grün € 😀 \\x'],
    [joined('U\x02\xe4b.'), 'äb'],
    [joined('U\x02\x80\x9f.'), '\x80\x9f'],
    [joined('T\x02\0\0\0ab.'), 'ab'],
    [joined('(lp0\nI1\naI2\na.'), [1, 2]],
    [pickle('N'), null],
    [pickle('\x88'), true],
    [pickle('J\xff\xff\xff\xff'), -1],
    [pickle('M\x01\x02'), 513],
    [pickle('G\x3f\xf8\0\0\0\0\0\0'), 1.5],
    [pickle('\x8a\x02\x00\xff'), -256],
    [pickle('\x8a\x09', little(2n ** 70n - 1n, 9)), 2n ** 70n - 1n],
    [pickle('\x8b', little(3, 4), '\x01\x00\x01'), 65537],
    [pickle('X', little(3, 4), '\xe2\x82\xac'), '€'],
    [pickle('\x8d', little(1, 8), 'a'), 'a'],
    [pickle(']\x94(K\x01K\x02e'), [1, 2]],
    [pickle('K\x010K\x02'), 2],
    [pickle('(K\x01K\x021K\x03'), 3],
  ]
  for (const [bytes, value] of cases)
    t.same(
      unpickle(bytes),
      value,
      JSON.stringify(value, (_, x) => String(x)),
    )
})

t.test('what holds other values keeps them as data', async t => {
  const dict = unpickle(pickle('}(', text('a'), 'K\x01', text('a'), 'K\x02', text('__proto__'), ')u')) as Dict
  t.equal(dict.get('a'), 2, 'the last one counts')
  t.ok(dict.get('__proto__') instanceof Tuple)
  t.equal(dict.get('constructor'), undefined)
  t.same((unpickle(pickle('\x8f(K\x01K\x02\x90')) as PickledSet).items, [1, 2])
  t.same((unpickle(pickle('(K\x01\x91')) as PickledSet).items, [1])
  t.same((unpickle(pickle(named('builtins', 'set'), ']K\x05a\x85R')) as PickledSet).items, [5])
  const bytes = unpickle(pickle(named('_codecs', 'encode'), text('aÿ\0'), text('latin1'), '\x86R')) as PickledBytes
  const target = new Uint8Array(3)
  bytes.bytes.copyInto(target)
  t.same([...target], [97, 255, 0])
  const many = Array.from({ length: 40 }, (_, i) => [text(`k${i}`), joined('K', little(i, 1))]).flat()
  t.equal((unpickle(pickle('}(', ...many, 'u')) as Dict).get('k33'), 33)
})

t.test('a list that holds itself is read, and so are 100,000 lists in each other', async t => {
  const self = unpickle(pickle(']\x94h\0a')) as unknown[]
  t.equal(self[0], self)
  let inner = unpickle(pickle(']'.repeat(100_000), 'a'.repeat(99_999))) as unknown[]
  let depth = 1
  while (inner.length > 0) {
    inner = inner[0] as unknown[]
    depth++
  }
  t.equal(depth, 100_000)
})

t.test('a list that doubles itself sixty times is sixty lists', async t => {
  const doubled = Array.from({ length: 60 }, (_, i) => joined(']\x94(h', little(i, 1), 'h', little(i, 1), 'e'))
  const lists = unpickle(pickle('(]\x94', ...doubled, 't')) as Tuple
  t.equal(lists.items.length, 61)
  const last = lists.items[60] as unknown[]
  t.equal(last.length, 2)
  t.equal(last[0], lists.items[59])
  t.equal(last[0], last[1])
})

const objectOf = (state: Uint8Array) => pickle(stacked('gensim.models.doc2vec', 'Doc2Vec'), ')\x81', state, 'b')

t.test('an object is the name of its class and its attributes, whatever they are called', async t => {
  const names = ['__setstate__', '__reduce__', '__class__', '__proto__', 'constructor', 'toString']
  const made = unpickle(objectOf(joined('}(', ...names.flatMap(name => [text(name), 'K\x01']), 'u'))) as Instance
  t.equal(made.type.path, 'gensim.models.doc2vec.Doc2Vec')
  for (const name of names) t.equal(made.attribute(name), 1, name)
  t.equal(made.attribute('hasOwnProperty'), undefined)
  t.equal(({} as Record<string, unknown>)['toString'], Object.prototype.toString)
  const twice = unpickle(
    pickle(stacked('gensim.models.word2vec', 'Word2Vec'), ')\x81}', text('a'), 'K\x01sbN}', text('a'), 'K\x02s\x86b'),
  )
  t.equal((twice as Instance).attribute('a'), 2, 'a second state adds to the first, and slots are attributes too')
})

t.test('the state of a random generator is passed over, whatever it is', async t => {
  const generator = joined(named('numpy.random', '__RandomState_ctor'), ')R')
  const made = unpickle(pickle(generator, '(', text('MT19937'), 'K\x01K\x02tb')) as Instance
  t.equal(made.type.path, 'numpy.random.__RandomState_ctor')
})

const type = (code: string, order = '<') =>
  joined(
    named('numpy', 'dtype'),
    text(code),
    '\x89\x88\x87R(K\x03',
    text(order),
    'NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb',
  )
const array = (code: string, order: string, shape: string, isFortran: boolean, data: Uint8Array) =>
  pickle(
    joined(
      named('numpy.core.multiarray', '_reconstruct'),
      named('numpy', 'ndarray'),
      'K\0\x85',
      raw(latin('b')),
      '\x87R',
    ),
    joined('(K\x01', shape, type(code, order), isFortran ? '\x88' : '\x89', raw(data), 'tb'),
  )
const latin = (value: string) => Uint8Array.from(value, character => character.charCodeAt(0))
const bytesOf = (numbers: { readonly buffer: ArrayBufferLike }) => new Uint8Array(numbers.buffer as ArrayBuffer)

t.test('arrays are read with either order of bytes, of rows and columns, and of any type of number', async t => {
  const numbersOf = (bytes: Uint8Array) => [...(unpickle(bytes) as NumpyArray).float64()]
  const six = [1, 2, 3, 4, 5, 6]
  const shape = 'K\x02K\x03\x86'
  t.same(numbersOf(array('f4', '<', shape, false, bytesOf(Float32Array.from(six)))), six)
  t.same(numbersOf(array('f8', '<', shape, false, bytesOf(Float64Array.from(six)))), six)
  t.same(numbersOf(array('f8', '>', shape, false, bytesOf(Float64Array.from(six)).reverse())), [...six].reverse())
  t.same(numbersOf(array('i8', '<', shape, true, bytesOf(BigInt64Array.from(six, BigInt)))), [1, 3, 5, 2, 4, 6])
  t.same(numbersOf(array('f4', '<', shape, true, bytesOf(Float32Array.from(six)))), [1, 3, 5, 2, 4, 6])
  t.same(numbersOf(array('f2', '<', 'K\x04\x85', false, latin('\x00\x3c\x00\xc1\x01\x00\x00\x7c'))), [
    1,
    -2.5,
    2 ** -24,
    Infinity,
  ])
  for (const [code, bytes] of [
    ['i1', 1],
    ['u1', 1],
    ['b1', 1],
    ['i2', 2],
    ['u2', 2],
    ['i4', 4],
    ['u4', 4],
    ['u8', 8],
  ] as const)
    t.same(numbersOf(array(code, '<', 'K\x02\x85', false, joined(little(1, bytes), little(0, bytes)))), [1, 0], code)
  t.same(
    [...(unpickle(array('f8', '<', 'K\x01\x85', false, bytesOf(Float64Array.of(0.1)))) as NumpyArray).float32()],
    [Math.fround(0.1)],
  )
  t.equal(
    unpickle(
      pickle(named('numpy.core.multiarray', 'scalar'), type('f8'), raw(bytesOf(Float64Array.of(0.25))), '\x86R'),
    ),
    0.25,
  )
})

t.test('an array whose shape, type or bytes do not fit is refused', async t => {
  const two = bytesOf(Float32Array.of(1, 2))
  const refused = (bytes: Uint8Array, message: RegExp) => t.match(refusalOf(bytes) ?? 'read', message)
  refused(array('f4', '<', 'K\x03\x85', false, two), /^an array in its pickle has 8 bytes, its shape asks for 12\.$/)
  refused(array('f8', '<', 'K\x02\x85', false, two), /8 bytes, its shape asks for 16/)
  const large = joined('\x8a\x06', little(2n ** 40n, 6))
  refused(
    array('f4', '<', `${'\x8a\x06\0\0\0\0\0\x01'.repeat(2)}\x86`, false, two),
    /claims 1\.2089258196146292e\+24 numbers/,
  )
  refused(pickle(large, '\x85', named('numpy', 'dtype')), /left over/)
  refused(array('f4', '<', 'J\xff\xff\xff\xff\x85', false, two), /array whose shape is a tuple of 1/)
  refused(array('f4', '<', 'N', false, two), /array whose shape is None/)
  refused(array('f4', '?', 'K\x02\x85', false, two), /describes an array type with a tuple of 8/)
  refused(array('O', '|', 'K\x02\x85', false, two), /array of objects made of bytes/)
  refused(array('f4', '<', `(K\x02${'K\x01'.repeat(32)}t`, false, two), /has a shape that is none/)
  const objects = joined('(K\x01K\x03\x85', type('O', '|'), '\x89](', text('a'), text('b'), 'etb')
  const empty = joined(named('numpy.core.multiarray', '_reconstruct'), named('numpy', 'ndarray'), 'K\0\x85C\x01b\x87R')
  refused(pickle(empty, objects), /has 2 objects, its shape is \(3\)/)
  const cube = unpickle(array('f4', '<', 'K\x02K\x01K\x01\x87', true, two)) as NumpyArray
  t.throws(() => cube.float32(), /an array of f4 \(2, 1, 1\) in its pickle is not read/)
  t.throws(() => (unpickle(array('M8', '<', 'K\x01\x85', false, two)) as NumpyArray).float64(), /has no numbers/)
  const records = joined(
    named('numpy', 'dtype'),
    text('V8'),
    '\x89\x88\x87R(K\x03',
    text('|'),
    'N',
    text('a'),
    '\x85}K\x08K\x01K\x10tb',
  )
  refused(pickle(records), /has an array of records/)
  const asText = joined(named('_codecs', 'encode'), text('aé'), text('latin1'), '\x86R')
  const withText = pickle(
    joined(
      named('numpy.core.multiarray', '_reconstruct'),
      named('numpy', 'ndarray'),
      'K\0\x85',
      raw(latin('b')),
      '\x87R',
    ),
    joined('(K\x01K\x03\x85', type('u1'), '\x89', asText, 'tb'),
  )
  refused(withText, /2 bytes, its shape asks for 3/)
})

t.test('the reader of pickles has no way to the disk, the network, or another program', async t => {
  const folder = new URL('../../cli/import/pickle/', import.meta.url)
  const files = readdirSync(folder).filter(name => name.endsWith('.js'))
  t.ok(files.length > 8)
  const beside = new Set(['../import-error.js'])
  for (const name of [...files, ...beside]) {
    const code = readFileSync(new URL(name, folder), 'utf8')
    const lines = code.split('\n').filter(line => /^import\b/.test(line) || /^export\b.* from '/.test(line))
    const imported = lines.map(line => / from '([^']+)';$/.exec(line)?.[1] ?? line)
    t.same(
      imported.filter(from => !/^\.\/[\w-]+\.js$/.test(from) && !beside.has(from)),
      [],
      `${name} imports its neighbours alone`,
    )
    const bare = code
      .replaceAll(/\/\*.*?\*\//gs, '')
      .replaceAll(/^\s*\/\/.*$/gm, '')
      .replaceAll(/'[^'\n]*'|`[^`]*`/g, '')
    t.notMatch(bare, /\b(import\s*\(|require|eval|Function\s*\(|process|globalThis|fetch|Reflect|WebAssembly)\b/, name)
  }
})

t.test('real files, as pke and gensim write them, are read', async t => {
  const folder = fileURLToPath(fixtures)
  const names = readdirSync(folder).filter(name => /\.(pickle|pickle\.gz|save)$/.test(name))
  t.ok(names.length > 15)
  for (const name of names) {
    const bytes = readFileSync(new URL(name, fixtures))
    const value = unpickle(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    t.ok(value instanceof Tuple || value instanceof Instance, name)
  }
})
