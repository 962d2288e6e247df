import { readFile } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { isHostError, Type } from 'modelhost'
import t from 'tap'
import type { Codec } from '../../core/codec.js'
import { defaultsFiller } from '../../core/instances.js'
import type { AnyPlugin, PredictContext } from '../../core/plugin.js'
import { bytesOf, codecOf } from '../helpers/codec.js'

const json = 'application/json'
const csv = 'text/csv'
const lines = 'application/jsonlines'

const pair = Type.Object({ text1: Type.String(), text2: Type.String() })
const search = Type.Object({
  text: Type.String(),
  top: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
})
const codec = codecOf(Type.Union([pair, search]))
const forms = '{"text1": string, "text2": string} or {"text": string, "top"?: integer}'

const instancesOf = ({ decode }: Codec, body: string, type: string | undefined) =>
  decode(bytesOf(body), type, undefined).instances
const refused = (code: string, message: RegExp) => ({ code, message })

// From bytes to instances

t.test('a text fills the first of several objects for which it is enough', async t => {
  t.same(instancesOf(codec, 'Grüße', 'text/plain'), [{ text: 'Grüße' }])
  t.same(instancesOf(codec, '', undefined), [{ text: '' }])
  t.same(instancesOf(codec, '"Grüße"', json), [{ text: 'Grüße' }])
  t.same(instancesOf(codec, '{"instances": ["a", {"text1": "b"}]}', json), [{ text: 'a' }, { text1: 'b' }])
  t.same(instancesOf(codec, '"a"\n{"text": "b"}\n', lines), [{ text: 'a' }, { text: 'b' }])

  const numbered = Type.Object({ n: Type.Number() })
  const styled = Type.Object({ style: Type.String({ default: 'plain' }), body: Type.String() })
  t.same(instancesOf(codecOf(Type.Union([numbered, pair, styled])), 'a', undefined), [{ style: 'plain', body: 'a' }])
  t.same(instancesOf(codecOf(Type.Union([numbered, pair])), 'a', undefined), [{ text1: 'a' }], 'else the first string')
})

t.test('a text fills no constant', async t => {
  const tagged = codecOf(
    Type.Union([
      Type.Object({ kind: Type.Literal('p'), x: Type.String() }),
      Type.Object({ kind: Type.Literal('q'), y: Type.Integer({ default: 1 }) }),
    ]),
  )
  const [instance] = instancesOf(tagged, 'hello', undefined)
  t.same(instance, { x: 'hello' })
  t.match(tagged.check(instance), /^kind is missing\. A request is \{"kind": "p", "x": string\} or /)

  const known = Type.Object({ kind: Type.Literal('r', { default: 'r' }), text: Type.String() })
  t.same(instancesOf(codecOf(known), 'a', undefined), [{ kind: 'r', text: 'a' }])
  t.throws(
    () => instancesOf(codecOf(Type.Object({ kind: Type.Literal('p') })), 'p', undefined),
    refused('MEDIA_TYPE_UNSUPPORTED', /Send one of: text\/csv, application\/json/),
  )
})

t.test('a row becomes the first of several objects that has as many columns', async t => {
  const { instances, failures } = codec.decode(bytesOf('a,b\nc\n"d, e",5\nf,g,h\n""\n'), csv, undefined)
  t.same(instances, [{ text1: 'a', text2: 'b' }, { text: 'c' }, { text1: 'd, e', text2: '5' }, undefined, { text: '' }])
  t.same([...failures!], [[3, 'A row has 3 columns. Its columns are text1,text2 or text.']])

  const other = codecOf(Type.Union([search, Type.Object({ a: Type.String(), b: Type.Number(), c: Type.Number() })]))
  t.same(instancesOf(other, 'a,5\nb,\nc,1,2', csv), [{ text: 'a', top: 5 }, { text: 'b' }, { a: 'c', b: 1, c: 2 }])
  t.match(other.check(instancesOf(other, 'a,many', csv)[0]), /^top must be an integer from 1 to 1000, but is "many"/)
})

