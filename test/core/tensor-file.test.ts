import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  encodeTensorFile,
  isHostError,
  StringList,
  StringTable,
  stringList,
  stringTable,
  TensorFile,
  writeTensorFile,
} from 'modelhost'
import t from 'tap'
import { folder } from '../helpers/artifacts.js'

/** A tensor file of any header and data: for what our own writer never writes. */
function foreignFile(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return new Uint8Array(Buffer.concat([length, json, data]))
}

const vector = (begin: number, end: number) => ({ dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] })

t.test('a tensor file gives back what was written, of every dtype and shape', async t => {
  const tensors = {
    bytes: Uint8Array.of(1, 2, 3),
    f64: { data: Float64Array.of(1.5, -2.5, Math.PI, 0), shape: [2, 2] },
    f32: Float32Array.of(1, 2, 3),
    i32: Int32Array.of(-1),
    u32: { data: Uint32Array.of(7), shape: [] },
    i16: Int16Array.of(-5, 5),
    u16: Uint16Array.of(65_535),
    i8: Int8Array.of(-128, 127),
    empty: { data: new Float32Array(0), shape: [0, 5] },
    __proto__x: Uint8Array.of(9),
  }
  const bytes = encodeTensorFile({ tensors, metadata: { format: '1', plugin: 'DocSim' } })
  const file = new TensorFile(bytes)

  t.same(file.metadata, { format: '1', plugin: 'DocSim' })
  t.same(file.tensor('f64', 'F64', [2, null]), tensors.f64.data)
  t.same(file.tensor('f32', 'F32', [3]), tensors.f32)
  t.same(file.tensor('u32', 'U32', []), Uint32Array.of(7))
  t.same(file.tensor('i8', 'I8'), tensors.i8)
  t.same(file.tensor('empty', 'F32', [0, 5]), new Float32Array(0))
  t.same(file.info('i16'), { name: 'i16', dtype: 'I16', shape: [2], start: 32 + 12 + 4 + 4, bytes: 4 })
  t.equal(file.list().length, Object.keys(tensors).length)
  t.ok(file.has('i32'))
  t.notOk(file.has('i33'))
})

t.test('a tensor is a view on the file, and all that we write are aligned', async t => {
  const bytes = encodeTensorFile({
    tensors: { a: Uint8Array.of(1), b: Float64Array.of(2), c: Float32Array.of(3), d: Int16Array.of(4) },
  })
  const file = new TensorFile(bytes)
  for (const [name, dtype] of [
    ['a', 'U8'],
    ['b', 'F64'],
    ['c', 'F32'],
    ['d', 'I16'],
  ] as const) {
    t.equal(file.tensor(name, dtype).buffer, bytes.buffer, `${name} is a view`)
  }
  const json = new DataView(bytes.buffer).getBigUint64(0, true)
  t.equal((8n + json) % 16n, 0n, 'the data begins at a multiple of 16')
})

t.test('names that are special to JavaScript are plain names in a tensor file', async t => {
  const tensors = Object.fromEntries([
    ['__proto__', Uint8Array.of(1)],
    ['constructor', Uint8Array.of(2)],
    ['7', Uint8Array.of(3)],
  ])
  const file = new TensorFile(encodeTensorFile({ tensors }))
  t.same(file.tensor('__proto__', 'U8'), Uint8Array.of(1))
  t.same(file.tensor('constructor', 'U8'), Uint8Array.of(2))
  t.notOk(file.has('toString'))
})

t.test('a foreign file that starts tensors at odd addresses is read, by copies', async t => {
  const data = Buffer.alloc(1 + 8 + 8)
  data.writeFloatLE(1.25, 1)
  data.writeFloatLE(-3.5, 5)
  data.writeDoubleLE(Math.E, 9)
  const header = {
    odd: vector(0, 1),
    f32: { dtype: 'F32', shape: [1, 2], data_offsets: [1, 9] },
    f64: { dtype: 'F64', shape: [], data_offsets: [9, 17] },
  }
  for (const padding of ['', ' ', '  ', '   ']) {
    const file = new TensorFile(foreignFile(JSON.stringify(header) + padding, data))
    t.same(file.tensor('f32', 'F32', [1, 2]), Float32Array.of(1.25, -3.5))
    t.same(file.tensor('f64', 'F64', []), Float64Array.of(Math.E))
  }
})

