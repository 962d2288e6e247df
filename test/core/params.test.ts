import { execFileSync } from 'node:child_process'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { definePlugin, isHostError, Type } from 'modelhost'
import t from 'tap'
import type { Catalog } from '../../core/catalog.js'
import { checkUrl, coerceParams, describeArtifact } from '../../core/params.js'
import type { AnyPlugin } from '../../core/plugin.js'
import { folder } from '../helpers/artifacts.js'

const common = {
  summary: 'For tests.',
  version: '1.0.0',
  params: Type.Object({ size: Type.Integer({ minimum: 1, default: 40 }) }),
  request: Type.String(),
  response: Type.String(),
  load: () => undefined,
  predict: () => '',
}
const plugins: AnyPlugin[] = [
  definePlugin({ name: 'Words', ...common }),
  definePlugin({ name: 'Rules', ...common, hasModelFile: false }),
  definePlugin({ name: 'Tagger', ...common, files: [{ name: 'lexicon' }, { name: 'labels.json', optional: true }] }),
]
const catalog: Catalog = new Map(plugins.map(plugin => [plugin.name, { plugin, source: 'built in', module: '' }]))

const refused = (code: string, message: RegExp) => ({ code, message })
const isBroken = (message: RegExp) => refused('PARAMS_INVALID', message)

t.test('an artifact is described by its params file', async t => {
  const path = await folder(t, {
    'claims-params.json': '{"model_name": "Words", "size": "\\"12\\""}',
    'claims-model': 'weights',
    'notes.txt': '',
  })
  t.same(await describeArtifact(path, catalog), {
    folder: path,
    prefix: 'claims',
    paramsFile: join(path, 'claims-params.json'),
    paramsFileBytes: 41,
    plugin: plugins[0],
    params: { size: 12 },
    examples: [],
    files: [{ name: 'model', path: join(path, 'claims-model'), bytes: 7 }],
  })
})

t.test('examples are read as requests in JSON, whatever the model says to them', async t => {
  const described = async (examples: unknown) => {
    const content = JSON.stringify({ model_name: 'Rules', size: 2, examples })
    return describeArtifact(await folder(t, { 'x-params.json': content }), catalog)
  }
  const list = ['a text', { text: 'Größe' }, 5, null, { examples: [] }]
  const json = ['"a text"', '{"text":"Größe"}', '5', 'null', '{"examples":[]}']
  t.match(await described(list), { params: { size: 2 }, examples: json })
  t.same((await described(JSON.stringify(list))).examples, json, 'as a hyperparameter')
  t.same((await described(JSON.stringify(JSON.stringify(list)))).examples, json, 'encoded once more')
  t.same((await described(Array(100).fill('x'))).examples.length, 100)
  t.same((await described([])).examples, [])

  const wanted = 'examples must be a list of at most 100 requests, but is'
  const refusals: [unknown, string][] = [
    [Array(101).fill('x'), 'a list of 101'],
    [JSON.stringify(Array(101).fill('x')), 'a list of 101'],
    ['{"text": "x"}', '"{\\"text\\": \\"x\\"}"'],
    [{ text: 'x' }, 'an object'],
    [null, 'null'],
    [5, '5'],
  ]
  for (const [examples, found] of refusals) {
    await t.rejects(described(examples), { code: 'PARAMS_INVALID', message: `params.json: ${wanted} ${found}.` }, found)
  }
  const deep = `{"model_name": "Rules", "examples": ["x", ${'['.repeat(100_000)}${']'.repeat(100_000)}]}`
  const path = await folder(t, { 'x-params.json': deep })
  await t.rejects(describeArtifact(path, catalog), isBroken(/: examples\[1\] cannot be written as JSON \(RangeError/))
  // Two quotes each.
  const most = ['x'.repeat(40_000), 'ü'.repeat(12_766)]
  t.equal((await described(most)).examples.length, 2)
  await t.rejects(
    described([...most, '']),
    isBroken(/params\.json: examples have 65538 bytes as JSON, more than 65536\. Keep fewer, or shorter ones\.$/),
  )
  const near = await folder(t, { 'x-params.json': '{"model_name": "Rules", "exampels": []}' })
  await t.rejects(describeArtifact(near, catalog), isBroken(/"exampels" is not .*Did you mean "examples"\?/))
})

t.test('the files of a plugin are listed, optional ones where they are', async t => {
  const path = await folder(t, { 'x-params.json': '{"model_name":"Tagger"}', 'x-model': '', 'x-lexicon': 'abc' })
  t.match((await describeArtifact(path, catalog)).files, [
    { name: 'model', bytes: 0 },
    { name: 'lexicon', bytes: 3 },
  ])
  await writeFile(join(path, 'x-labels.json'), '[]')
  t.match((await describeArtifact(path, catalog)).files[2], { name: 'labels.json', bytes: 2 })

  const rules = await folder(t, { 'x-params.json': '{"model_name":"Rules"}' })
  t.same((await describeArtifact(rules, catalog)).files, [])
})

t.test('one extra folder around everything, and hidden files, are no obstacle', async t => {
  const path = await folder(t, {
    'model/a-params.json': '\ufeff{"model_name": "\\"Words\\""}',
    'model/a-model': 'x',
    'model/._a-params.json': 'macOS',
    '__MACOSX/a-params.json': 'macOS',
    '.cache/b-params.json': '{}',
  })
  t.match(await describeArtifact(path, catalog), { folder: join(path, 'model'), prefix: 'a', params: { size: 40 } })

  await mkdir(join(path, 'second'))
  await t.rejects(
    describeArtifact(path, catalog),
    refused('PARAMS_NOT_FOUND', /holds no \*-params.json.*model, second/),
  )
})

t.test('a folder that is no artifact is refused with what was found', async t => {
  const path = await folder(t, { 'x-model': 'x', 'params.json': '{}', '-params.json': '{}', file: '' })
  await t.rejects(describeArtifact(join(path, 'none'), catalog), refused('ARTIFACT_NOT_FOUND', /none does not exist/))
  await t.rejects(describeArtifact(join(path, 'file'), catalog), refused('ARTIFACT_NOT_FOUND', /is not a folder/))
  await t.rejects(describeArtifact('/'.padEnd(5000, 'x'), catalog), refused('ARTIFACT_NOT_FOUND', /ENAMETOOLONG/))
  await t.rejects(describeArtifact(path, catalog), refused('PARAMS_NOT_FOUND', /found: .*x-model/))

  const two = await folder(t, { 'b-params.json': '{}', 'a-params.json': '{}' })
  await t.rejects(
    describeArtifact(two, catalog),
    refused('PARAMS_AMBIGUOUS', /2 params files \(a-params.json, b-params.json\)/),
  )

  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`file${i}`, '']))
  await t.rejects(describeArtifact(await folder(t, many), catalog), refused('PARAMS_NOT_FOUND', /and 40 more/))
})