t.test('a row with a constant is of the object that has that constant', async t => {
  const tagged = codecOf(
    Type.Union([
      Type.Object({ kind: Type.Literal('p'), x: Type.String() }),
      Type.Object({ kind: Type.Literal('q'), y: Type.Integer({ default: 1 }) }),
      Type.Object({ version: Type.Literal(2), n: Type.Number() }),
      Type.Object({ kind: Type.Optional(Type.Literal('r')), b: Type.Boolean() }),
    ]),
  )
  const rows = ['p,2', 'q,2', 'q', 'q,', ' 2 ,2', 'r,true', ',true']
  const instances = instancesOf(tagged, rows.join('\n'), csv)
  t.same(instances, [
    { kind: 'p', x: '2' },
    { kind: 'q', y: 2 },
    { kind: 'q', y: 1 },
    { kind: 'q', y: 1 },
    { version: 2, n: 2 },
    { kind: 'r', b: true },
    { b: true },
  ])
  for (const instance of instances) t.equal(tagged.check(instance), undefined)
  const [nobodys] = instancesOf(tagged, 's,2', csv)
  t.match(tagged.check(nobodys), /^The request must be an object \{"kind": "p", .*, but is another object\.$/)
})

t.test('of each object those columns are named that a row of it may have', async t => {
  const columnsOf = (...members: Parameters<typeof Type.Union>[0]) => {
    const { failures } = codecOf(Type.Union(members)).decode(bytesOf(',,,,,,,'), csv, undefined)
    return failures!.get(0)!.replace(/.*Its columns are (.*)\./, '$1')
  }
  const long = Type.Object({ a: Type.String(), b: Type.Optional(Type.String()), c: Type.Optional(Type.String()) })
  t.equal(columnsOf(search, pair), 'text,top', 'two columns are never a pair')
  t.equal(columnsOf(pair, search), 'text1,text2 or text')
  t.equal(columnsOf(pair, long), 'text1,text2 or a,b,c')
  const tagged = Type.Object({ kind: Type.Literal('q'), x: Type.String() })
  t.equal(columnsOf(tagged, pair), 'kind,x or text1,text2', 'the constant decides')
  t.equal(columnsOf(pair, tagged), 'text1,text2')
})

t.test('a header is no row, whichever object it is of', async t => {
  t.same(instancesOf(codec, 'text\na\nb,c', `${csv}; header=present`), [{ text: 'a' }, { text1: 'b', text2: 'c' }])
  t.throws(
    () => codec.decode(bytesOf('text\n'), `${csv}; header=present`, undefined),
    refused('BODY_MALFORMED', /no rows. Send rows of text1,text2 or text\./),
  )
})

t.test('what is left out has the default of the object that is meant', async t => {
  const { decode, check } = codecOf(
    Type.Union([
      Type.Object({ text: Type.String(), top: Type.Integer({ default: 10 }) }, { additionalProperties: false }),
      Type.Object({ text: Type.Array(Type.String()), mode: Type.String({ default: 'all' }) }),
      Type.Object({ kind: Type.Literal('a'), x: Type.Number(), scale: Type.Number({ default: 1 }) }),
      Type.Object({ kind: Type.Literal('b'), x: Type.Number(), scale: Type.Number({ default: 2 }) }),
    ]),
  )
  const cases: [object, object][] = [
    [{ text: 'a' }, { text: 'a', top: 10 }],
    [
      { text: 'a', top: 3 },
      { text: 'a', top: 3 },
    ],
    [{ text: ['a'] }, { text: ['a'], mode: 'all' }],
    [
      { kind: 'a', x: 5 },
      { kind: 'a', x: 5, scale: 1 },
    ],
    [
      { kind: 'b', x: 5 },
      { kind: 'b', x: 5, scale: 2 },
    ],
  ]
  for (const [given, filled] of cases) {
    const [instance] = decode(bytesOf(JSON.stringify(given)), json, undefined).instances
    t.same(instance, filled)
    t.equal(check(instance), undefined)
  }
  const [wrong] = decode(bytesOf('{"text": 5}'), json, undefined).instances
  t.match(check(wrong), /^text must be a string, but is 5\./, 'of a property that has a default nothing is said')
  for (const body of ['{}', '[]', 'null', '7']) {
    t.same(decode(bytesOf(body), json, undefined).instances, [JSON.parse(body)], 'no object is meant')
  }
})

t.test('a list called "instances" is one instance where one of the objects has it', async t => {
  const own = codecOf(Type.Union([pair, Type.Object({ instances: Type.Array(Type.Number()) })]))
  t.same(instancesOf(own, '{"instances":[1]}', json), [{ instances: [1] }])
})

t.test('the types that can be read are those of which any of the members can be read', async t => {
  const supportedOf = (request: Parameters<typeof codecOf>[0]) => {
    try {
      return codecOf(request).decode(bytesOf('x'), 'image/png', undefined)
    } catch (error) {
      return (error as Error).message.replace(/.*Send one of: (.*)\./, '$1').split(', ')
    }
  }
  const numbers = Type.Object({ n: Type.Number() })
  const list = Type.Array(Type.Number())
  t.same(supportedOf(Type.Union([pair, search])), ['text/plain', csv, json, lines])
  t.same(supportedOf(Type.Union([list, pair])), ['text/plain', csv, json, lines])
  t.same(supportedOf(Type.Union([numbers, list])), [csv, json, lines])
  t.same(supportedOf(Type.Union([list, Type.Object({})])), [json, lines])
  t.same(supportedOf(Type.Union([Type.String(), list])), ['text/plain', csv, json, lines])
  t.same(supportedOf(Type.Union([Type.Number(), Type.Null()])), [csv, json, lines])
})

// The check

t.test('what is wrong is said of the object that the caller meant', async t => {
  const request = `A request is ${forms}.`
  t.equal(codec.check({ text1: 'a', text2: 'b' }), undefined)
  t.equal(codec.check({ text: 'a', top: 1000 }), undefined)
  t.equal(codec.check({ text1: 'a' }), `text2 is missing. ${request}`)
  t.equal(codec.check({ text1: 'a', text2: 5 }), `text2 must be a string, but is 5. ${request}`)
  t.equal(codec.check({ text2: 'a', text: 5, top: 1 }), `text must be a string, but is 5. ${request}`)
  t.equal(codec.check({ top: 5 }), `text is missing. ${request}`)
  t.equal(codec.check({ text: 'a', top: 0 }), `top must be an integer from 1 to 1000, but is 0. ${request}`)
})

t.test('where nothing tells what the caller meant, all forms are named, once', async t => {
  const others = ['{}', '{"txt": 1}', '{"__proto__": {"text1": "a"}}', '{"constructor": 1, "toString": 2}']
  for (const body of others) {
    t.equal(codec.check(JSON.parse(body)), `The request must be an object ${forms}, but is another object.`, body)
  }
  t.equal(codec.check(7), `The request must be an object ${forms}, but is 7.`)
  t.equal(codec.check(null), `The request must be an object ${forms}, but is null.`)
  t.equal(codec.check(['text1', 'text2']), `The request must be an object ${forms}, but is a list of 2.`)
  t.match(codec.check(undefined), /but is undefined/)
  t.match(codec.check(Object.create({ text1: 'inherited' })), /but is another object/)
  t.throws(
    () => codec.decode(bytesOf('{oops'), json, undefined),
    refused(
      'BODY_MALFORMED',
      /Send \{"text1": string, "text2": string\} or \{"text": .*\} or \{"instances": \[\.\.\.\]\}/,
    ),
  )

  const many = Type.Object(Object.fromEntries('abcdefghijkl'.split('').map(name => [name, Type.Number()])), {
    additionalProperties: false,
  })
  const unknown = Object.fromEntries('mnopqrstuvwx'.split('').map(name => [name, 'x']))
  t.match(
    codecOf(Type.Union([many, search])).check(unknown),
    /^The request must be an object .*, but is another object/,
  )
})

t.test('a constant says which object is meant', async t => {
  const { check } = codecOf(
    Type.Union([
      Type.Object({ kind: Type.Literal('circle'), size: Type.Number() }),
      Type.Object({ kind: Type.Literal('square'), size: Type.Number({ minimum: 0 }) }),
    ]),
  )
  t.equal(check({ kind: 'square', size: 5 }), undefined)
  t.match(check({ kind: 'square', size: -1 }), /^size must be a number of at least 0, but is -1\./)
  t.match(check({ kind: 'circle' }), /^size is missing\./)
  t.match(
    check({ kind: 'star', size: 1 }),
    /^The request must be an object \{"kind": "circle", .*, but is another object\.$/,
  )
})

t.test('a union within a union is one of all of their members', async t => {
  const nested = codecOf(Type.Union([Type.Union([Type.Null(), pair]), Type.Union([search])]))
  t.same(instancesOf(nested, 'a,b\nc', csv), [{ text1: 'a', text2: 'b' }, { text: 'c' }])
  t.same(instancesOf(nested, '"a"', json), [{ text: 'a' }])
  t.equal(nested.check(null), undefined)
  t.equal(nested.check({ text1: 'a' }), `text2 is missing. A request is null or ${forms}.`)
  t.match(nested.check(true), /^The request must be null or an object \{"text1": .*, but is true\.$/)
})

t.test('among scalars, a text that fits stands for itself, and a field is read as what it fits', async t => {
  const words = Type.Enum(['all', 'none'])
  const mixed = codecOf(Type.Union([Type.Number(), words, pair, search]))
  t.same(instancesOf(mixed, '{"instances": ["all", "a", 5]}', json), ['all', { text: 'a' }, 5])
  t.same(instancesOf(mixed, 'none', undefined), ['none'])
  t.same(instancesOf(mixed, '5\nall\na,b', csv), [5, 'all', { text1: 'a', text2: 'b' }])
  t.match(mixed.decode(bytesOf('a,b,c'), csv, undefined).failures?.get(0), /Its columns are value or text1,text2\.$/)
  t.match(mixed.check({ text: 5 }), /^text must be a string, but is 5\. A request is number or "all" \| "none" or \{/)

  const scalars = codecOf(Type.Union([Type.String({ pattern: '^"' }), Type.Boolean(), Type.Integer()]))
  t.same(instancesOf(scalars, 'true\n 7 \n"""a"""\nmany', csv), [true, 7, '"a"', 'many'])
  t.same(instancesOf(scalars, 'a', undefined), ['a'])
  t.match(scalars.decode(bytesOf('1,2'), csv, undefined).failures?.get(0), /One value: string or boolean or integer\./)
  t.equal(scalars.check(1.5), 'The request must be a string matching ^" or true or false or an integer, but is 1.5.')

  const long = codecOf(Type.Union([Type.String({ maxLength: 3 }), pair]))
  t.match(long.check(instancesOf(long, 'abcd', undefined)[0]), /^The request must be a string of at most 3 .*"abcd"\.$/)
})

t.test('a union deep in a request is explained like one that is the whole', async t => {
  const { check } = codecOf(Type.Object({ list: Type.Array(Type.Union([pair, search])) }))
  t.match(check({ list: [{ text: 'a' }, { text1: 'a' }] }), /^list\[1\]\.text2 is missing\. A request is \{"list": \[/)
  t.match(check({ list: [{ text: 'a', top: 'x' }] }), /^list\[0\]\.top must be an integer from 1 to 1000, but is "x"/)
  t.match(check({ list: [{}] }), `list[0] must be an object ${forms}, but is another object.`)
  t.match(check({ list: ['x'] }), `list[0] must be an object ${forms}, but is "x".`)

  const labels = codecOf(Type.Object({ labels: Type.Union([Type.Array(Type.String()), Type.Null()]) }))
  t.match(labels.check({ labels: ['a', 5] }), /^labels\[1\] must be a string, but is 5\./)
  t.match(labels.check({ labels: 5 }), /^labels must be a list of strings or null, but is 5\./)

  const refined = codecOf(
    Type.Refine(
      Type.Union([pair, search]),
      value => !('text' in value),
      () => 'no search today',
    ),
  )
  t.match(refined.check({ text: 'a' }), /^The request is refused: no search today\. A request is/)
})

// The guide

t.test('the predict of the guide knows the forms apart, also where a request has properties of both', async t => {
  const page = await readFile(new URL('../../../docs/authoring.md', import.meta.url), 'utf8')
  const [, code] = /^A request may have several forms:\n\n```js excerpt\n(.*?)```$/ms.exec(page)!
  const plugin = new Function('Type', `return {${code}}`)(Type) as Pick<AnyPlugin, 'request' | 'predict'>
  const { check } = codecOf(plugin.request)
  const model = { compare: (...given: unknown[]) => given, search: (...given: unknown[]) => given }
  const cases: [object, unknown[]][] = [
    [{ text1: 'a', text2: 'b' }, ['a', 'b']],
    [{ text: 'a' }, ['a', undefined]],
    [{ text1: 'a', text2: 'b', text: 5 }, ['a', 'b']],
    [{ text1: 'a', text2: 'b', text: 'c', top: 'many' }, ['a', 'b']],
    [{ text1: 'a', text: 'c', top: 3 }, ['c', 3]],
    [{ text1: 5, text2: 'b', text: 'c' }, ['c', undefined]],
  ]
  for (const [request, asked] of cases) {
    t.equal(check(request), undefined)
    t.same(plugin.predict(model, request, {} as PredictContext), asked, JSON.stringify(request))
  }
})

// Anything at all

const tree = Type.Cyclic({ Node: Type.Object({ next: Type.Optional(Type.Ref('Node')) }) }, 'Node')
const defaulted = Type.Object({ a: Type.Number({ default: 1 }), b: Type.String(), next: Type.Optional(tree) })

t.test('an instance that is nested too deeply is the fault of its body', async t => {
  const union = Type.Union([tree, defaulted])
  const deep = JSON.parse(`${'{"next":'.repeat(100_000)}{}${'}'.repeat(100_000)}`)
  t.match(codecOf(union).check(defaultsFiller(union)!({ ...deep, b: 'x' })), /The request is nested too deeply/)
})

const unions = [
  Type.Union([pair, search]),
  Type.Union([search, Type.Union([Type.String({ minLength: 2 }), Type.Null()]), pair]),
  Type.Union([Type.Number(), Type.Array(search), defaulted]),
  Type.Union([Type.Literal('x'), Type.Any(), pair]),
  Type.Union([tree, defaulted, Type.Boolean()]),
  Type.Union([]),
]

t.test('any body of any type is decoded or refused with a 4xx, whatever the union', async () => {
  const names = fc.constantFrom(
    'text',
    'text1',
    'text2',
    'top',
    'a',
    'b',
    'next',
    '__proto__',
    'constructor',
    'instances',
  )
  const { value } = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('', 'x', '5', 0, 1, 1.5, true, null),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map(fields => Object.fromEntries(fields)),
    ),
  }))
  const bodies = fc.oneof(
    value.map(value => JSON.stringify(value)),
    fc.array(value).map(instances => JSON.stringify({ instances })),
    fc.string({ unit: fc.constantFrom('a', '5', ',', '"', '\n') }),
  )
  const codecs = unions.map(union => codecOf(union))
  fc.assert(
    fc.property(
      bodies,
      fc.constantFrom(json, csv, lines, undefined),
      fc.constantFrom(...codecs),
      (body, type, codec) => {
        try {
          for (const instance of instancesOf(codec, body, type)) codec.check(instance)
        } catch (error) {
          if (!isHostError(error) || error.status >= 500) throw error
        }
        return Object.getPrototypeOf({}) === Object.prototype && !('text' in {})
      },
    ),
    { numRuns: 10_000 },
  )
})

t.test('whatever fits one of the objects comes through JSON and CSV as it was', async () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('ü', '"', ',', '\n', ' '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  })
  const pairs = fc.record({ text1: text, text2: text }, { noNullPrototype: true })
  const top = fc.integer({ min: 1, max: 1000 })
  const searches = fc.record({ text, top }, { requiredKeys: ['text'], noNullPrototype: true })
  const comesThrough = (instances: object[], body: string, type: string) => {
    const decoded = codec.decode(bytesOf(body), type, undefined)
    const areRight = decoded.instances.every(instance => codec.check(instance) === undefined)
    return areRight && !decoded.failures && isDeepStrictEqual(decoded.instances, instances)
  }
  const quoted = (field: unknown) => `"${String(field).replaceAll('"', '""')}"`
  fc.assert(
    fc.property(fc.array(fc.oneof(pairs, searches), { minLength: 1, maxLength: 5 }), instances => {
      // Two columns are a pair, so that a search with its top has no row.
      const rows = instances.filter(instance => !('top' in instance))
      const csvBody = rows.map(row => `${Object.values(row).map(quoted).join(',')}\n`).join('')
      return (
        comesThrough(instances, JSON.stringify({ instances }), json) &&
        comesThrough(instances, instances.map(instance => JSON.stringify(instance)).join('\n'), lines) &&
        instances.every(instance => comesThrough([instance], JSON.stringify(instance), json)) &&
        (rows.length === 0 || comesThrough(rows, csvBody, csv))
      )
    }),
    { numRuns: 2000 },
  )
})
