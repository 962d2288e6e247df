import { deepEqual } from 'node:assert/strict'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { Type } from 'modelhost'
import t from 'tap'
import { readFillings } from '../../cli/batch/columns.js'
import { jsonRows } from '../../cli/batch/json-rows.js'
import { type Line, readLines } from '../../cli/batch/lines.js'
import { rawMembers } from '../../cli/batch/raw-members.js'
import { outputLine, type Row } from '../../cli/batch/row.js'
import { type TableOptions, tableRows } from '../../cli/batch/table-rows.js'

const text = Type.Object({ text: Type.String() })
const pair = Type.Object({
  text1: Type.String(),
  text2: Type.String(),
  top: Type.Optional(Type.Integer()),
})

async function collect<T>(groups: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const group of groups) all.push(...group)
  return all
}

/** @param cut  bytes of each chunk */
const chunksOf = (bytes: Uint8Array, cut = bytes.length || 1) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
      Buffer.from(bytes.subarray(i * cut, (i + 1) * cut)),
    ),
  )

const table = (content: string | Uint8Array, options: Partial<TableOptions> = {}) =>
  collect(
    tableRows(chunksOf(Buffer.from(content), 7), {
      file: 'in.csv',
      kind: 'csv',
      delimiter: undefined,
      fillings: [],
      keep: undefined,
      schema: text,
      ...options,
    }),
  )
const requests = (rows: readonly Row[]) => rows.map(({ request }) => request)

t.test('lines are the same however their bytes are cut', async () => {
  const piece = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\r\n', 'ü', '🦜'))
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 9 }), async (pieces, cut) => {
      const content = pieces.join('').replaceAll('\ufeff', '').toWellFormed()
      const expected = content.split('\n').map(line => ({ text: line.replace(/\r$/, '') }))
      if (content.endsWith('\n') || content === '') expected.pop()
      deepEqual(await collect(readLines(chunksOf(Buffer.from(content), cut))), expected)
    }),
    { numRuns: 60 },
  )
})

t.test('a line that is not UTF-8 spoils no other; a byte order mark is none of the text', async t => {
  const bad = Buffer.concat([Buffer.from('\ufeffeins\nzw'), Buffer.of(0xff), Buffer.from('ei\ndrei')])
  const problem = { problem: 'The line is not UTF-8.' }
  t.same(await collect<Line>(readLines(chunksOf(bad))), [{ text: 'eins' }, problem, { text: 'drei' }])
  const wide = Buffer.from('\ufeff"ä"\r\n"🦜"\r\n', 'utf16le')
  t.same(await collect<Line>(readLines(chunksOf(wide, 3))), [{ text: '"ä"' }, { text: '"🦜"' }])
})

t.test('what has no end for 64 MiB is a bad line, and the next one is whole', async t => {
  const part = Buffer.alloc(16 << 20, 0x78)
  const chunks = Readable.from([Buffer.from('a\n'), ...Array(5).fill(part), Buffer.from('\nb\n')])
  const problem = { problem: 'The line is longer than 64 MiB.' }
  t.same(await collect<Line>(readLines(chunks)), [{ text: 'a' }, problem, { text: 'b' }])
})

t.test('members of an object stay as they are written, ids of any length too', async t => {
  const raw = rawMembers(
    ' {"id": 1234567890123456789 , "a\\"b":"}\\\\", "list":[1,{"x":"]"}], "e": 1.50e3,"none":null}',
  )
  t.same(
    [...raw],
    [
      ['id', '1234567890123456789'],
      ['a"b', '"}\\\\"'],
      ['list', '[1,{"x":"]"}]'],
      ['e', '1.50e3'],
      ['none', 'null'],
    ],
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, '\t'), (object, space) => {
      const read = [...rawMembers(JSON.stringify(object, null, space))].map(([name, value]) => [
        name,
        JSON.parse(value),
      ])
      deepEqual(read, Object.entries(JSON.parse(JSON.stringify(object))))
    }),
  )
})

t.test('JSON lines are instances as they are; blank ones have an answer too', async t => {
  const toRow = jsonRows({ fillings: [], keep: undefined })
  t.same(toRow({ text: '{"text": "a"} ' }), { request: '{"text": "a"} ' })
  t.same(toRow({ text: 'no json' }).request, 'no json', 'the host says what is wrong with it')
  t.match(toRow({ text: ' ' }), { request: undefined, problem: { message: 'The line is blank.' } })
})