t.test('a tensor that was moved is read where it is now', async t => {
  const file = foreignFile({ a: vector(0, 3) }, Uint8Array.of(1, 2, 3))
  const image = new Uint8Array(file.length + 16)
  image.set(file)
  image.set([7, 8, 9], file.length + 1)
  const moved = new TensorFile(image.subarray(0, file.length), 'M-model', { a: file.length + 1 })
  t.same(moved.tensor('a', 'U8'), Uint8Array.of(7, 8, 9))
})

t.test('dtypes without a typed array are readable as bytes, and refused as numbers', async t => {
  const dtypes = { F16: 2, BF16: 2, I64: 8, U64: 8, BOOL: 1, F8_E4M3: 1 }
  for (const [dtype, size] of Object.entries(dtypes)) {
    const data = Uint8Array.from({ length: 2 * size }, (_, i) => i)
    const file = new TensorFile(foreignFile({ x: { dtype, shape: [2], data_offsets: [0, 2 * size] } }, data))
    t.same(file.raw('x'), data)
    t.throws(() => file.tensor('x', 'F32'), { code: 'ARTIFACT_INVALID', message: new RegExp(`is ${dtype}, not F32`) })
  }
})

t.test('asking for a tensor that is not as expected says what the file has', async t => {
  const file = new TensorFile(
    encodeTensorFile({ tensors: { m: { data: new Float32Array(6), shape: [2, 3] } } }),
    'X-model',
  )
  const refused = (message: string) => ({ code: 'ARTIFACT_INVALID', message: new RegExp(message) })
  t.throws(() => file.tensor('n', 'F32'), refused('X-model.*tensor "n" is missing \\(it has: m\\)'))
  t.throws(() => file.tensor('m', 'F64'), refused('tensor "m" is F32, not F64'))
  t.throws(() => file.tensor('m', 'F32', [3, 2]), refused('has the shape \\[2, 3\\], not \\[3, 2\\]'))
  t.throws(() => file.tensor('m', 'F32', [null]), refused('not \\[any\\]'))
  t.throws(() => file.strings('v'), refused('"v.bytes" is missing'))
})

t.test('every broken header is said to be broken, with what is wrong', async t => {
  const eight = new Uint8Array(8)
  const tensor = (fields: object) => foreignFile({ x: { ...vector(0, 8), ...fields } }, eight)
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /has 0 bytes, too few/],
    ['seven bytes', new Uint8Array(7), /has 7 bytes, too few/],
    ['a length beyond the file', foreignFile('{}').subarray(0, 9), /header claims 2 bytes, the file has 9/],
    ['a length of 2^64 - 1', new Uint8Array(16).fill(255), /claims 18446744073709551615 bytes/],
    ['a header of 2 MiB', foreignFile(`{}${' '.repeat(2 << 20)}`), /more than 1048576/],
    ['no JSON', foreignFile('{"a":'), /not a JSON object/],
    ['a list', foreignFile('[]'), /not a JSON object/],
    ['a space before the header', foreignFile(' {}'), /not a JSON object/],
    ['invalid UTF-8', foreignFile('{}').fill(0xff, 8), /not a JSON object/],
    [
      'a pickle',
      new Uint8Array(Buffer.from('\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00some python', 'latin1')),
      /claims/,
    ],
    ['metadata that is no map', foreignFile({ __metadata__: ['a'] }), /__metadata__ is not a map of strings/],
    ['metadata of numbers', foreignFile({ __metadata__: { a: 1 } }), /__metadata__/],
    ['a tensor that is null', foreignFile({ x: null }), /unknown dtype undefined/],
    ['an unknown dtype', tensor({ dtype: 'F128' }), /"x" has the unknown dtype "F128"/],
    ['a dtype of the prototype', tensor({ dtype: 'toString' }), /unknown dtype/],
    ['a shape that is none', tensor({ shape: 'wide' }), /shape that is not a list of sizes/],
    ['a negative size', tensor({ shape: [-8] }), /shape/],
    ['a size of 1e300', tensor({ shape: [1e300] }), /shape/],
    ['a shape of 65 ones', tensor({ shape: new Array(65).fill(1) }), /shape/],
    ['sizes whose product overflows', tensor({ shape: [2 ** 40, 2 ** 40] }), /needs .* bytes/],
    ['no offsets', tensor({ data_offsets: undefined }), /data_offsets that are not/],
    ['three offsets', tensor({ data_offsets: [0, 4, 8] }), /data_offsets that are not/],
    ['offsets in reverse', tensor({ data_offsets: [8, 0] }), /lies at 8\.\.0/],
    ['an end beyond the data', tensor({ shape: [9], data_offsets: [0, 9] }), /outside of the 8 bytes/],
    ['a shape of other bytes', tensor({ shape: [7] }), /needs 7 bytes, its data_offsets give 8/],
    [
      'overlap',
      foreignFile({ x: vector(0, 5), y: vector(4, 8) }, eight),
      /"y" begins at 4, the one before it ends at 5/,
    ],
    ['a hole', foreignFile({ x: vector(0, 3), y: vector(4, 8) }, eight), /"y" begins at 4/],
    ['data behind the last tensor', foreignFile({ x: vector(0, 7) }, eight), /end at 7, the file has 8/],
    ['data and no tensor', foreignFile({}, eight), /end at 0/],
  ]
  for (const [name, bytes, message] of cases) {
    t.throws(() => new TensorFile(bytes, 'X-model'), { code: 'TENSOR_FILE_BROKEN', status: 422, message }, name)
  }
})

