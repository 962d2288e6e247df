import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type EvaluateContext, type Evaluation, fail, type Progress } from 'modelhost'
import t, { type Test } from 'tap'
import { evaluate } from '../../core/evaluate.js'
import type { DocumentColumns } from '../../plugins/_text/documents.js'
import { evaluateModel } from '../../plugins/docsim/evaluation/evaluate.js'
import type { EvaluatedModel } from '../../plugins/docsim/evaluation/tools.js'
import { type Files, folder } from '../helpers/artifacts.js'
import { tinyDocSim } from '../helpers/docsim-artifact.js'
import { trainOnTable } from '../helpers/train-docsim.js'

type Context = EvaluateContext<DocumentColumns, object, unknown, EvaluatedModel>

const usual: DocumentColumns = { column: 'claim_text', columns: [], keep_columns: [] }

/** Similar are texts whose numbers lie close to each other: `{text1: '7', text2: '5'}` answers -2. */
async function compare(instance: object): Promise<unknown> {
  const { text1, text2 } = instance as { text1: string; text2: string }
  if (text1 === undefined) throw fail('REQUEST_INVALID', { problem: 'text1 is missing.' })
  return -Math.abs(Number(text1) - Number(text2))
}

/** A model that searches documents of these ids. */
const searching = (...ids: string[]): EvaluatedModel => ({ search: { ids: () => ids.values() } })

/** Evaluates on files of this folder: role -> name. */
async function setUp(t: Test, files: Files, changes: Partial<Context> = {}) {
  const path = await folder(t, files)
  const warnings: [string, object][] = []
  const steps: Progress[] = []
  const silent = () => {}
  const warn = (fields: object, message: string) => void warnings.push([message, fields])
  const log = { debug: silent, info: silent, warn, error: silent }
  const progress = (step: Progress) => void steps.push(step)
  const run = (roles: { gold: string; queries?: string; documents?: string }): Promise<Evaluation> => {
    const at = Object.fromEntries(Object.entries(roles).map(([role, name]) => [role, join(path, name)]))
    return evaluateModel({
      files: at as Context['files'],
      params: usual,
      model: { search: undefined },
      predict: compare,
      log,
      progress,
      ...changes,
    })
  }
  return { run, warnings, steps }
}

const figures = ({ measures }: Evaluation, ...names: string[]) =>
  names.map(name => Number(measures[name]!.value.toFixed(4)))

t.test('pairs with a score: similarities are correlated with the scores', async t => {
  const gold =
    'id,sentence1,sentence2,score,note\n1,1,1,5.0,"same, or so"\n2,1,2,4,\n3,1,4,1,"a ""far"" one"\n4,1,3,2\n'
  const { run, steps } = await setUp(t, { 'gold.csv': gold })
  const evaluation = await run({ gold: 'gold.csv' })
  t.match(evaluation, { task: 'similarity', cases: 4, unit: 'pairs' })
  // Similarities 0 -1 -3 -2, scores 5 4 1 2: the order is the same; products of deviations sum to 7, squares to 5 and 10.
  t.same(figures(evaluation, 'spearman', 'pearson'), [1, Number((7 / Math.sqrt(50)).toFixed(4))])
  t.equal(
    evaluation.predictions,
    'id,sentence1,sentence2,score,note\n1,1,1,0,"same, or so"\n2,1,2,-1,\n3,1,4,-3,"a ""far"" one"\n4,1,3,-2,\n',
    'the same table, with all columns and rows',
  )
  t.match(steps.at(-1), { done: 4, total: 4, unit: 'pairs' })
})

t.test('pairs may be a packed TSV, and named as a request names them', async t => {
  const gold = 'text1\tscore\ttext2\tnote\n1\t3\t1\t"so, so"\n1\t2\t2\n1\t1\t5\t\n'
  const { run } = await setUp(t, { 'gold.tsv.gz': gzipSync(gold) })
  const evaluation = await run({ gold: 'gold.tsv.gz' })
  t.same(figures(evaluation, 'spearman'), [1])
  t.equal(evaluation.predictions, 'text1\tscore\ttext2\tnote\n1\t0\t1\t"so, so"\n1\t-1\t2\t\n1\t-4\t5\t\n')
})

