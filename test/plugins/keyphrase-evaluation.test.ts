import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fail } from 'modelhost'
import t from 'tap'
import { type JsonLine, readJsonLines } from '../../plugins/_text/json-lines.js'
import { evaluateModel, type KeyphraseRequest } from '../../plugins/topical-page-rank/evaluation/evaluate.js'
import { evaluateContext } from '../helpers/evaluate-context.js'

const refuse = (problem: string, cause?: unknown) => fail('EVALUATE_FAILED', { plugin: 'Any', problem }, cause)
const lines = (...values: object[]) => values.map(value => `${JSON.stringify(value)}\n`).join('')

/** Answers the words of the text, in their order. */
const words = (language: string) => ({
  params: { language },
  predict: ({ text, top }: KeyphraseRequest) =>
    text
      .split(' ')
      .slice(0, top)
      .map((word, i): [string, number] => [word, 1 / (i + 1)]),
})

t.test('keyphrases are compared by their stems, and measures are means over documents', async t => {
  const gold = lines(
    { id: 'a', text: 'networks of neural learning agents today', keyphrases: ['Network', 'learn', 'agent', 'far off'] },
    { text: 'claims today', keyphrases: [['claiming', 'assertion'], 'news'] },
  )
  const { of, steps, warnings, asked } = await evaluateContext(t, { 'gold.jsonl': gold }, words('en'))
  const evaluation = await evaluateModel(of('gold.jsonl'))
  t.same(asked[1], { text: 'claims today', top: 15 })
  t.match(evaluation, { task: 'keyphrases', cases: 2, unit: 'documents' })
  t.same(Object.keys(evaluation.measures), ['P@5', 'R@5', 'F1@5', 'P@10', 'R@10', 'F1@10', 'P@15', 'R@15', 'F1@15'])
  const at = (name: string) => Number(evaluation.measures[name]!.value.toFixed(6))
  // First document: 3 of 5 words, of 4 phrases. Second: 1 of 2 words, of 3 phrases with the variant.
  t.equal(at('P@5'), (3 / 5 + 1 / 2) / 2)
  t.equal(at('R@5'), Number(((3 / 4 + 1 / 3) / 2).toFixed(6)))
  t.equal(at('F1@5'), Number(((6 / 9 + 2 / 5) / 2).toFixed(6)))
  t.equal(at('P@10'), (3 / 6 + 1 / 2) / 2)
  t.equal(
    evaluation.predictions.split('\n')[1],
    '{"id":"2","keyphrases":[["claims",1],["today",0.5]]}',
    'without an id a document is named by its line',
  )
  t.match(steps.at(-1), { done: 2, total: 2, unit: 'documents' })
  t.same(warnings, [])
})

t.test("Inspec's own names are read: title and abstract are one text", async t => {
  const gold = lines({ id: 7, title: 'Ships', abstract: 'They swim', uncontr: ['ship'], contr: ['swimming'] })
  const { of, asked } = await evaluateContext(t, { 'gold.jsonl.gz': gzipSync(gold) }, words('en'))
  const evaluation = await evaluateModel(of('gold.jsonl.gz'))
  t.equal(asked[0]?.text, 'Ships. They swim')
  t.match(evaluation.predictions, /^\{"id":"7",/)
  // "Ships." is another word.
  t.equal(evaluation.measures['R@5']?.value, 0)
})

t.test(
  'German has its stemmer; of a language without one that is said, and words are compared as they are',
  async t => {
    const gold = lines({ text: 'Häuser', keyphrases: ['haus'] }, { text: 'case', keyphrases: ['Case', 'casa'] })
    for (const [language, recall] of [
      ['de', (1 + 1 / 2) / 2],
      ['it', (0 + 1 / 2) / 2],
    ] as const) {
      const { of, warnings } = await evaluateContext(t, { 'gold.jsonl': gold }, words(language))
      t.equal((await evaluateModel(of('gold.jsonl'))).measures['R@5']?.value, recall, language)
      t.equal(warnings.length, language === 'it' ? 1 : 0)
    }
  },
)

t.test('documents without keyphrases or text are left out, and that is said', async t => {
  const gold = lines(
    { id: 'a', text: 'one two', keyphrases: ['two'] },
    { id: 'b', text: 'one', keyphrases: [] },
    { id: 'c', text: ' ', keyphrases: ['one'] },
    { id: 'd', text: 'one', keyphrases: [' '] },
  )
  const { of, warnings } = await evaluateContext(t, { 'gold.jsonl': gold }, words('en'))
  t.match(await evaluateModel(of('gold.jsonl')), { cases: 1, measures: { 'R@5': { value: 1 } } })
  t.match(warnings, [[/are left out$/, { documents: 3, such_as: 'b, c, d' }]])
})

t.test('a gold file that is not what it should be is refused by file and line', async t => {
  const fine = lines({ text: 'one', keyphrases: ['one'] })
  const files = {
    'none.jsonl': '\n',
    'empty.jsonl': lines({ text: 'one', keyphrases: [] }),
    'text.jsonl': fine + lines({ title: 'one', keyphrases: ['one'] }),
    'phrases.jsonl': fine + lines({ text: 'one' }),
    'list.jsonl': lines({ text: 'one', keyphrases: 'one, two' }),
    'deep.jsonl': lines({ text: 'one', keyphrases: [[['one']]] }),
    'id.jsonl': lines({ id: {}, text: 'one', keyphrases: ['one'] }),
    'json.jsonl': `${fine}\n{"text": one}\n`,
    'array.jsonl': `${fine}[1]\n`,
    'latin.jsonl': Buffer.from('{"text": "Räder"}\n', 'latin1'),
  }
  const { of } = await evaluateContext(t, files, words('en'))
  const cases = [
    ['none', /none\.jsonl has no document with both a text and a keyphrase\.$/],
    ['empty', /empty\.jsonl has no document with both/],
    ['text', /line 2 of text\.jsonl has no text\. A document is \{"text": .*variants\.$/],
    ['phrases', /line 2 of phrases\.jsonl has no "keyphrases"\./],
    ['list', /line 1 of list\.jsonl has "keyphrases" that are no list of strings\./],
    ['deep', /line 1 of deep\.jsonl has "keyphrases" that are no list of strings\./],
    ['id', /line 1 of id\.jsonl has an id that is neither a string nor a number\./],
    ['json', /line 3 of json\.jsonl is no JSON object \(.*\)\.$/],
    ['array', /line 2 of array\.jsonl is \[1\], not a JSON object\.$/],
    ['latin', /latin\.jsonl is not UTF-8 \(line 1\)/],
    ['missing', /missing\.jsonl cannot be read/],
  ] as const
  for (const [name, message] of cases) {
    await t.rejects(evaluateModel(of(`${name}.jsonl`)), { code: 'EVALUATE_FAILED', message }, name)
  }
})

t.test('JSON lines of a folder are read by name, packed or not, each with its place', async t => {
  const folder = t.testdir({
    'b.jsonl': '\n{"n": 2}',
    'a.ndjson.gz': gzipSync('{"n": 1}\r\n'),
    'c.json': '[]',
    empty: {},
  })
  const found: JsonLine[] = []
  for await (const line of readJsonLines(folder, refuse)) found.push(line)
  t.same(found, [
    { value: { n: 1 }, file: 'a.ndjson.gz', line: 1 },
    { value: { n: 2 }, file: 'b.jsonl', line: 2 },
  ])
  await t.rejects(readJsonLines(join(folder, 'empty'), refuse).next(), {
    message: /empty has no \*\.jsonl file \(found: none\)/,
  })
})
