import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { fail, isHostError, Type } from 'modelhost'
import t from 'tap'
import { readText } from '../../core/body-text.js'
import type { Decoded } from '../../core/codec.js'
import { splitCsv } from '../../core/csv.js'
import { bytesOf, codecOf } from '../helpers/codec.js'

const pairs = Type.Object({
  text1: Type.String(),
  text2: Type.String(),
  top: Type.Optional(Type.Integer({ minimum: 1 })),
  exact: Type.Optional(Type.Boolean()),
})
const one = Type.Object({ top: Type.Optional(Type.Integer()), text: Type.String({ minLength: 1 }) })

const codec = codecOf(pairs)
const textCodec = codecOf(one)
const decode = (body: string | Uint8Array, type?: string, encoding?: string) =>
  codec.decode(bytesOf(body), type, encoding)
const textOf = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString()

const refused = (code: string, message = /./) => ({ code, message })
const malformed = (message: RegExp) => refused('BODY_MALFORMED', message)

// From bytes to instances

t.test('a text, or a body without a type, fills the first required string property', async t => {
  const expected = { instances: [{ text: 'Grüße' }], isList: false, type: 'text/plain', wrap: false }
  for (const type of ['text/plain', undefined, '', 'text/plain; charset=utf-8', 'TEXT/Plain']) {
    t.same(textCodec.decode(bytesOf('Grüße'), type, undefined), expected)
  }
  t.same(codecOf(Type.String()).decode(bytesOf('a'), undefined, undefined).instances, ['a'])
  const numbers = codecOf(Type.Object({ n: Type.Number() }))
  t.throws(
    () => numbers.decode(bytesOf('a'), 'text/plain', undefined),
    refused('MEDIA_TYPE_UNSUPPORTED', /Send one of: text\/csv, application\/json/),
  )
})

t.test('each CSV row fills the properties in order, coerced to their types', async t => {
  const decoded = decode('a,b\r\n"x, ""y""\nz", 5 ,7,True\n,\n\na,b,,false\n', 'text/csv')
  t.same(decoded, {
    instances: [
      { text1: 'a', text2: 'b' },
      { text1: 'x, "y"\nz', text2: ' 5 ', top: 7, exact: true },
      { text1: '', text2: '' },
      { text1: 'a', text2: 'b', exact: false },
    ],
    isList: true,
    type: 'text/csv',
    wrap: false,
  })
  t.same(decoded.instances.map(codec.check), [undefined, undefined, undefined, undefined])
})