t.test('scores, or similarities, that are all the same correlate 0, and that is said', async t => {
  const flat = 'sentence1,sentence2,score\n1,1,2\n1,5,2\n'
  const blind = 'sentence1,sentence2,score\n1,1,2\n2,2,3\n'
  const { run, warnings } = await setUp(t, { 'flat.csv': flat, 'blind.csv': blind })
  for (const gold of ['flat.csv', 'blind.csv']) {
    t.same(figures(await run({ gold }), 'spearman', 'pearson'), [0, 0])
  }
  t.same(
    warnings.map(([message]) => message),
    ['all scores are the same: correlations are 0', 'all similarities are the same: correlations are 0'],
  )
})

const qrels = 'a\t0\tx\t1\na\t0\ty\t0\nb\t0\ty\t1\nb\t0\tz\t2\n'
const queries = 'a\t3\nb\t6\nc\t9\n'
const documents = 'id,claim_text\nx,1\ny,4\nz,8\nw,4\n'

t.test('queries with relevant documents: documents are ranked by their similarity with each query', async t => {
  const { run, warnings, steps } = await setUp(t, {
    'qrels.tsv': qrels,
    'queries.tsv': queries,
    'documents.csv': documents,
  })
  const evaluation = await run({ gold: 'qrels.tsv', queries: 'queries.tsv', documents: 'documents.csv' })
  t.match(evaluation, { task: 'retrieval', cases: 2, unit: 'queries' })
  t.equal(
    evaluation.predictions,
    [
      ...['a\t0\ty\t-1', 'a\t0\tw\t-1', 'a\t0\tx\t-2', 'a\t0\tz\t-5'],
      ...['b\t0\ty\t-2', 'b\t0\tz\t-2', 'b\t0\tw\t-2', 'b\t0\tx\t-5'],
      '',
    ].join('\n'),
    'best first; of equal ones, the one that comes first in the file',
  )
  // a: x stands third. b: y and z stand first and second.
  t.same(figures(evaluation, 'MAP@1', 'MAP@3', 'MAP@5'), [0.25, 0.6667, 0.6667])
  t.same(figures(evaluation, 'MRR', 'P@1', 'recall@1', 'recall@5'), [0.6667, 0.5, 0.25, 1])
  t.same(Object.keys(evaluation.measures).slice(0, 3), ['MAP@1', 'MAP@3', 'MAP@5'])
  t.same(warnings, [])
  t.match(steps.at(-1), { done: 2, total: 2, unit: 'queries' })
})

t.test('qrels may have blanks or commas, queries a header, and any file may be packed', async t => {
  const { run, warnings } = await setUp(t, {
    'qrels.txt': qrels.replaceAll('\t', '  '),
    'qrels.csv.gz': gzipSync(qrels.replaceAll('\t', ',')),
    'queries.csv': 'query,text\nb,6\na,3\n',
    'documents.tsv.gz': gzipSync(documents.replaceAll(',', '\t')),
  })
  for (const gold of ['qrels.txt', 'qrels.csv.gz']) {
    const evaluation = await run({ gold, queries: 'queries.csv', documents: 'documents.tsv.gz' })
    t.same(figures(evaluation, 'MAP@5'), [0.6667])
    const cell = gold === 'qrels.txt' ? '\t' : ','
    const first = `${['b', '0', 'y', '-2'].join(cell)}\n`
    t.equal(evaluation.predictions.slice(0, first.length), first, 'queries are in the order of their file')
  }
  t.same(warnings, [])
})

