import fc from 'fast-check'
import { isHostError, Type } from 'modelhost'
import t from 'tap'
import { findRows } from '../../core/rows.js'
import { bytesOf, codecOf } from '../helpers/codec.js'

const type = 'application/vnd.modelhost.rows+json'
const pair = Type.Object({ text1: Type.String(), text2: Type.String() })
const search = Type.Object({ text: Type.String(), top: Type.Optional(Type.Integer({ minimum: 1 })) })
const codec = codecOf(search)

const decode = (body: string, { decode } = codec) => decode(bytesOf(body), type, undefined)
/** What is made of one row: its instance, the word null, or what is wrong. */
function read(row: string, of = codec): unknown {
  const { instances, failures, rows } = decode(`{"data": [${row}]}`, of)
  return rows!.nulls.has(0) ? 'null' : (failures?.get(0) ?? instances[0])
}
const malformed = (message: RegExp) => ({ code: 'BODY_MALFORMED', message })
const answer = (body: string, values: unknown[], accept?: string, contentType = type) => {
  const { body: bytes, type: answerType } = codec.encode(
    values,
    codec.decode(bytesOf(body), contentType, undefined),
    accept,
  )
  return { type: answerType, text: Buffer.from(bytes).toString() }
}

t.test('arguments fill the properties of a request in their order, with the types of JSON', async t => {
  t.strictSame(read('[0, "Grüße", 3]'), { text: 'Grüße', top: 3 })
  t.strictSame(read('[0, "Grüße"]'), { text: 'Grüße' })
  t.strictSame(read('[0, "Grüße", null]'), { text: 'Grüße' }, 'null leaves out what need not be given')
  t.strictSame(read('[0, "12", " 38 "]'), { text: '12', top: 38 }, 'a number given as text is read, a text stays one')
  t.strictSame(read('[0, 12]'), { text: 12 }, 'the check says that it must be a text')
  t.equal(read('[0, "a", 1, 2]'), 'A row has 3 arguments. Its arguments are text,top.')
  t.equal(read('[0]'), 'A row has 0 arguments. Its arguments are text,top.')
})

t.test('values of SQL come as JSON has them, and all else as text', async t => {
  const types = codecOf(
    Type.Object({
      n: Type.Number(),
      b: Type.Boolean(),
      day: Type.String(),
      bytes: Type.String(),
      list: Type.Array(Type.Any()),
      map: Type.Optional(Type.Record(Type.String(), Type.Any())),
    }),
  )
  const instance = { n: 12.5, b: true, day: '2026-11-20', bytes: '48656C', list: [1, null], map: { k: {} } }
  t.strictSame(read('[0, 12.50, true, "2026-11-20", "48656C", [1, null], {"k": {}}]', types), instance)
  t.strictSame(read('[0, "12.50", "true", "2026-11-20", "48656C", "[1, null]", "{\\"k\\": {}}"]', types), instance)
  t.equal(types.check(instance), undefined)
  const large = read('[0, 99999999999999999999999999999999999999, true, "", "", []]', types)
  t.match(large, { n: 1e38 }, 'the nearest number that there is')
})

t.test('an object alone is the instance itself', async t => {
  t.strictSame(read('[0, {"text": "a", "top": 2, "more": [1]}]'), { text: 'a', top: 2, more: [1] })
  t.strictSame(read('[0, {"text": "a", "top": null}]'), { text: 'a' })
  t.equal(read('[0, {"text": null}]'), 'null')
  t.strictSame(read('[0, {"tepxt": null}]'), { tepxt: null })
  t.strictSame(read('[0, {"text": "a"}, 5]'), { text: { text: 'a' }, top: 5 }, 'not beside others')
})

t.test('where what must be given is null, so is the answer', async t => {
  t.equal(read('[0, null]'), 'null')
  t.equal(read('[0, null, 5]'), 'null')
  t.equal(read('[0, null]', codecOf(pair)), 'null', 'an object may be meant')
  t.equal(read('[0, "a", null]', codecOf(pair)), 'null')
  t.equal(read('[0, null]', codecOf(Type.String())), 'null')
  t.equal(read('[0, null]', codecOf(Type.Union([Type.String(), Type.Null()]))), null, 'unless the model takes it')
  const nullable = Type.Object({ text: Type.Union([Type.String(), Type.Null()]) })
  t.strictSame(read('[0, null, 1]', codecOf(Type.Object({ ...nullable.properties, n: Type.Integer() }))), {
    text: null,
    n: 1,
  })
})

