import { gzipSync } from 'node:zlib'
import t from 'tap'
import { evaluateModel, type TagRequest } from '../../plugins/tagger/evaluation/evaluate.js'
import { evaluateContext } from '../helpers/evaluate-context.js'

const words = (...rows: string[]) =>
  `${rows.map(row => row.replace(/^(\S+) (\S+) (\S+)$/, '$1\t$2\tlemma\t$3\t_\t_\t_\t_\t_\t_')).join('\n')}\n\n`

const zoo = [
  words('# sent_id = s1', '1-2 Im _', '1 in ADP', '2 dem DET', '3 alten ADJ', '4 Zoo NOUN', '5 läuft VERB'),
  words('1 Neue ADJ', '2 Tiere NOUN', '3 ruft VERB', '4 Anna PROPN', '5 . PUNCT'),
].join('')

/** Capitals are nouns, and what ends in `en` or is `neue` an adjective. */
function guess(word: string): string {
  if (word === 'Im' || word === 'in') return 'ADP'
  if (/^neue$|en$/i.test(word)) return 'ADJ'
  return /^\p{Lu}/u.test(word) ? 'NOUN' : /^\p{L}/u.test(word) ? 'VERB' : 'PUNCT'
}
const guessing = (language: string) => ({
  params: { language },
  predict: ({ tokens }: TagRequest) => tokens.flat().map(text => ({ text, tag: guess(text) })),
})

t.test('German is measured on the tokens of the text, by tags and by the candidates that they give', async t => {
  const { of, steps, warnings, asked } = await evaluateContext(t, { 'gold.conllu': zoo }, guessing('de'))
  const evaluation = await evaluateModel(of('gold.conllu'))
  t.same(asked, [
    {
      tokens: [
        ['Im', 'alten', 'Zoo', 'läuft'],
        ['Neue', 'Tiere', 'ruft', 'Anna', '.'],
      ],
    },
  ])
  t.match(evaluation, { task: 'tagging', cases: 9, unit: 'tokens' })
  const figures = Object.fromEntries(Object.entries(evaluation.measures).map(([name, { value }]) => [name, value]))
  // One of nine tokens is wrong: Anna, a noun. As a candidate she is none the less right.
  t.same(figures, {
    accuracy: 8 / 9,
    candidate_f1: 1,
    candidate_precision: 1,
    candidate_recall: 1,
    ADJ_f1: 1,
    NOUN_f1: 4 / 5,
    PROPN_f1: 0,
  })
  t.same(evaluation.tables?.['tags']?.['NOUN'], { precision: 2 / 3, recall: 1, f1: 4 / 5, gold: 2, predicted: 3 })
  t.same(evaluation.tables?.['most frequent errors'], { 'PROPN tagged NOUN': { tokens: 1, 'share of tokens': 1 / 9 } })
  t.match(steps.at(-1), { done: 9, total: 9, unit: 'tokens' })
  t.same(warnings, [])
  t.equal(
    evaluation.predictions,
    zoo.replace(/^(2\tdem\tlemma)\tDET/m, '$1\t_').replace('\tPROPN\t', '\tNOUN\t'),
    'the same file with what the model says',
  )
})

t.test('English is measured on the words of the treebank', async t => {
  const { of, asked } = await evaluateContext(t, { 'gold.conllu.gz': gzipSync(zoo) }, guessing('en'))
  const evaluation = await evaluateModel(of('gold.conllu.gz'))
  t.same(asked[0]?.tokens[0], ['in', 'dem', 'alten', 'Zoo', 'läuft'])
  t.match(evaluation, { cases: 10, measures: { accuracy: { value: 8 / 10 } } })
  t.equal(evaluation.predictions, zoo.replace('\tDET\t', '\tVERB\t').replace('\tPROPN\t', '\tNOUN\t'))
})

t.test('a large treebank is asked for in parts', async t => {
  const sentence = words('1 Neue ADJ', '2 Tiere NOUN', '3 rufen VERB', '4 laut ADV')
  const { of, asked } = await evaluateContext(t, { 'gold.conllu': sentence.repeat(1001) }, guessing('de'))
  const evaluation = await evaluateModel(of('gold.conllu'))
  t.same(
    asked.map(({ tokens }) => tokens.length),
    [500, 500, 1],
  )
  // "rufen" is an adjective to the model, "laut" a verb.
  t.match(evaluation, { cases: 4004, measures: { accuracy: { value: 0.5 }, candidate_f1: { value: 1 } } })
  t.equal(Object.keys(evaluation.tables?.['most frequent errors'] ?? {}).length, 2)
})

t.test('a gold file with tags of another kind is warned of', async t => {
  const { of, warnings } = await evaluateContext(t, { 'gold.conllu': words('1 Tiere NN') }, guessing('de'))
  const evaluation = await evaluateModel(of('gold.conllu'))
  t.equal(evaluation.measures['accuracy']?.value, 0)
  t.match(warnings, [[/no token has the right tag/, { tags: ['NN', 'NOUN'] }]])
})

t.test('what cannot be measured is refused by file and line', async t => {
  const files = { 'short.conllu': '1\tTiere\tNOUN\n', 'gold.conllu': zoo }
  const { of } = await evaluateContext(t, files, guessing('de'))
  await t.rejects(evaluateModel(of('short.conllu')), {
    code: 'EVALUATE_FAILED',
    message: /^Evaluating Tagger failed: line 1 of short\.conllu has 3 columns, not ten/,
  })
  await t.rejects(evaluateModel(of('missing.conllu')), { code: 'EVALUATE_FAILED', message: /cannot be read/ })
  const forgetful = await evaluateContext(t, files, { ...guessing('de'), predict: () => [{ text: 'Im', tag: 'ADP' }] })
  await t.rejects(evaluateModel(forgetful.of('gold.conllu')), {
    message: /the model answered 1 tags for the 9 tokens from line 1 of gold\.conllu\.$/,
  })
})