t.test('ids that would break the rows of a ranking are written with blanks', async t => {
  const { run } = await setUp(t, {
    'qrels.csv': '"a\r\nb",0,"x\t\ty",1\n',
    'qrels.tsv': 'c\t0\tz, w\t1\n',
    'queries.csv': 'id,text\n"a\r\nb",3\nc,4\n',
    'documents.csv': 'id,claim_text\n"x\t\ty",1\n"z, w",4\n',
  })
  const roles = { queries: 'queries.csv', documents: 'documents.csv' }
  const { predictions } = await run({ gold: 'qrels.tsv', ...roles })
  t.equal(predictions, 'c\t0\tz, w\t0\nc\t0\tx y\t-3\n')
  const commas = await run({ gold: 'qrels.csv', ...roles })
  t.equal(commas.predictions, 'a b,0,"z, w",-1\na b,0,x y,-2\n')
  t.same(figures(commas, 'MRR'), [0.5], 'and compared as they are')
})

t.test('documents are read by the columns that the model was trained with', async t => {
  const params = { column: 'no', columns: ['tens', 'ones'], id_column: 'key', keep_columns: ['source'] }
  const asked: object[] = []
  const predict = async (instance: object) => asked.push(instance)
  const files = { 'qrels.tsv': 'a 0 k 1\n', 'queries.tsv': 'a\t3\n', 'documents.csv': 'id,key,tens,ones\n1,k,1,2\n' }
  const { run } = await setUp(t, files, { params, predict })
  await run({ gold: 'qrels.tsv', queries: 'queries.tsv', documents: 'documents.csv' })
  t.same(asked, [{ text1: '3', text2: '1\n2' }])
})

t.test('without documents the model searches its own', async t => {
  const asked: object[] = []
  const predict = async (instance: object) => {
    asked.push(instance)
    return [
      { id: 'q', text: '', score: 0.5 },
      { id: 'y', text: '', score: 0.25 },
    ]
  }
  const model = searching('y', 'q', 'x', 'z')
  const { run, warnings } = await setUp(t, { 'qrels.tsv': qrels, 'queries.tsv': queries }, { predict, model })
  const evaluation = await run({ gold: 'qrels.tsv', queries: 'queries.tsv' })
  t.same(asked, [
    { text: '3', top: 1000 },
    { text: '6', top: 1000 },
  ])
  t.equal(evaluation.predictions, 'a\t0\tq\t0.5\na\t0\ty\t0.25\nb\t0\tq\t0.5\nb\t0\ty\t0.25\n')
  t.same(figures(evaluation, 'MRR', 'recall@5'), [0.25, 0.25])
  t.same(warnings, [])
})

t.test('relevant documents that the model does not have are counted and said', async t => {
  const predict = async () => [{ id: 'y', text: '', score: 1 }]
  const files = { 'qrels.tsv': qrels, 'queries.tsv': queries }
  const roles = { gold: 'qrels.tsv', queries: 'queries.tsv' }
  const { run, warnings } = await setUp(t, files, { predict, model: searching('y', 'w') })
  t.same(figures(await run(roles), 'recall@5'), [0.25])
  t.same(warnings, [
    [
      'relevant documents of the gold file are not there, and count as not found',
      { missing: 2, such_as: 'x, z', place: 'the model' },
    ],
  ])
  for (const [ids, some] of [
    [['0', '1', '2', '3', '4'], '0, 1, 2, ...'],
    [[], 'none'],
  ] as const) {
    const strange = await setUp(t, files, { predict, model: searching(...ids) })
    const message = [
      `Evaluating DocSim failed: none of the documents in qrels.tsv (x, y, z) is in the model (${some}).`,
      'Its ids are those that it was trained with: from id_column, else from "id", else they are row numbers.',
      'Train it with the id_column that the gold file goes by.',
    ].join(' ')
    await t.rejects(strange.run(roles), { code: 'EVALUATE_FAILED', message })
  }
})

t.test('a document that is found more than once counts once, where it stands first', async t => {
  const hit = (id: string, score: number) => ({ id, text: '', score })
  const predict = async () => [hit('w', 5), hit('x', 4), hit('x', 3), hit('w', 2), hit('y', 1), hit('x', 0.5)]
  const files = { 'qrels.tsv': 'a 0 x 1\na 0 y 1\n', 'queries.tsv': 'a\t3\n' }
  const { run } = await setUp(t, files, { predict, model: searching('x', 'y', 'w', 'x', 'w', 'x') })
  const evaluation = await run({ gold: 'qrels.tsv', queries: 'queries.tsv' })
  // x stands second, y third.
  t.same(figures(evaluation, 'MAP@5', 'MRR', 'P@1', 'recall@5'), [0.5833, 0.5, 0, 1])
  t.equal(evaluation.predictions, 'a\t0\tw\t5\na\t0\tx\t4\na\t0\ty\t1\n')
})