t.test('a params file that cannot be read is refused with what is wrong', async t => {
  const cases: [string | Uint8Array, RegExp][] = [
    ['', /not valid JSON/],
    ['{"model_name": Words}', /not valid JSON: Unexpected token 'W'/],
    ['["Words"]', /must hold a JSON object with "model_name", but holds a list of 1/],
    ['null', /but holds null/],
    ['{}', /model_name is missing; it must name a plugin: Words, Rules, Tagger/],
    ['{"model_name": 5}', /model_name is 5; it must name/],
    ['{"__proto__": {"model_name": "Words"}}', /model_name is missing/],
    [Uint8Array.of(0x22, 0xff, 0x22), /not UTF-8/],
    [' '.repeat(2 ** 20 + 1), /has more than 1048576 bytes/],
    [`{"a":${'['.repeat(300_000)}`, /not valid JSON/],
    ['{"model_name": "Words", "size": 0}', /size must be an integer of at least 1, but is 0/],
  ]
  for (const [content, message] of cases) {
    await t.rejects(describeArtifact(await folder(t, { 'x-params.json': content }), catalog), isBroken(message))
  }
  const unknown = await folder(t, { 'x-params.json': '{"model_name": "Wrods"}' })
  await t.rejects(describeArtifact(unknown, catalog), refused('PLUGIN_UNKNOWN', /"Wrods".*Known: Words, Rules, Tagger/))
})

t.test('a message about a params file does not quote it', async t => {
  const path = await folder(t, { 'x-params.json': 'secret=12345' })
  await t.rejects(describeArtifact(path, catalog), isBroken(/^(?!.*12345)/))
})

