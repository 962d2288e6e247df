import t from 'tap'
import { evaluateModel } from '../../plugins/ner/evaluation/evaluate.js'
import type { EntityRequest } from '../../plugins/ner/evaluation/predict.js'
import { evaluateContext } from '../helpers/evaluate-context.js'

const rows = (...sentences: string[]) =>
  sentences
    .map(sentence => sentence.split(' ').map(pair => `${pair.replace('/', '\t')}\n`))
    .map(lines => `${lines.join('')}\n`)
    .join('')

const gold = rows(
  'RT/O @/B-PER anna_k/B-PER :/O Tom/B-person Becker/I-person left/O Nordwind/B-ORG',
  'May/O is/O cold/O in/O New/B-LOC Haven/I-LOC ,/O New/B-LOC Haven/I-LOC',
  'read/O Tom/B-product Sawyer/I-product',
)

/** Words with capitals are people, those behind `in` places; mentions are left alone. */
function namesOf(words: readonly string[]) {
  const found: { label: string; start: number; end: number }[] = []
  for (const [i, word] of words.entries()) {
    if (!/^\p{Lu}\p{Ll}/u.test(word)) continue
    const before = found.at(-1)
    if (before?.end === i) found[found.length - 1] = { ...before, end: i + 1 }
    else found.push({ label: words[i - 1] === 'in' ? 'LOC' : 'PER', start: i, end: i + 1 })
  }
  return found
}

function answer(request: EntityRequest) {
  if ('tokens' in request) {
    let before = 0
    return request.tokens.flatMap(words => {
      const found = namesOf(words).map(({ label, start, end }) => ({ label, start: before + start, end: before + end }))
      before += words.length
      return found
    })
  }
  const words = request.text.split(' ')
  const startOf = (word: number) => words.slice(0, word).reduce((sum, { length }) => sum + length + 1, 0)
  return namesOf(words).map(({ label, start, end }) => ({ label, start: startOf(start), end: startOf(end) - 1 }))
}

const labels = { person: 'PER', product: '' }
const asked = { params: { labels, data_offsets: 'code_points' as const }, predict: answer }
const figuresOf = (measures: Readonly<Record<string, { readonly value: number }>>) =>
  Object.fromEntries(Object.entries(measures).map(([name, { value }]) => [name, value]))

t.test('names are right by borders and label; mentions that the file has as names are counted apart', async t => {
  const { of, warnings, steps, asked: requests } = await evaluateContext(t, { 'gold.conll': gold }, asked)
  const evaluation = await evaluateModel(of('gold.conll'))
  t.same(requests[0], {
    tokens: [
      ['RT', '@anna_k', ':', 'Tom', 'Becker', 'left', 'Nordwind'],
      ['May', 'is', 'cold', 'in', 'New', 'Haven', ',', 'New', 'Haven'],
      ['read', 'Tom', 'Sawyer'],
    ],
  })
  t.match(evaluation, { task: 'named entities', cases: 3, unit: 'sentences' })
  // Found: Tom Becker, Nordwind (PER), May, New Haven, New Haven (PER), Tom Sawyer. Right are two of four, six with mentions.
  t.same(figuresOf(evaluation.measures), {
    f1: 4 / 10,
    precision: 2 / 6,
    recall: 2 / 4,
    // Tom Becker and New Haven, of three names that there are and six that were found.
    surface_f1: 4 / 9,
    f1_with_mentions: 4 / 12,
    recall_with_mentions: 2 / 6,
  })
  t.same(evaluation.tables?.['labels']?.['PER'], { precision: 1 / 5, recall: 1, f1: 1 / 3, gold: 1, predicted: 5 })
  t.same(evaluation.tables?.['most frequent errors'], {
    'PER that is none': { names: 2, 'share of errors': 1 / 2 },
    'LOC taken for PER': { names: 1, 'share of errors': 1 / 4 },
    'ORG taken for PER': { names: 1, 'share of errors': 1 / 4 },
  })
  t.match(steps.at(-1), { done: 3, total: 3, unit: 'sentences' })
  t.match(warnings, [[/no name of these labels/, { labels: ['ORG'] }]])
  t.equal(
    evaluation.predictions,
    rows(
      'RT/O @/O anna_k/O :/O Tom/B-PER Becker/I-PER left/O Nordwind/B-PER',
      'May/B-PER is/O cold/O in/O New/B-LOC Haven/I-LOC ,/O New/B-PER Haven/I-PER',
      'read/O Tom/B-PER Sawyer/I-PER',
    ),
    'the same file with what the model says',
  )
})