t.test('a model that cannot search says what to do', async t => {
  const files = { 'qrels.tsv': qrels, 'queries.tsv': queries }
  const roles = { gold: 'qrels.tsv', queries: 'queries.tsv' }
  const { run } = await setUp(t, files)
  const message = /: the model has no search\. Give --documents FILE, or train it with search "bm25" or "vector"\.$/
  await t.rejects(run(roles), { code: 'EVALUATE_FAILED', message })
})

t.test('no more than a thousand documents of a query are kept', async t => {
  const many = Array.from({ length: 1500 }, (_, i) => `${i}\n`).join('')
  const files = {
    'qrels.tsv': 'a 0 1499 1\na 0 7 1\n',
    'queries.tsv': 'a\t0\n',
    'documents.csv': `claim_text\n${many}`,
  }
  const { run } = await setUp(t, files)
  const evaluation = await run({ gold: 'qrels.tsv', queries: 'queries.tsv', documents: 'documents.csv' })
  t.equal(evaluation.predictions.split('\n').length - 1, 1000)
  t.same(figures(evaluation, 'MRR', 'recall@100'), [0.125, 0.5], 'documents go by the number of their row, from 0')
})

t.test('what of the gold file is not in the others is counted and said', async t => {
  const files = {
    'qrels.tsv': `${qrels}lost\t0\tx\t1\nblank\t0\tx\t1\nnothing\t0\tx\t0\na\t0\tgone\t1\n`,
    'queries.tsv': `${queries}blank\t \n`,
    'documents.csv': documents,
    'strangers.csv': 'id,claim_text\nx,1\nu,2\n',
  }
  const { run, warnings } = await setUp(t, files)
  const evaluation = await run({ gold: 'qrels.tsv', queries: 'queries.tsv', documents: 'documents.csv' })
  t.equal(evaluation.cases, 2)
  t.same(figures(evaluation, 'recall@5'), [0.75], 'a document that is not there counts as not found')
  t.same(warnings, [
    [
      'queries of the gold file have no text and are left out',
      { missing: 2, such_as: 'lost, blank', file: 'queries.tsv' },
    ],
    [
      'relevant documents of the gold file are not there, and count as not found',
      { missing: 1, such_as: 'gone', place: 'documents.csv' },
    ],
  ])
  for (const [hits, fields] of [
    [[{ id: 'none', text: '', score: 1 }], { queries: 2, example: 'none' }],
    [[], { queries: 2 }],
  ] as const) {
    const found = await setUp(t, files, { predict: async () => hits, model: searching('x') })
    t.same(figures(await found.run({ gold: 'qrels.tsv', queries: 'queries.tsv' }), 'MRR'), [0])
    t.strictSame(found.warnings.at(-1), ['no relevant document was found: are ids those of the gold file?', fields])
  }
})