t.test('a row is of the first form of a request that has as many arguments', async t => {
  const both = codecOf(Type.Union([pair, search]))
  t.strictSame(read('[0, "a", "b"]', both), { text1: 'a', text2: 'b' })
  t.strictSame(read('[0, "a"]', both), { text: 'a' })
  t.equal(read('[0, null]', both), 'null')
  t.equal(read('[0, "a", null]', both), 'null')
  t.equal(read('[0, "a", "b", 1]', both), 'A row has 3 arguments. Its arguments are text1,text2 or text.')
  const kinds = codecOf(
    Type.Union([
      Type.Object({ kind: Type.Literal('p'), x: Type.String() }),
      Type.Object({ kind: Type.Literal('q'), y: Type.Integer({ default: 1 }) }),
    ]),
  )
  t.strictSame(read('[0, "q", "5"]', kinds), { kind: 'q', y: 5 })
  t.strictSame(read('[0, "p", "5"]', kinds), { kind: 'p', x: '5' })
  t.strictSame(read('[0, "q", null]', kinds), { kind: 'q', y: 1 }, 'with the defaults of its form')
})

t.test('requests that are no object take one argument', async t => {
  t.strictSame(read('[0, "a"]', codecOf(Type.String())), 'a')
  t.strictSame(read('[0, "2.5"]', codecOf(Type.Number())), 2.5)
  const list = codecOf(Type.Array(Type.Number()))
  t.strictSame(read('[0, [1, 2]]', list), [1, 2])
  t.strictSame(read('[0, "[1, 2]"]', list), [1, 2])
  t.equal(read('[0, 1, 2]', list), 'A row has 2 arguments. One argument: [number, ...].')
})

t.test('row numbers come back as they were written', async t => {
  const numbers = ['0', '12345678901234567890123', '1.50', '-0', '1E5']
  const body = `{"data": [${numbers.map(number => `[ ${number} , "a"]`).join(',\n')}]}`
  t.same(decode(body).rows!.numbers, numbers)
  t.same(answer(body, [1, null, undefined, { a: '"' }, Number.NaN]), {
    type,
    text: '{"data":[[0,1],[12345678901234567890123,null],[1.50,null],[-0,{"a":"\\""}],[1E5,null]]}',
  })
  t.equal(answer('{"data": []}', []).text, '{"data":[]}')
})

t.test('an answer to rows is JSON by either name, and nothing else', async t => {
  const body = '{"data": [[7, "a"]]}'
  const text = '{"data":[[7,1]]}'
  t.same(answer(body, [1], '*/*'), { type, text })
  t.same(answer(body, [1], 'application/json'), { type: 'application/json', text })
  t.throws(() => answer(body, [1], 'text/csv'), { code: 'NOT_ACCEPTABLE' })
})

t.test('a body that is no rows says what is wrong with it', async t => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /is empty/],
    ['[[0]]', /no JSON object/],
    ['{}', /no "data"/],
    ['{"rows": [[0]]}', /no "data"/],
    ['{"data": {}}', /must be a list of rows/],
    ['{"data": [0]}', /Row 1 is no list/],
    ['{"data": [[0], "a"]}', /Row 2 is no list/],
    ['{"data": [[]]}', /Row 1 does not begin with its number/],
    ['{"data": [["0", 1]]}', /Row 1 does not begin with its number/],
    ['{"data": [[01, 1]]}', /Row 1 does not begin with its number/],
    ['{"data": [[0, 1}]]}', /Row 1 is not closed/],
    ['{"data": [[0, tru]]}', /Row 1 is not valid JSON/],
    ['{"data": [[0,]]}', /Row 1 is not valid JSON/],
    ['{"data": [[0, "a]]}', /Row 1 is not closed/],
    ['{"data": [[0, "a\\"]]}', /Row 1 is not closed/],
    ['{"data": [[0] [1]]}', /after row 1/],
    ['{"data": [[0]', /after row 1/],
    ['{"data": [[0]]', /ends too early/],
    ['{"data": [[0]]} {}', /goes on after its end/],
    ['{"data": [], "d\\u0061ta": []}', /more than once/],
    ['{"x": [1}, "data": []}', /not valid JSON/],
    ['{data: []}', /a name in quotes/],
    ['{"data" []}', /a colon/],
  ]
  for (const [body, message] of cases) t.throws(() => decode(body), malformed(message), body)
  t.throws(() => codec.decode(new Uint8Array([0x7b, 0xff]), type, undefined), malformed(/not valid utf-8/))
  t.throws(() => findRows(`{"data": [${'[0],'.repeat(1_000_000)}[1]]}`, () => {}), {
    code: 'REQUEST_INVALID',
    message: /more than 1000000 rows/,
  })
  t.throws(() => codec.decode(bytesOf('{}'), `${type}; max-answer-bytes=-1`, undefined), {
    code: 'MEDIA_TYPE_UNSUPPORTED',
  })
})

