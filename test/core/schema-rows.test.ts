import { Type } from 'modelhost'
import t from 'tap'
import { schemaForms } from '../../core/schema-rows.js'

const row = (fields: object) => ({ bounds: '', default: undefined, isRequired: true, description: '', ...fields })

t.test('each property of an object is a row that says what it may be', async t => {
  const params = Type.Object({
    size: Type.Integer({ minimum: 1, maximum: 256, default: 40, description: 'Numbers in a vector.' }),
    rate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    language: Type.Enum(['de', 'en'], { default: 'de' }),
    name: Type.Optional(Type.String({ maxLength: 80, pattern: '^a|b$' })),
    beam: Type.Union([Type.Integer({ minimum: 2 }), Type.Literal('auto')], { default: 'auto' }),
    mode: Type.Union([Type.Literal('fast'), Type.Literal('exact')]),
    words: Type.Array(Type.String(), { minItems: 1 }),
    pairs: Type.Array(Type.Tuple([Type.String(), Type.Number()])),
    grid: Type.Array(Type.Array(Type.Number())),
    any: Type.Unknown(),
  })
  t.same(schemaForms(params), [
    [
      row({
        name: 'size',
        type: 'integer',
        bounds: 'from 1 to 256',
        default: '40',
        isRequired: false,
        description: 'Numbers in a vector.',
      }),
      row({ name: 'rate', type: 'number', bounds: 'above 0 and below 1' }),
      row({ name: 'language', type: 'one of "de", "en"', default: '"de"', isRequired: false }),
      row({ name: 'name', type: 'string', bounds: 'of at most 80 characters matching ^a|b$', isRequired: false }),
      row({ name: 'beam', type: 'integer or "auto"', bounds: 'of at least 2', default: '"auto"', isRequired: false }),
      row({ name: 'mode', type: 'one of "fast", "exact"' }),
      row({ name: 'words', type: 'list of strings', bounds: 'of at least 1 entry' }),
      row({ name: 'pairs', type: 'list of [string, number]' }),
      row({ name: 'grid', type: 'list of lists of numbers' }),
      row({ name: 'any', type: 'any value' }),
    ],
  ])
  t.same(schemaForms(Type.Object({})), [[]])
})

t.test('what stands in objects and lists has the way to it as its name', async t => {
  const answer = Type.Array(
    Type.Object(
      { text: Type.String(), at: Type.Optional(Type.Object({ start: Type.Integer() })) },
      { additionalProperties: Type.Number({ description: 'Scores.' }) },
    ),
    { description: 'Best first.' },
  )
  t.same(schemaForms(answer), [
    [
      row({ name: '', type: 'list of objects', description: 'Best first.' }),
      row({ name: '[].text', type: 'string' }),
      row({ name: '[].at', type: 'object', isRequired: false }),
      row({ name: '[].at.start', type: 'integer' }),
      row({ name: '[].*', type: 'number', isRequired: false, description: 'Scores.' }),
    ],
  ])
})

t.test('each member of a union is a form of its own, but values to choose from are one', async t => {
  const pair = Type.Object({ text1: Type.String(), text2: Type.String() })
  const forms = schemaForms(Type.Union([pair, Type.Union([Type.Number({ minimum: 0 }), Type.Array(pair)])]))
  t.same(
    forms.map(rows => rows.map(({ name, type }) => `${name}: ${type}`)),
    [['text1: string', 'text2: string'], [': number'], [': list of objects', '[].text1: string', '[].text2: string']],
  )
  t.match(schemaForms(Type.Union([Type.Literal('yes'), Type.Literal('no')])), [
    [{ name: '', type: 'one of "yes", "no"' }],
  ])
})