t.test('files that are not what they should be are refused, by file and row', async t => {
  const pairs = 'sentence1,sentence2,score\n'
  const { run } = await setUp(t, {
    'none.csv': '',
    'head.csv': pairs,
    'word.csv': `${pairs}1,2,3\n1,2,high\n`,
    'gap.csv': `${pairs}1,2,3\n1,2\n`,
    'ranks.csv': 'sentence1,sentence2,rank\n1,2,3\n',
    'pairs.csv': `${pairs}1,2,3\n`,
    'qrels.tsv': qrels,
    'titled.csv': 'query,iter,doc,rel\na,0,x,1\n',
    'named.csv': 'query,0,doc,1\na,0,x,1\n',
    'blanks.txt': 'query-id Q0 doc_id 1\n',
    'grades.tsv': 'a\t0\tx\t1.0\n',
    'late.tsv': `${qrels}a\t0\tx\thigh\n`,
    'short.tsv': `${qrels}a\t0\tx\n`,
    'zero.tsv': 'a\t0\tx\t0\n',
    'queries.tsv': queries,
    'blank.tsv': 'a\t\nb\t  \n',
    'others.tsv': '17\tx\n18\ty\n',
    'double.tsv': `${queries}a\t1\n`,
    'narrow.tsv': 'a\t1\nb\n',
    'commas.csv': 'a,eins, zwei\n',
    'documents.csv': documents,
    'twice.csv': `${documents}x,7\n`,
    'strangers.csv': 'id,claim_text\nu,1\n',
    'untitled.csv': 'id,text\nx,1\n',
  })
  const forms = /sentence1,sentence2,score\. .*: query 0 document relevance, which is a whole number\.$/
  const roles = { gold: 'qrels.tsv', queries: 'queries.tsv', documents: 'documents.csv' }
  const cases: [object, RegExp][] = [
    [{ gold: 'none.csv' }, /none\.csv is empty\. .*sentence1,sentence2,score/],
    [{ gold: 'head.csv' }, /head\.csv has a header but no rows\.$/],
    [{ gold: 'word.csv' }, /row 3 of word\.csv has the score "high", which is no number\.$/],
    [{ gold: 'gap.csv' }, /row 3 of gap\.csv has the score "", which is no number\.$/],
    [{ gold: 'ranks.csv' }, /ranks\.csv begins with "sentence1, sentence2, rank", which is neither form/],
    [{ gold: 'ranks.csv' }, forms],
    [
      { gold: 'ranks.csv', queries: 'queries.tsv' },
      /row 1 of ranks\.csv is "sentence1, sentence2, rank": it has 3 cells, not four\. Relevant documents are/,
    ],
    [
      { gold: 'titled.csv' },
      /row 1 of titled\.csv .* looks like a header, and qrels have none\. .*: query 0 .*score\.$/,
    ],
    [
      { ...roles, gold: 'titled.csv' },
      /row 1 of titled\.csv is "query, iter, doc, rel": it looks like a header, and qrels have none\. Relevant/,
    ],
    [{ ...roles, gold: 'named.csv' }, /row 1 of named\.csv is "query, 0, doc, 1": it looks like a header, and/],
    [{ ...roles, gold: 'blanks.txt' }, /row 1 of blanks\.txt is "query-id, Q0, doc_id, 1": it looks like a header/],
    [{ ...roles, gold: 'grades.tsv' }, /row 1 of grades\.tsv is "a, 0, x, 1\.0": its relevance is "1\.0", not a whole/],
    [{ gold: 'grades.tsv' }, /its relevance is "1\.0", not a whole number\. Relevant documents .* Pairs with a score/],
    [
      { ...roles, gold: 'late.tsv' },
      /row 5 of late\.tsv is "a, 0, x, high": its relevance is "high", not a whole number\./,
    ],
    [{ gold: '.' }, /is a folder\. Name one file with --gold\.$/],
    [{ gold: 'qrels.tsv' }, /qrels\.tsv names the relevant documents .* Name them with --queries FILE\.$/],
    [{ gold: 'pairs.csv', queries: 'queries.tsv' }, /pairs\.csv has scores of pairs; --queries goes with/],
    [{ gold: 'pairs.csv', documents: 'documents.csv' }, /pairs\.csv has scores of pairs; --documents goes with/],
    [
      { ...roles, gold: 'short.tsv' },
      /row 5 of short\.tsv is "a, 0, x": it has 3 cells, not four\. Relevant documents are/,
    ],
    [{ ...roles, gold: 'zero.tsv' }, /zero\.tsv has no row with a relevance above 0\.$/],
    [
      { ...roles, queries: 'others.tsv' },
      /none of the queries in qrels\.tsv \(a, b\) has a text in others\.tsv \(texts there: 17, 18\)\./,
    ],
    [{ ...roles, queries: 'blank.tsv' }, / has a text in blank\.tsv \(texts there: none\)\./],
    [{ ...roles, queries: 'double.tsv' }, /row 4 of double\.tsv has the id "a" of an earlier row\.$/],
    [{ ...roles, queries: 'narrow.tsv' }, /row 2 of narrow\.tsv has 1 cell\. A query is two: /],
    [{ ...roles, queries: 'commas.csv' }, /row 1 of commas\.csv has 3 cells\. A query is two: /],
    [{ ...roles, documents: 'twice.csv' }, /twice\.csv has more than one document with the id "x"\.$/],
    [
      { ...roles, documents: 'strangers.csv' },
      /none of the documents in qrels\.tsv \(x, y, z\) is in strangers\.csv \(u\)\./,
    ],
    [{ ...roles, documents: 'untitled.csv' }, /untitled\.csv has no column "claim_text" \(it has: id, text\)\.$/],
  ]
  for (const [given, message] of cases) {
    await t.rejects(run(given as typeof roles), { code: 'EVALUATE_FAILED', message }, JSON.stringify(given))
  }
})