t.test('files must be regular files, or links to some', async t => {
  const params = '{"model_name":"Words"}'
  const path = await folder(t, { 'x-params.json': params, real: 'weights' })
  const model = join(path, 'x-model')
  const described = () => describeArtifact(path, catalog)
  await t.rejects(described(), refused('ARTIFACT_FILE_MISSING', /no file x-model \(found: .*real/))

  await symlink('real', model)
  t.match((await described()).files, [{ bytes: 7 }])

  await rename(join(path, 'real'), join(path, 'elsewhere'))
  await t.rejects(described(), refused('ARTIFACT_FILE_UNREADABLE', /x-model cannot be read: it is a link to nothing/))

  await mkdir(join(path, 'real'))
  await t.rejects(described(), refused('ARTIFACT_FILE_UNREADABLE', /it is a directory/))
})

t.test('a pipe or a device in the place of a file does not hold the host up', async t => {
  const path = await folder(t, { 'x-params.json': '{"model_name":"Words"}' })
  execFileSync('mkfifo', [join(path, 'x-model')])
  await t.rejects(describeArtifact(path, catalog), refused('ARTIFACT_FILE_UNREADABLE', /not a regular file/))

  const pipe = await folder(t)
  execFileSync('mkfifo', [join(pipe, 'x-params.json')])
  await t.rejects(describeArtifact(pipe, catalog), isBroken(/not a regular file/))

  const device = await folder(t)
  await symlink('/dev/zero', join(device, 'x-params.json'))
  await t.rejects(describeArtifact(device, catalog), isBroken(/not a regular file/))

  const process = await folder(t)
  await symlink('/proc/self/environ', join(process, 'x-params.json'))
  await t.rejects(
    describeArtifact(process, catalog),
    isBroken(/not valid JSON: Unexpected end/),
    'it has no size, so it reads as empty',
  )
})

// Coercion

const schema = Type.Object({
  n_topics: Type.Integer({ minimum: 2, default: 100 }),
  alpha: Type.Number({ default: 0.5 }),
  language: Type.String({ default: 'de' }),
  lower: Type.Boolean({ default: true }),
  words: Type.Array(Type.String(), { default: [] }),
  weights: Type.Optional(Type.Record(Type.String(), Type.Number())),
  max_df: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
  note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  method: Type.Optional(Type.Union([Type.Literal('batch'), Type.Literal('online')])),
  jobs: Type.Optional(Type.Union([Type.Integer(), Type.Literal('auto')])),
})

const coerced = (raw: Record<string, unknown>) => coerceParams(schema, raw, 'X-params.json') as Record<string, unknown>

t.test('each parameter is read as its schema has it, plain or JSON-encoded once more', async t => {
  const readings: Record<string, [unknown, unknown][]> = {
    n_topics: [
      [100, 100],
      ['100', 100],
      ['"100"', 100],
      [5.0, 5],
      ['5.0', 5],
      ['1e2', 100],
    ],
    alpha: [
      ['0.01', 0.01],
      ['"-1e-3"', -0.001],
      ['1', 1],
      [1e21, 1e21],
    ],
    language: [
      ['de', 'de'],
      ['"de"', 'de'],
      ['', ''],
      ['""', ''],
      ['None', 'None'],
      ['null', 'null'],
      ['5', '5'],
      ['"unclosed', '"unclosed'],
    ],
    lower: [
      [true, true],
      ['true', true],
      ['"true"', true],
      ['True', true],
      ['"False"', false],
      ['false', false],
    ],
    words: [
      [['a'], ['a']],
      ['["a","b"]', ['a', 'b']],
      ['[]', []],
      ['"[\\"a\\"]"', ['a']],
    ],
    weights: [
      ['{"a": 1}', { a: 1 }],
      [{ a: 1 }, { a: 1 }],
    ],
    max_df: [
      ['0.5', 0.5],
      ['None', null],
      ['null', null],
      ['"None"', null],
      [null, null],
    ],
    note: [
      ['None', 'None'],
      [null, null],
      ['"None"', 'None'],
    ],
    method: [
      ['batch', 'batch'],
      ['"online"', 'online'],
    ],
    jobs: [
      ['auto', 'auto'],
      ['4', 4],
      ['"auto"', 'auto'],
    ],
  }
  for (const [name, cases] of Object.entries(readings)) {
    for (const [given, value] of cases)
      t.same(coerced({ [name]: given })[name], value, `${name} ${JSON.stringify(given)}`)
  }
})

t.test('what would lose information is refused, never cut or guessed', async t => {
  const refusals: Record<string, unknown[]> = {
    n_topics: [
      5.5,
      '5.5',
      'many',
      '',
      ' 5',
      '0x10',
      '1_000',
      '007',
      '1',
      true,
      null,
      'None',
      [5],
      '12345678901234567890',
      2 ** 60,
      '"\\"5\\""',
    ],
    alpha: ['NaN', 'Infinity', '1e400', '-', '.5', true],
    language: [5, true, null, ['de']],
    lower: ['yes', '1', 1, 0, 'TRUE ', ''],
    words: ['a,b', 'a', '[1]', '["a"', [1]],
    weights: ['{"a": "x"}', '[]'],
    method: ['other', ''],
    jobs: ['4.5', 'automatic'],
  }
  for (const [name, cases] of Object.entries(refusals)) {
    for (const given of cases) {
      t.throws(
        () => coerced({ [name]: given }),
        isBroken(new RegExp(`X-params.json: ${name} must be .*, but is `)),
        `${name} ${JSON.stringify(given)}`,
      )
    }
  }
})

t.test('all problems of a file are said at once', async t => {
  const raw = { n_topics: 'many', alpha: 'low', n_topisc: 5, model_name: 'X' }
  t.throws(
    () => coerced(raw),
    isBroken(
      /"n_topisc" is not a known parameter. Did you mean "n_topics"\? n_topics must be an integer of at least 2, but is "many"\. alpha must be a number, but is "low"\.$/,
    ),
  )
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`unknown${i}`, 1]))
  t.throws(() => coerced(many), isBroken(/And 20 more problems\.$/))
})