t.test('of JSON lines a property is sent, and others are kept', async t => {
  const toRow = jsonRows({ fillings: readFillings(['body'], text), keep: ['id', 'at'] })
  const row = toRow({ text: '{"id": 1234567890123456789, "body": "Hi\\n", "x": []}' })
  t.same(row, { request: '"Hi\\n"', kept: '"id":1234567890123456789,"at":null,' })
  t.equal(outputLine(row, '[1]'), '{"id":1234567890123456789,"at":null,"prediction":[1]}')
  const error = '{"error":{"code":"A","message":"b"}}'
  t.equal(outputLine(row, error), '{"id":1234567890123456789,"at":null,"error":{"code":"A","message":"b"}}')
  t.match(toRow({ text: '{"id": 7}' }), { kept: '"id":7,"at":null,', problem: { message: 'The row has no "body".' } })
  for (const [line, message] of [
    ['[1]', 'The line is no JSON object.'],
    ['{"id": 7', /^The line is not valid JSON: /],
    ['', 'The line is blank.'],
  ] as const) {
    t.match(toRow({ text: line }), { kept: '"id":null,"at":null,', problem: { message } })
  }
  const two = jsonRows({ fillings: readFillings(['a', 'b'], pair), keep: undefined })
  t.equal(two({ text: '{"b": "2", "a": "1"}' }).request, '{"text1":"1","text2":"2"}')
})

t.test('a column of a table fills a request; cells with new lines and commas are whole', async t => {
  const content = '\ufeffid,tweet\r\n1,"Hello, ""big""\nworld"\r\n\r\n2,\n3,a,b\n4\n'
  const rows = await table(content, { fillings: readFillings(['tweet'], text), keep: ['id'] })
  t.same(requests(rows), ['"Hello, \\"big\\"\\nworld"', '""', undefined, undefined])
  t.same(
    rows.map(({ kept }) => kept),
    ['"id":"1",', '"id":"2",', '"id":"3",', '"id":"4",'],
  )
  t.match(rows[2]!.problem, { message: 'The row has 3 cells, the header 2. Quote cells that hold commas.' })
  const torn = { message: 'The row has 1 cells, the header 2: what is sent is not among them.' }
  t.match(rows[3]!.problem, torn, 'a torn row is no row with an empty text')
})

t.test('columns of a table are found by the names of a request, and typed by its schema', async t => {
  const content = 'text2;x;top;text1\nb;-;5;a\nd;-;;c\nf;-;many;e\n'
  t.same(requests(await table(content, { schema: pair, delimiter: ';' })), [
    '{"text1":"a","text2":"b","top":5}',
    '{"text1":"c","text2":"d"}',
    '{"text1":"e","text2":"f","top":"many"}',
  ])
  const short = await table('text1;text2;top\na;b\nc\n', { schema: pair, delimiter: ';' })
  t.same(requests(short), ['{"text1":"a","text2":"b"}', undefined], 'what need not be there may lack at the end')
  t.same(requests(await table('only\none\n')), ['"one"'], 'a single column is the one')
  const tabs = await table('text\tid\n"a\t1\n', { kind: 'tsv' })
  t.same(requests(tabs), ['{"text":"\\"a"}'], 'a .tsv has no quotes')
  const foreign = { schema: undefined, fillings: readFillings(['text1=a', 'n=b'], undefined) }
  t.same(requests(await table('a,b\nx,5\n', foreign)), ['{"text1":"x","n":"5"}'], 'of an unknown model all is text')
})

t.test('what is wrong with a table or its columns names what there is', async t => {
  const rejects = (given: Promise<unknown>, message: RegExp, exitCode: number) =>
    t.rejects(given, { message, exitCode })
  await rejects(table('a,b\n1,2\n'), /There is no column "text" \(in\.csv has: a, b\)\. .*--column NAME/, 2)
  await rejects(table('a,b\n1,2\n', { schema: undefined }), /Name the columns that are sent/, 2)
  const none = readFillings(['c'], text)
  await rejects(table('a,b\n1,2\n', { fillings: none }), /--column: in\.csv has no column "c" \(it has: a, b\)/, 2)
  await rejects(table('text,b\n1,2\n', { keep: ['c'] }), /--keep: in\.csv has no column "c"/, 2)
  await rejects(table('text,b,text\n1,2,3\n'), /in\.csv has more than one column "text"/, 2)
  await rejects(table(''), /in\.csv is empty/, 1)
  await rejects(table('text\n"never closed\n'), /in\.csv is no valid CSV at row 2 \(line \d\)/, 1)
  await rejects(table(Buffer.concat([Buffer.from('text\n'), Buffer.of(0xff)])), /in\.csv is not UTF-8 \(line 2\)/, 1)
  for (const [given, schema, message] of [
    [['nix=a'], text, /requests have no "nix" \(they have: text\)/],
    [['a', 'b'], text, /no more than text: --column b is one too many/],
    [['text=a', 'text=b'], text, /--column text= is given twice/],
    [['a', 'b'], undefined, /--column text1=a --column text2=b/],
    [[''], text, /--column is empty/],
  ] as const) {
    t.throws(() => readFillings(given, schema), { message, exitCode: 2 })
  }
})