t.test('a model that takes mentions for names is measured on them by the measures that say so', async t => {
  const names = [
    { label: 'PER', start: 1, end: 2 },
    { label: 'PER', start: 3, end: 5 },
  ]
  const finding = { ...asked, predict: () => names }
  const { of } = await evaluateContext(t, { 'gold.conll': gold.split('\n\n', 1)[0]! }, finding)
  const { measures, predictions } = await evaluateModel(of('gold.conll'))
  t.match(figuresOf(measures), { precision: 1, recall: 1 / 2, f1_with_mentions: 6 / 7, recall_with_mentions: 3 / 4 })
  t.match(predictions, /^RT\tO\n@\tB-PER\nanna_k\tB-PER\n:\tO\n/)
})

t.test('texts with spans are asked for as texts, and written in the form that they had', async t => {
  const texts = [
    {
      id: 7,
      text: '😀 Tom Becker left Nordwind',
      label: [
        [2, 12, 'person'],
        [18, 26, 'ORG'],
      ],
    },
    {
      id: 8,
      text: 'thanks @Anna , cold in Oslo',
      label: [
        [8, 12, 'PER'],
        [23, 27, 'LOC'],
      ],
    },
    { id: 9, text: '', label: [] },
  ]
  const lines = texts.map(line => JSON.stringify(line)).join('\n')
  const { of, asked: requests } = await evaluateContext(t, { 'gold.jsonl': lines }, asked)
  const evaluation = await evaluateModel(of('gold.jsonl'))
  t.same(requests[1], { text: texts[1]!.text, offsets: 'utf16' })
  t.match(evaluation, { cases: 3, unit: 'texts' })
  t.match(figuresOf(evaluation.measures), { f1: 2 / 3, surface_f1: 2 / 3, f1_with_mentions: 4 / 7 })
  t.same(
    evaluation.predictions
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line)),
    [
      {
        ...texts[0],
        label: [
          [2, 12, 'PER'],
          [18, 26, 'PER'],
        ],
      },
      { ...texts[1], label: [[23, 27, 'LOC']] },
      texts[2],
    ],
  )
})

t.test('a gold file keeps its scheme, and a large one is asked for in parts', async t => {
  const sentence = rows(`${'x/O '.repeat(20)}in/O Oslo/S-LOC`)
  const { of, asked: requests } = await evaluateContext(t, { 'gold.conll': sentence.repeat(200) }, asked)
  const evaluation = await evaluateModel(of('gold.conll'))
  t.same(
    requests.map(request => ('tokens' in request ? request.tokens.length : 0)),
    [91, 91, 18],
  )
  t.equal(evaluation.measures['f1']?.value, 1)
  t.equal(evaluation.predictions, sentence.repeat(200))
  t.notOk(evaluation.measures['f1_with_mentions'], 'no name is a mention')
})

t.test('what cannot be measured is refused by file and line', async t => {
  const files = { 'bad.conll': 'Tom\tB-PER\nBecker\n', 'bad.jsonl': '{"text": 1}', 'gold.conll': gold }
  const { of } = await evaluateContext(t, files, asked)
  await t.rejects(evaluateModel(of('bad.conll')), {
    code: 'EVALUATE_FAILED',
    message: /^Evaluating NER failed: line 2 of bad\.conll has no tag for "Becker"/,
  })
  await t.rejects(evaluateModel(of('bad.jsonl')), { message: /line 1 of bad\.jsonl has no "text"/ })
  await t.rejects(evaluateModel(of('missing.conll')), { code: 'EVALUATE_FAILED' })
  const across = await evaluateContext(t, files, { ...asked, predict: () => [{ label: 'PER', start: 6, end: 9 }] })
  await t.rejects(evaluateModel(across.of('gold.conll')), { message: /tokens 6 to 9 that is in no sentence/ })
})