t.test('what an instance leaves out has the default of the schema', async t => {
  const labels = Type.Array(Type.String(), { default: ['a'] })
  const request = Type.Object({ style: Type.String({ default: 'plain' }), text: Type.String(), labels })
  const { decode, check } = codecOf(request)
  const instancesOf = (body: string, type: string) => decode(bytesOf(body), type, undefined).instances
  const filled = { style: 'plain', text: 'x', labels: ['a'] }
  t.same(instancesOf('x', 'text/plain'), [filled], 'the text is not what has a default')
  t.same(instancesOf('{"text": "x"}', 'application/json'), [filled])
  t.same(instancesOf(',x\nbold,x,"[""b""]"\n', 'text/csv'), [filled, { style: 'bold', text: 'x', labels: ['b'] }])
  const [first, second] = instancesOf('{"text": "x"}\n{"text": "x"}\n', 'application/jsonlines') as {
    labels: unknown
  }[]
  t.not(first!.labels, second!.labels, 'no two instances share one')
  t.equal(check(filled), undefined)
  t.match(
    check({ style: 'plain', labels: [] }),
    /^text is missing\. A request is \{"style"\?: string, "text": string, "labels"\?: \[/,
  )
})

t.test('a row with too few or too many columns is its own error', async t => {
  const decoded = decode('a\na,b\na,b,1,true,x\n', 'text/csv')
  t.same(
    [...decoded.failures!],
    [
      [0, 'A row has 1 column. Its columns are text1,text2,top,exact.'],
      [2, 'A row has 5 columns. Its columns are text1,text2,top,exact.'],
    ],
  )
  t.same(decoded.instances[1], { text1: 'a', text2: 'b' })
})

t.test('a field that is not of its type is left to the check', async t => {
  const { instances } = decode('a,b,many\na,b,1.5\na,b,0', 'text/csv')
  t.match(instances.map(codec.check), [/^top must be an integer of at least 1, but is "many"/, /is "1.5"/, /is "0"/])
})

t.test('a schema of one scalar is a CSV of one column', async t => {
  const { instances, failures } = codecOf(Type.Number()).decode(bytesOf('1\n2.5\n1,2'), 'text/csv', undefined)
  t.same(instances.slice(0, 2), [1, 2.5])
  t.match(failures?.get(2), /A row has 2 columns. One value: number/)
  t.throws(
    () => codecOf(Type.Array(Type.Number())).decode(bytesOf('1'), 'text/csv', undefined),
    refused('MEDIA_TYPE_UNSUPPORTED'),
  )
})

t.test('a CSV that says that it has a header loses that row', async t => {
  t.same(decode('text1,text2\na,b', 'text/csv; header=present').instances, [{ text1: 'a', text2: 'b' }])
  t.throws(() => decode('text1,text2\n', 'text/csv; header=present'), malformed(/no rows/))
})

t.test('a JSON value is one instance, {"instances"} a list of them', async t => {
  const type = 'application/json'
  t.same(decode('{"text1":"a","text2":"b"}', type), {
    instances: [{ text1: 'a', text2: 'b' }],
    isList: false,
    type,
    wrap: false,
  })
  t.same(decode('{"instances":[{"text1":"a"}, "x", 5], "more": 1}', type), {
    instances: [{ text1: 'a' }, { text1: 'x' }, 5],
    isList: true,
    type,
    wrap: true,
  })
  t.same(decode('"x"', type).instances, [{ text1: 'x' }])
  t.same(decode('[1]', type).instances, [[1]])
  t.same(decode('null', type).instances, [null])
  t.same(decode('{"instances":[]}', type).instances, [])
  const own = codecOf(Type.Object({ instances: Type.Array(Type.Number()) }))
  t.same(own.decode(bytesOf('{"instances":[1]}'), type, undefined).instances, [{ instances: [1] }])
})

t.test('each JSON line is an instance, and a bad line its own error', async t => {
  const decoded = decode('{"text1":"a"}\r\n\n"x"\n{bad}\n', 'application/jsonlines')
  t.match(decoded, { instances: [{ text1: 'a' }, { text1: 'x' }, undefined], isList: true, wrap: false })
  t.match(decoded.failures?.get(2), /^A line is not valid JSON: .*\. Each line is \{"text1": string/)
  t.equal(decoded.failures?.size, 1)
})

t.test('a content type is known by any of its spellings', async t => {
  const spellings: Record<string, string> = {
    'application/json; charset=utf-8': 'application/json',
    'Application/JSON;CHARSET="UTF-8"': 'application/json',
    'application/json ; a=b ; charset=utf8;': 'application/json',
    'application/vnd.api+json': 'application/json',
    'application/x-ndjson': 'application/jsonlines',
    'application/jsonl': 'application/jsonlines',
    'application/x-jsonlines': 'application/jsonlines',
    'text/csv; label_size=0': 'text/csv',
  }
  for (const [spelling, type] of Object.entries(spellings))
    t.equal(decode('"a","b"'.slice(0, 3), spelling).type, type, spelling)
})

t.test('a content type that is none, or not one that can be read, is refused', async t => {
  const wrong = [
    'json',
    'application/',
    '/json',
    'a/b/c',
    'application/json, text/csv',
    'application/json; charset',
    'text/csv; charset="utf-8',
    'application/json; charset=klingon',
    'image/png',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'text plain/x',
    '; charset=utf-8',
    'x'.repeat(5000),
  ]
  for (const type of wrong) {
    t.throws(
      () => decode('{}', type),
      refused(
        'MEDIA_TYPE_UNSUPPORTED',
        /Send one of: text\/plain, text\/csv, application\/json, application\/jsonlines\.$/,
      ),
      type,
    )
  }
})

t.test('a text is read in its charset, without a byte order mark', async t => {
  const latin = Buffer.from('Grüße', 'latin1')
  t.same(textCodec.decode(latin, 'text/plain; charset=ISO-8859-1', undefined).instances, [{ text: 'Grüße' }])
  const utf16 = Buffer.from('\ufeffGrüße', 'utf16le')
  t.same(textCodec.decode(utf16, 'text/plain; charset=utf-16le', undefined).instances, [{ text: 'Grüße' }])
  t.same(decode('\ufeff{"text1":"a"}', 'application/json').instances, [{ text1: 'a' }])
  t.throws(() => decode(latin, 'text/plain'), malformed(/not valid utf-8. Send UTF-8 text/))
})

t.test('a body is read as a TextDecoder reads it, of any bytes and any length', async t => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const isReadAlike = (bytes: Uint8Array) => {
    let expected: string
    try {
      expected = decoder.decode(bytes)
    } catch {
      try {
        readText(bytes, 'utf-8')
        return false
      } catch (error) {
        return isHostError(error) && error.code === 'BODY_MALFORMED'
      }
    }
    return readText(bytes, 'utf-8') === expected
  }
  const byte = fc.oneof(
    fc.nat(255),
    fc.constantFrom(0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xdf, 0xe2, 0xf4, 0xff),
  )
  const latin = fc.string({ unit: fc.constantFrom(...'abc ,\n\0\x7f\x80\xbfäöüßÿ×÷') })
  const rare = fc.constantFrom('', '', '\ufeff', 'Ā', '„', '😀')
  const bodies = fc.oneof(
    fc.array(byte, { maxLength: 12 }).map(bytes => Uint8Array.from(bytes)),
    fc.tuple(rare, latin, rare, latin, rare).map(parts => bytesOf(parts.join(''))),
    fc
      .tuple(latin, fc.array(byte, { maxLength: 2 }))
      .map(([text, end]) => Buffer.concat([bytesOf(text), Buffer.from(end)])),
  )
  fc.assert(
    // Lanes read bodies at odd places of a larger buffer.
    fc.property(bodies, fc.nat(5), (body, offset) => {
      const larger = new Uint8Array(body.length + 10).fill(0xc3)
      larger.set(body, offset)
      return isReadAlike(larger.subarray(offset, offset + body.length))
    }),
    { numRuns: 10_000 },
  )
  for (const size of [-3, -2, -1, 0, 1, 2, 3, 4]) {
    const long = Buffer.from(`\ufeff${'x'.repeat(2 ** 18 + size)}`)
    for (const body of [long, long.subarray(3)]) t.ok(isReadAlike(body), `2^18 + ${size}`)
    for (const end of ['ü', 'Ā', '„']) t.ok(isReadAlike(Buffer.from('x'.repeat(2 ** 18 + size) + end)), end)
    t.ok(isReadAlike(Buffer.from([...long.subarray(3), 0xc3])), 'cut amid a character')
  }
})

t.test('a compressed body is unpacked, within the bound of a body', async t => {
  const text = bytesOf('hello')
  const packed: [string, Uint8Array][] = [
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['identity', text],
  ]
  for (const [encoding, body] of packed)
    t.same(decode(body, undefined, encoding).instances, [{ text1: 'hello' }], encoding)

  const bomb = gzipSync(new Uint8Array(10_000_000))
  t.throws(() => decode(bomb, undefined, 'gzip'), refused('BODY_TOO_LARGE', /larger than 10000 bytes/))
  t.throws(() => decode('hello', undefined, 'gzip'), malformed(/not valid gzip/))
  t.throws(() => decode(gzipSync(text).subarray(0, 15), undefined, 'gzip'), malformed(/not valid gzip/))
  t.throws(() => decode('', undefined, 'deflate'), malformed(/not valid deflate/))
  for (const encoding of ['br', 'gzip, gzip', 'constructor']) {
    t.throws(
      () => decode(text, undefined, encoding),
      refused('MEDIA_TYPE_UNSUPPORTED', /Content-Encoding: .*gzip, deflate, identity/),
    )
  }
})

t.test('an empty body is refused, but where an empty text is an instance', async t => {
  t.throws(() => decode('', 'application/json'), malformed(/body is empty. Send \{"text1": string/))
  t.throws(() => decode(' \n', 'application/json'), malformed(/body is empty/))
  t.throws(() => decode('', 'text/csv'), malformed(/no rows. Send rows of text1,text2,top,exact/))
  t.throws(() => decode('\n\r\n', 'text/csv'), malformed(/no rows/))
  t.throws(() => decode('\n', 'application/jsonlines'), malformed(/no lines/))
  t.throws(() => textCodec.decode(bytesOf(''), undefined, undefined), malformed(/body is empty. Send a text/))
  t.same(codecOf(Type.String()).decode(bytesOf(''), undefined, undefined).instances, [''])
})

t.test('a body that cannot be cut into instances is refused with what is wrong', async t => {
  t.throws(
    () => decode('{"text1": oops}', 'application/json'),
    malformed(/not valid JSON: Unexpected token 'o'\. Send \{"text1"/),
  )
  t.throws(
    () => decode('{"instances": {}}', 'application/json'),
    malformed(/"instances" must be a list, but is an object/),
  )
  t.throws(() => decode('a,"b', 'text/csv'), malformed(/Row 1 opens a quote that is never closed/))
  t.throws(() => decode('a,b\n"a"x,b', 'text/csv'), malformed(/Row 2 goes on after the closing quote/))
})

t.test('a body nested a hundred thousand deep is answered like any other wrong one', async t => {
  const deep = '['.repeat(4000) + ']'.repeat(4000)
  const { instances } = decode(deep, 'application/json')
  t.match(codec.check(instances[0]), /must be an object .* but is a list of 1/)
  const tree = Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) }, 'Node')
  const deeper = JSON.parse(`${'{"next":'.repeat(100_000)}{}${'}'.repeat(100_000)}`)
  t.match(codecOf(tree).check(deeper), /The request is nested too deeply/)
})

// The check

t.test('what is wrong with an instance is said by name, with the shape of a request', async t => {
  const shape = 'A request is {"text1": string, "text2": string, "top"?: integer, "exact"?: boolean}.'
  t.equal(codec.check({ text1: 'a', text2: 'b' }), undefined)
  t.equal(codec.check({ text1: 'a' }), `text2 is missing. ${shape}`)
  t.equal(codec.check({ text1: 'a', text2: 5 }), `text2 must be a string, but is 5. ${shape}`)
  t.equal(codec.check({ text1: 'a', text2: 'b', top: 0 }), `top must be an integer of at least 1, but is 0. ${shape}`)
  t.match(codec.check({ text1: 'a', text2: 'b', top: 'x'.repeat(10_000) }), /^.{0,250}$/)
  t.match(codec.check(null), /^The request must be an object \{"text1": string.*\}, but is null\.$/)
  t.match(codec.check(undefined), /but is undefined/)

  const refined = Type.Refine(
    Type.Object({ from: Type.Number(), to: Type.Number() }),
    ({ from, to }) => from <= to,
    () => 'from is behind to',
  )
  t.match(codecOf(refined).check({ from: 2, to: 1 }), /^The request is refused: from is behind to\. A request is/)

  const nested = codecOf(
    Type.Object({
      list: Type.Array(Type.Object({ 'a/b': Type.Number() }, { additionalProperties: false })),
      kind: Type.Optional(Type.Union([Type.Literal('x'), Type.Literal('y')])),
      either: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
    }),
  )
  t.match(nested.check({ list: [{ 'a/b': 1 }, { 'a/b': 'x' }] }), /^list\[1\]\.a\/b must be a number, but is "x"/)
  t.match(nested.check({ list: [{}] }), /^list\[0\]\.a\/b is missing/)
  t.match(nested.check({ list: [{ 'a/b': 1, c: 2 }] }), /^list\[0\]\.c is not known/)
  t.match(nested.check({ list: [], kind: 'z' }), /^kind must be one of "x", "y", but is "z"/)
  t.match(nested.check({ list: [], either: 'z' }), /^either must be a number or null, but is "z"/)
})

// From predictions to bytes

const csvBody = decode('a,b\nc,d', 'text/csv')
const linesBody = decode('"a"\n"b"', 'application/jsonlines')
const listBody = decode('{"instances":["a","b"]}', 'application/json')
const singleBody = decode('"a"', 'application/json')

t.test('an answer has the form of its request, unless another is asked for', async t => {
  const cases: [Decoded, string | undefined, string, string][] = [
    [singleBody, undefined, 'application/json', '[0.5,"x"]'],
    [listBody, undefined, 'application/json', '{"predictions":[[0.5,"x"],[0.5,"x"]]}'],
    [csvBody, undefined, 'application/json', '[[0.5,"x"],[0.5,"x"]]'],
    [linesBody, undefined, 'application/jsonlines', '[0.5,"x"]\n[0.5,"x"]\n'],
    [csvBody, 'text/csv', 'text/csv', '0.5,x\n0.5,x\n'],
    [linesBody, 'application/json', 'application/json', '[[0.5,"x"],[0.5,"x"]]'],
    [listBody, 'application/x-ndjson', 'application/jsonlines', '[0.5,"x"]\n[0.5,"x"]\n'],
    [singleBody, 'application/jsonlines', 'application/jsonlines', '[0.5,"x"]\n'],
  ]
  for (const [decoded, accept, type, text] of cases) {
    const encoded = codec.encode(
      decoded.instances.map(() => [0.5, 'x']),
      decoded,
      accept,
    )
    t.same([encoded.type, textOf(encoded)], [type, text], `${decoded.type} ${accept}`)
  }
})

t.test('the Accept header is read as HTTP has it', async t => {
  const choices: [string, Decoded, string][] = [
    ['*/*', csvBody, 'application/json'],
    ['*', csvBody, 'application/json'],
    ['text/*', csvBody, 'text/csv'],
    ['application/*', csvBody, 'application/json'],
    ['text/html, text/csv', csvBody, 'text/csv'],
    ['text/csv, application/json', csvBody, 'text/csv'],
    ['application/json, text/csv', csvBody, 'application/json'],
    ['application/json;q=0.5, text/csv;q=0.8', csvBody, 'text/csv'],
    ['application/json; q=0, */*', csvBody, 'text/csv'],
    ['TEXT/CSV ; charset=utf-8 ; Q=1', csvBody, 'text/csv'],
    ['application/json; charset=utf-8', singleBody, 'application/json'],
    ['text/html, image/gif, *; q=.2, */*; q=.2', singleBody, 'application/json'],
    ['', linesBody, 'application/jsonlines'],
    ['application/json;q=nonsense, */*;q=0.1', linesBody, 'application/jsonlines'],
  ]
  for (const [accept, decoded, type] of choices) t.equal(codec.acceptable(accept, decoded), type, accept)
  for (const accept of ['image/png', 'text/csv', 'json', 'application/json;q=0', 'text/plain']) {
    t.throws(
      () => codec.acceptable(accept, singleBody),
      refused('NOT_ACCEPTABLE', /Ask for one of: application\/json, application\/jsonlines/),
      accept,
    )
  }
})

t.test('a default type answers those who take any, where the request can be answered so', async t => {
  const csvFirst = codecOf(pairs, {}, 'text/csv')
  t.equal(csvFirst.acceptable(undefined, csvBody), 'text/csv')
  t.equal(csvFirst.acceptable('*/*', csvBody), 'text/csv')
  t.equal(csvFirst.acceptable('application/json', csvBody), 'application/json')
  t.equal(csvFirst.acceptable(undefined, singleBody), 'application/json')
})

t.test('predictions without JSON are null where JSON says so, and an error where it cannot', async t => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const list = (answers: unknown[]) => textOf(codec.encode(answers, csvBody, undefined))
  t.equal(list([undefined, Number.NaN]), '[null,null]')
  t.equal(list([() => 1, Symbol('x')]), '[null,null]')
  t.match(list([1n, 'ok']), /^\[\{"error":\{"code":"PREDICT_FAILED","message":"Plugin Pairs .*BigInt.*\},"ok"\]$/)
  t.match(list([cycle, 'ok']), /PREDICT_FAILED.*"ok"\]$/)
  t.equal(textOf(codec.encode([undefined], singleBody, undefined)), 'null')
  t.throws(() => codec.encode([1n], singleBody, undefined), refused('PREDICT_FAILED', /has no JSON/))
  t.match(textOf(codec.encode([1n, 2], linesBody, undefined)), /^\{"error".*\}\n2\n$/)
})

t.test('a CSV answer has a row for each prediction, quoted where it must be', async t => {
  const answers = [
    'a, "b"\nc',
    null,
    [1, 'x,y', null, true],
    { a: 1 },
    [[1]],
    [],
    { error: { code: 'REQUEST_INVALID', message: 'no' } },
  ]
  const expected =
    '"a, ""b""\nc"\n\n1,"x,y",,true\n"{""a"":1}"\n[[1]]\n[]\n"{""error"":{""code"":""REQUEST_INVALID"",""message"":""no""}}"\n'
  t.equal(textOf(codec.encode(answers, csvBody, 'text/csv')), expected)
})

// A plugin's own ways

t.test('a plugin decodes and encodes the content types that it names', async t => {
  const own = codecOf(pairs, {
    decode: {
      'application/x-words': body => [{ text1: String(body.length), text2: '' }],
      'text/csv': body => Buffer.from(body).toString().split(';'),
      'application/x-ndjson': () => [1],
    },
    encode: { 'text/csv': value => String(value), 'application/x-words': value => ({ value }) },
  })
  const ownOf = (body: string, type: string) => own.decode(bytesOf(body), type, undefined)
  t.same(ownOf('abc', 'application/x-words'), {
    instances: [{ text1: '3', text2: '' }],
    isList: false,
    type: 'application/x-words',
    wrap: false,
  })
  t.same(ownOf('a;b', 'text/csv; charset=utf-8'), {
    instances: ['a', 'b'],
    isList: true,
    type: 'text/csv',
    wrap: false,
  })
  t.same(ownOf('x', 'application/x-ndjson').instances, [1], 'a name of its own for what the host knows by another')
  t.same(ownOf('"x"', 'application/jsonl').instances, [{ text1: 'x' }])

  const failed = { error: { code: 'REQUEST_INVALID', message: 'no' } }
  t.equal(textOf(own.encode([0.5, failed], ownOf('a;b', 'text/csv'), undefined)), `["0.5",${JSON.stringify(failed)}]`)
  t.equal(textOf(own.encode([0.5], ownOf('a', 'application/x-words'), undefined)), '{"value":0.5}')
  t.throws(
    () => own.decode(bytesOf(''), 'image/png', undefined),
    refused('MEDIA_TYPE_UNSUPPORTED', /application\/x-words/),
  )
})

t.test("a plugin's decoder reads UTF-8 whatever the request's charset", async t => {
  const own = codecOf(pairs, { decode: { 'text/plain': body => [Buffer.from(body).toString()] } })
  t.same(own.decode(Buffer.from('ü', 'latin1'), 'text/plain; charset=latin1', undefined).instances, ['ü'])
})

t.test("a plugin's decoder that throws is the body's fault, one that returns no list its own", async t => {
  const own = codecOf(pairs, {
    decode: {
      'a/throws': () => JSON.parse('{'),
      'a/refuses': () => {
        throw fail('REQUEST_INVALID', { problem: 'no' })
      },
      'a/returns': (() => 'text') as never,
    },
    encode: {
      'text/csv': () => {
        throw new Error('broken')
      },
    },
  })
  const decodeAs = (type: string) => () => own.decode(bytesOf('x'), type, undefined)
  t.throws(decodeAs('a/throws'), malformed(/Plugin Pairs cannot read this body \(SyntaxError/))
  t.throws(decodeAs('a/refuses'), refused('REQUEST_INVALID'))
  t.throws(decodeAs('a/returns'), refused('PREDICT_FAILED', /returned "text" instead of a list/))
  t.match(
    textOf(own.encode([1], csvBody, undefined)),
    /^\[\{"error":\{"code":"PREDICT_FAILED","message":".*its encode threw Error: broken/,
  )
})

// Anything at all

t.test('any body of any type is decoded or refused with a 4xx', async () => {
  const types = fc.oneof(
    fc.constantFrom(
      'text/plain',
      'text/csv',
      'application/json',
      'application/jsonlines',
      'text/csv; charset=utf-16le',
      undefined,
    ),
    fc.string(),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `application/json;${a}=${b}`),
  )
  const bodies = fc.oneof(
    fc.uint8Array(),
    fc.json().map(bytesOf),
    fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', 'ü') }).map(bytesOf),
  )
  const encodings = fc.constantFrom(undefined, undefined, 'gzip', 'deflate', 'x')
  const accepts = fc.oneof(fc.constant(undefined), fc.string(), fc.constant('*/*'))
  fc.assert(
    fc.property(bodies, types, encodings, accepts, (body, type, encoding, accept) => {
      try {
        const decoded = codec.decode(body, type, encoding)
        codec.encode(decoded.instances.map(codec.check), decoded, accept)
      } catch (error) {
        if (!isHostError(error) || error.status >= 500) throw error
      }
    }),
    { numRuns: 5000 },
  )
})

// CSV

const oracle = (text: string) =>
  parse(text, { relax_column_count: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'] })

t.test('rows are cut as csv-parse cuts them', async () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', ' ', 'ü', '😀', ',', '"', '\n', '\r'), maxLength: 5 }),
    fc.string({ maxLength: 8 }),
  )
  const quoted = fc
    .tuple(field, fc.boolean())
    .map(([text, isQuoted]) => (isQuoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
  const row = fc.array(quoted, { minLength: 1, maxLength: 4 }).map(fields => fields.join(','))
  const separator = fc.constantFrom('\n', '\r\n', '\r', '\n\n')
  const body = fc.array(fc.tuple(row, separator), { maxLength: 6 }).map(rows => rows.flat().join(''))
  fc.assert(
    fc.property(body, fc.boolean(), (text, isCut) => {
      const csv = isCut ? text.replace(/[\r\n]+$/, '') : text
      return JSON.stringify(splitCsv(csv)) === JSON.stringify(oracle(csv))
    }),
    { numRuns: 5000 },
  )
})

t.test('any text is cut, or refused as csv-parse refuses it', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 12 })
  fc.assert(
    fc.property(text, csv => {
      try {
        return splitCsv(csv).every(row => row.length > 0)
      } catch (error) {
        if (!isHostError(error) || error.code !== 'BODY_MALFORMED') throw error
        try {
          oracle(csv)
          return false
        } catch {
          return true
        }
      }
    }),
    { numRuns: 5000 },
  )
})

t.test('odd rows are cut as people mean them', async t => {
  t.same(splitCsv('a,b'), [['a', 'b']])
  t.same(splitCsv('a,\n,b\n,'), [
    ['a', ''],
    ['', 'b'],
    ['', ''],
  ])
  t.same(splitCsv('""\n\n"",""'), [[''], ['', '']])
  t.same(splitCsv('say "hi",5" tube'), [['say "hi"', '5" tube']])
  t.same(splitCsv('"two\r\nlines"\r\nnext'), [['two\r\nlines'], ['next']])
  t.same(splitCsv(''), [])
})