t.test('defaults are filled in, and each caller has its own', async t => {
  const first = coerced({ model_name: 'X' })
  t.same(first, { n_topics: 100, alpha: 0.5, language: 'de', lower: true, words: [] })
  ;(first.words as string[]).push('mine')
  t.same(coerced({}).words, [])

  const strict = Type.Object({ path: Type.String() })
  t.throws(() => coerceParams(strict, {}, 'f'), isBroken(/path is missing; it must be a string/))
})

t.test('names of the prototype are no parameters', async t => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const raw = JSON.parse(`{"${name}": {"n_topics": 5}}`)
    t.throws(() => coerced(raw), isBroken(new RegExp(`"${name}" is not a known parameter`)))
  }
})

t.test('any JSON object gives params that fit, or a clear refusal', async () => {
  const names = fc.constantFrom(...Object.keys(schema.properties), 'other', '__proto__')
  const values = fc.oneof(fc.jsonValue(), fc.json(), fc.string(), fc.double().map(String))
  fc.assert(
    fc.property(fc.dictionary(names, values), raw => {
      try {
        coerced(raw)
      } catch (error) {
        if (!isHostError(error) || error.code !== 'PARAMS_INVALID' || error.message.length > 5000) throw error
      }
    }),
    { numRuns: 3000 },
  )
})

t.test('numbers and booleans survive as text, and as JSON text', async () => {
  const value = fc.record({
    n_topics: fc.integer({ min: 2 }),
    alpha: fc.double({ noNaN: true, noDefaultInfinity: true }),
    lower: fc.boolean(),
  })
  fc.assert(
    fc.property(value, raw => {
      const once = Object.fromEntries(Object.entries(raw).map(([name, given]) => [name, JSON.stringify(given)]))
      const twice = Object.fromEntries(Object.entries(once).map(([name, given]) => [name, JSON.stringify(given)]))
      const plain = JSON.stringify(coerced(raw))
      return JSON.stringify(coerced(once)) === plain && JSON.stringify(coerced(twice)) === plain
    }),
  )
})

t.test('the url of a load is an absolute path of a place where models may lie', async t => {
  t.equal(checkUrl('/opt/ml/models/a/model'), '/opt/ml/models/a/model')
  t.equal(checkUrl('/opt//ml/./x/../models/'), '/opt/ml/models')
  t.equal(checkUrl('/devices/x'), '/devices/x')
  t.equal(checkUrl('/'), '/')
  const wrong: [unknown, RegExp][] = [
    ['models/a', /not an absolute path/],
    ['', /not an absolute path/],
    ['s3://bucket/a', /not an absolute path/],
    ['file:///a', /not an absolute path/],
    ['/a\0b', /zero byte/],
    ['/dev/zero', /no place for a model/],
    ['/x/../proc/self', /no place for a model/],
    ['//sys', /no place for a model/],
    ['/'.padEnd(5000, 'a'), /more than 4096/],
    [undefined, /url must be, a string/],
    [{ path: '/' }, /an object/],
  ]
  for (const [url, message] of wrong) t.throws(() => checkUrl(url), refused('URL_INVALID', message))
})