t.test('other names beside the data are passed over', async t => {
  const body = '\ufeff {"a": {"data": [[9]]}, "data" : [ [ 0 , "]}\\\\" ] ] , "b": "]"}\n'
  t.same(decode(body).instances, [{ text: ']}\\' }])
})

t.test('of an answer that is too large the largest rows are left out, as few as can be', async t => {
  const body = '{"data": [[0, "a"], [1, "b"], [2, "c"], [3, "d"]]}'
  const values = ['x'.repeat(400), 'y'.repeat(2000), 'ü'.repeat(1000), 'z']
  const within = (bytes: number) => answer(body, values, undefined, `${type}; max-answer-bytes=${bytes}`).text
  const whole = answer(body, values).text
  t.equal(within(Buffer.byteLength(whole)), whole)
  const { data } = JSON.parse(within(3000))
  t.same(
    [data[0], data[1], data[3]],
    [
      [0, values[0]],
      [1, values[1]],
      [3, 'z'],
    ],
    'of equals the first stays',
  )
  t.match(data[2], [2, { error: { code: 'ANSWER_TOO_LARGE', message: /2002 bytes, was left out/ } }])
  t.ok(Buffer.byteLength(within(1100)) <= 1100)
  t.same(
    JSON.parse(within(1100)).data.map((row: unknown[]) => typeof row[1]),
    ['string', 'object', 'object', 'string'],
  )
  const wide = answer('{"data": [[0, "a"]]}', ['€'.repeat(500)], undefined, `${type}; max-answer-bytes=1500`).text
  t.match(JSON.parse(wide), { data: [[0, { error: { code: 'ANSWER_TOO_LARGE' } }]] }, 'bytes count, not characters')
  t.throws(() => within(300), { code: 'ANSWER_TOO_LARGE', message: /Send fewer rows/ })
})

t.test('rows of any values are found as they were written', async t => {
  const rows = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.array(fc.jsonValue(), { maxLength: 3 })))
  fc.assert(
    fc.property(rows, fc.constantFrom('', ' ', '\n\t'), (rows, blank) => {
      const texts = rows.map(([number, values]) =>
        [`[${blank}${number}${blank}`, ...values.map(value => JSON.stringify(value))].join(`${blank},`),
      )
      const found: unknown[] = []
      const text = `{"data":${blank}[${texts.map(row => `${row}]`).join(`,${blank}`)}]${blank}}`
      findRows(text, (start, numberStart, numberEnd, end) => {
        found.push([text.slice(numberStart, numberEnd), JSON.parse(text.slice(start, end)).slice(1)])
      })
      t.same(
        found,
        rows.map(([number, values]) => [String(number), JSON.parse(JSON.stringify(values))]),
      )
    }),
    { numRuns: 200 },
  )
})

t.test('any other body is refused, or read as JSON reads it', async t => {
  const letters = fc.constantFrom(
    ...['{"data":', '[', ']', '{', '}', '"', '\\', ',', ':', '0', '1e9', ' ', 'a', '"data"'],
  )
  const pieces = fc.array(letters, { maxLength: 14 })
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        pieces.map(p => p.join('')),
        pieces.map(p => `{"data":[[0,${p.join('')}`),
      ),
      body => {
        let numbers: readonly string[]
        try {
          numbers = decode(body).rows!.numbers
        } catch (error) {
          if (isHostError(error) && error.code === 'BODY_MALFORMED') return
          throw error
        }
        const { data } = JSON.parse(body) as { data: number[][] }
        t.same(
          data.map(row => row[0]),
          numbers.map(Number),
        )
      },
    ),
    { numRuns: 2000 },
  )
})

t.test('hostile bodies take no longer than others of their size', async t => {
  const size = 2_000_000
  const bodies = [
    `{"data":[[0,"${'a'.repeat(size)}"]]}`,
    `{"data":[[0,"${'\\"'.repeat(size / 2)}"]]}`,
    `{"data":[[0,"${'\\'.repeat(size)}"]]}`,
    `{"data":[[0,"${'\\'.repeat(size)}`,
    `{"data":[[0,${'['.repeat(size)}`,
    `{"data":[[0${','.repeat(size)}`,
    `{"data":[[${'1'.repeat(size)}]]}`,
    `{"data":[${'[0],'.repeat(size / 10)}[1]]}`,
  ]
  const large = (body: string) => {
    const startMs = performance.now()
    try {
      decode(body)
    } catch (error) {
      if (!isHostError(error)) throw error
    }
    return performance.now() - startMs
  }
  for (const body of bodies) t.ok(large(body) < 1000, `${body.slice(0, 20)}`)
})