t.test('a hostile header is refused in a short message', async t => {
  const deep = `{"x":{"dtype":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
  const longName = foreignFile({ ['n'.repeat(500_000)]: {} })
  const messageOf = (bytes: Uint8Array) => {
    try {
      return new TensorFile(bytes).file
    } catch (error) {
      return isHostError(error) && error.code === 'TENSOR_FILE_BROKEN' ? error.message : error
    }
  }
  for (const bytes of [foreignFile(deep), longName]) {
    t.match(messageOf(bytes), /^tensor file is not a valid tensor file: .{1,300}$/)
  }
})

const tensorsArbitrary = fc.dictionary(
  fc.string({ maxLength: 8 }).filter(name => name !== '__metadata__'),
  fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.float32Array({ maxLength: 9 }),
    fc.float64Array({ maxLength: 5 }),
    fc.uint32Array({ maxLength: 9 }),
    fc.int16Array({ maxLength: 9 }),
  ),
  { noNullPrototype: true },
)

t.test('any tensors survive writing and reading', async () => {
  fc.assert(
    fc.property(tensorsArbitrary, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
      const file = new TensorFile(encodeTensorFile({ tensors, metadata }))
      for (const [name, data] of Object.entries(tensors)) {
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        if (Buffer.compare(file.raw(name), bytes) !== 0) throw new Error(`${name} differs`)
      }
      return Object.keys(tensors).length === file.list().length
    }),
    { numRuns: 1000 },
  )
})

/** Reads all of a file that may be broken. @throws whatever is no clear 4xx */
function readAll(bytes: Uint8Array): void {
  try {
    const file = new TensorFile(bytes)
    for (const { name, dtype } of file.list()) {
      file.raw(name)
      if (dtype === 'F32' || dtype === 'U32' || dtype === 'U8' || dtype === 'F64') file.tensor(name, dtype)
    }
    const table = file.strings('words')
    for (let i = 0; i < Math.min(table.size, 20); i++) table.find(table.get(i))
    file.stringList('words').get(0)
  } catch (error) {
    if (!isHostError(error) || error.status >= 500 || error.status === 507) throw error
  }
}

t.test('bytes of any kind are a file that works or a clear refusal', async () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 2000 })
  fc.assert(
    fc.property(fc.json(), fc.uint8Array({ maxLength: 40 }), (json, data) => readAll(foreignFile(json, data))),
    { numRuns: 2000 },
  )
})

const validFile = encodeTensorFile({
  tensors: { ...stringTable('words', ['maske', 'schützt', 'nicht', '', '5G']), vectors: new Float32Array(20) },
  metadata: { format: '1' },
})

t.test('a valid file with some bytes changed, cut or added works or is clearly refused', async () => {
  const change = fc.tuple(fc.nat(validFile.length - 1), fc.nat(255))
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: -40, max: 10 }),
      (changes, grow) => {
        const bytes = new Uint8Array(Math.max(0, validFile.length + grow))
        bytes.set(validFile.subarray(0, bytes.length))
        for (const [at, value] of changes) bytes[at] = value
        readAll(bytes)
      },
    ),
    { numRuns: 5000 },
  )
})

t.test('a valid header with some of its numbers and words changed works or is clearly refused', async () => {
  const header = { 'words.bytes': vector(0, 6), 'words.offsets': { dtype: 'U32', shape: [3], data_offsets: [6, 18] } }
  const data = Buffer.alloc(18)
  const anything = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, 6, 18, 2 ** 53, -1),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const field = fc.constantFrom('dtype', 'shape', 'data_offsets', 'begin', 'end')
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), field, anything), { minLength: 1, maxLength: 3 }), changes => {
      const changed = structuredClone(header) as Record<string, Record<string, unknown>>
      for (const [isFirst, name, value] of changes) {
        const tensor = changed[isFirst ? 'words.bytes' : 'words.offsets']!
        const offsets = tensor.data_offsets
        if (name === 'begin' && Array.isArray(offsets)) offsets[0] = value
        else if (name === 'end' && Array.isArray(offsets)) offsets[1] = value
        else tensor[name] = value
      }
      readAll(foreignFile(changed, data))
    }),
    { numRuns: 3000 },
  )
})

t.test('a file is written as a whole, and nothing is left of a failed write', async t => {
  const path = await folder(t)
  await writeTensorFile(join(path, 'X-model'), { tensors: { a: Uint8Array.of(1, 2) } })
  t.same(new TensorFile(await readFile(join(path, 'X-model'))).tensor('a', 'U8'), Uint8Array.of(1, 2))

  const wrong = { tensors: { a: { data: new Float32Array(3), shape: [2] } } }
  await t.rejects(writeTensorFile(join(path, 'X-model'), wrong), /has 3 numbers, its shape \[2\]/)
  await writeFile(join(path, 'file'), '')
  await t.rejects(writeTensorFile(join(path, 'file', 'X-model'), { tensors: {} }), { code: 'ENOTDIR' })
  t.same((await readdir(path)).sort(), ['X-model', 'file'])
})

// String tables

const tableOf = (strings: readonly string[]) =>
  new TensorFile(encodeTensorFile({ tensors: stringTable('v', strings) })).strings('v')

// Any UTF-16, so with unpaired surrogates; and few different units, so that strings repeat.
const anyText = fc.array(fc.oneof(fc.nat(0xffff), fc.constantFrom(0x61, 0xe4, 0xd83d, 0xde00)), { maxLength: 6 })
const textArbitrary = anyText.map(units => String.fromCharCode(...units))

t.test('a string table finds what a Map of the same strings finds', async () => {
  const asWritten = (text: string) => Buffer.from(text).toString()
  fc.assert(
    fc.property(fc.array(textArbitrary, { maxLength: 50 }), fc.array(textArbitrary), (strings, others) => {
      const map = new Map(strings.map((text, i) => [asWritten(text), i] as const).toReversed())
      const table = tableOf(strings)
      const isSame = (text: string) => table.find(text) === (map.get(asWritten(text)) ?? -1)
      return strings.every((text, i) => table.get(i) === asWritten(text) && isSame(text)) && others.every(isSame)
    }),
    { numRuns: 2000 },
  )
})

t.test('a part of a text is looked up in its place', async t => {
  const table = tableOf(['ab', 'b', '😀', ''])
  const text = 'xab😀'
  t.equal(table.find(text, 1, 3), 0)
  t.equal(table.find(text, 2, 3), 1)
  t.equal(table.find(text, 3), 2)
  t.equal(table.find(text, 3, 4), -1, 'half of a pair is no string of the table')
  t.equal(table.find(text, 2, 2), 3)
  t.equal(table.find('b'.repeat(5000)), -1, 'a word longer than any')
})

t.test('a table without an index, or with a lying or foreign one, finds the same', async t => {
  const strings = Array.from({ length: 300 }, (_, i) => `word${i}`)
  const tensors = stringTable('v', strings) as Record<string, Uint8Array | Uint32Array>
  const index = tensors['v.index'] as Uint32Array
  const lies: Record<string, Uint32Array | Float32Array | undefined> = {
    absent: undefined,
    'all empty': new Uint32Array(index.length),
    'all full': new Uint32Array(index.length).fill(7),
    'beyond the strings': new Uint32Array(index.length).fill(2 ** 32 - 1),
    'turned by one': Uint32Array.from(index, (_, i) => index[(i + 1) % index.length]!),
    'not a power of two': new Uint32Array(index.length - 1),
    'too small': Uint32Array.of(1),
    'of no entries': new Uint32Array(0),
    'of another dtype': new Float32Array(index.length),
  }
  for (const [name, lie] of Object.entries(lies)) {
    const { 'v.index': _, ...rest } = tensors
    const file = new TensorFile(encodeTensorFile({ tensors: lie ? { ...rest, 'v.index': lie } : rest }))
    const table = file.strings('v')
    t.ok(
      strings.every((word, i) => table.find(word) === i),
      name,
    )
    t.equal(table.find('word300'), -1)
  }
})

/** The hash of string tables, as documented. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

t.test('strings that were made to collide are still found, in bounded time', async t => {
  const colliding: string[] = []
  for (let i = 0; colliding.length < 150; i++) if ((hashOf(`w${i}`) & 4095) === 5) colliding.push(`w${i}`)
  const tensors = stringTable('v', colliding)
  t.notOk('v.index' in tensors, 'no index serves them')

  const table = tableOf(colliding)
  t.ok(colliding.every((word, i) => table.find(word) === i))
  t.equal(table.find('other'), -1)
  t.equal(table.find('\ud800'), -1)
})

t.test('a table of one string many times keeps its index, and finds the first', async t => {
  const tensors = stringTable('v', new Array(100_000).fill('same'))
  t.ok('v.index' in tensors)
  t.equal(new TensorFile(encodeTensorFile({ tensors })).strings('v').find('same'), 0)
})

t.test('strings whose offsets do not rise within their bytes are refused', async t => {
  const bytes = Buffer.from('abcdef')
  for (const offsets of [[], [1, 6], [0, 4, 3], [0, 7], [0, 2 ** 32 - 1]]) {
    const refused = { code: 'ARTIFACT_INVALID', status: 422, message: /^X-model .*a list of strings/ }
    t.throws(() => new StringTable(bytes, Uint32Array.from(offsets), undefined, 'X-model'), refused)
    t.throws(() => new StringList(bytes, Uint32Array.from(offsets), 'X-model'), refused)
  }
})

t.test('bytes that are no UTF-8 read as replacement characters', async t => {
  const table = new StringTable(Uint8Array.of(0x61, 0xff, 0x62), Uint32Array.of(0, 2, 3))
  t.equal(table.get(0), 'a\ufffd')
  t.equal(table.find('b'), 1)
})

// String lists

t.test('a string list gives back the texts that it was written from, also from a generator', async () => {
  const listOf = (strings: Iterable<string>) =>
    new TensorFile(encodeTensorFile({ tensors: stringList('d', strings) })).stringList('d')
  function* generate(strings: readonly string[]) {
    yield* strings
  }
  fc.assert(
    fc.property(fc.array(fc.oneof(textArbitrary, fc.string({ minLength: 100, maxLength: 1000 }))), strings => {
      const lists = [listOf(strings), listOf(generate(strings))]
      return lists.every(
        list => list.size === strings.length && strings.every((text, i) => list.get(i) === text.toWellFormed()),
      )
    }),
  )
})

t.test('a string list and a string table are read as each other, and a list looks at no index', async t => {
  const texts = ['eins', 'zwei', 'eins']
  t.same(Object.keys(stringList('v', texts)), ['v.bytes', 'v.offsets'])
  const file = new TensorFile(
    encodeTensorFile({
      tensors: {
        ...stringList('list', texts),
        ...stringTable('table', new Set(texts)),
        ...stringList('lying', texts),
        'lying.index': new Float32Array(3),
      },
    }),
  )
  t.equal(file.strings('list').find('zwei'), 1)
  t.equal(file.stringList('table').get(1), 'zwei')
  t.equal(file.stringList('lying').get(2), 'eins')
  t.throws(() => file.stringList('other'), { code: 'ARTIFACT_INVALID', message: /"other.bytes" is missing/ })
})

t.test('strings of more bytes than an offset can say are refused before they are written', async t => {
  const texts = new Array(4096).fill('x'.repeat(2 ** 20))
  const message = /^The strings of "documents" have more than 4294967295 bytes/
  t.throws(() => stringList('documents', texts), { name: 'RangeError', message })
})
