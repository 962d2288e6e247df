import t from 'tap'
import { runPage } from '../helpers/run-page.js'

t.test('every example of docs/evaluating.md prints what stands below it', t =>
  runPage(t, 'evaluating.md', {
    files: ['documents.jsonl', 'gold.conll', 'names.jsonl', 'pairs.csv', 'qrels.tsv', 'queries.tsv', 'zoo.conllu'],
    examples: 8,
  }),
)

t.test('every example of docs/docsim.md prints what stands below it', t =>
  runPage(t, 'docsim.md', { files: ['pairs.csv'], examples: 3 }),
)

t.test('every example of docs/tagger.md prints what stands below it', t =>
  runPage(t, 'tagger.md', { files: [], examples: 2 }),
)

t.test('every example of docs/ner.md prints what stands below it', t =>
  runPage(t, 'ner.md', { files: ['names.conll', 'texts.csv'], examples: 5 }),
)

t.test('every example of docs/topical-page-rank.md prints what stands below it', t =>
  runPage(t, 'topical-page-rank.md', { files: ['tags.json', 'words.json'], examples: 4 }),
)

t.test('a model of names is marked, trained, pushed and asked as the tutorial of the tweets says', async t => {
  const section = 'A model of your own'
  await runPage(t, 'tutorials/trump-tweets.md', { files: [], examples: 11, section })
})

t.test('three users have a model each, trained, served and updated as docs/use-case.md says', t =>
  runPage(t, 'use-case.md', { files: [], examples: 8 }),
)

t.test('a host is checked as docs/conformance.md says', t =>
  runPage(t, 'conformance.md', { files: ['claims.csv', 'request.json'], examples: 4 }),
)

t.test('every example of docs/training.md prints what stands below it', t =>
  runPage(t, 'training.md', { files: ['hyperparameters.json', 'inputdataconfig.json'], examples: 2 }),
)

t.test('every example of docs/workspace.md prints what stands below it', t =>
  runPage(t, 'workspace.md', { files: [], examples: 4 }),
)

t.test('every example of docs/importing.md prints what stands below it', t =>
  runPage(t, 'importing.md', { files: ['pairs.csv', 'words.txt'], examples: 5 }),
)