t.test('a DocSim artifact is evaluated from end to end', async t => {
  const path = await folder(t, {
    'gold.csv': 'text1,text2,score\nImpfung,Impfung,5\nImpfung,Ärzte,3\nImpfung,Masken,1\nImpfung,Klima,0\n',
    'qrels.tsv': 'q 0 1 1\n',
    'queries.tsv': 'q\tKlima\n',
    'documents.csv': 'claim_text\nMasken\nÄrzte\nunbekannt\n',
  })
  const at = (name: string) => join(path, name)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const artifact = await tinyDocSim(t)
  const pairs = await evaluate({ artifact, files: { gold: at('gold.csv') }, log })
  t.match(pairs, { plugin: 'DocSim', task: 'similarity', cases: 4 })
  t.same(figures(pairs, 'spearman'), [1])
  t.match(pairs.predictions, 'Impfung,Ärzte,0.6\nImpfung,Masken,0\nImpfung,Klima,-1\n')

  const files = { gold: at('qrels.tsv'), queries: at('queries.tsv'), documents: at('documents.csv') }
  const ranked = await evaluate({ artifact, files, log })
  t.equal(ranked.predictions, 'q\t0\t0\t0\nq\t0\t2\t0\nq\t0\t1\t-0.6\n')
  t.same(figures(ranked, 'MRR'), [0.3333])

  const { documents: _, ...unsearched } = files
  await t.rejects(evaluate({ artifact, files: unsearched, log }), { message: /the model has no search\. Give/ })

  const broken = await tinyDocSim(t, Buffer.from('no tensors'))
  const code = 'TENSOR_FILE_BROKEN'
  await t.rejects(evaluate({ artifact: broken, files: { gold: at('gold.csv') }, log }), { code }, 'as a load says it')
})

t.test('a DocSim artifact that searches is evaluated on its own documents', async t => {
  const table = 'id,claim_text\n1,Ein Windrad liefert Strom\n1,Windrad und Strom\n2,Masken schützen Kinder\n'
  const { bytes } = await trainOnTable(t, table, { search: 'bm25' })
  const params = { model_name: 'DocSim', vector_size: 8, min_count: 1, search: 'bm25' }
  const path = await folder(t, {
    'model/DocSim-params.json': JSON.stringify(params),
    'model/DocSim-model': bytes,
    'qrels.tsv': 'q1 0 1 1\n',
    'strange.tsv': 'q1 0 claim-1 1\n',
    'queries.tsv': 'q1\tStrom vom Windrad\n',
  })
  const at = (name: string) => join(path, name)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const run = (gold: string) =>
    evaluate({ artifact: at('model'), files: { gold: at(gold), queries: at('queries.tsv') }, log })
  const evaluation = await run('qrels.tsv')
  t.same(figures(evaluation, 'MAP@5', 'recall@5'), [1, 1])
  t.match(evaluation.predictions, /^q1\t0\t1\t[\d.]+\n$/)
  await t.rejects(run('strange.tsv'), { message: /\(claim-1\) is in the model \(1, 1, 2\)\. Its ids are those/ })
})
