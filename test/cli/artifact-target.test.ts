import { join } from 'node:path'
import t from 'tap'
import { artifactFolder } from '../../cli/artifact-target.js'
import { runCli } from '../helpers/run-cli.js'

const treebank = `# text = Im Zoo leben neue Tiere.
1-2\tIm\t_\t_\t_\t_\t_\t_\t_\t_
1\tIn\tin\tADP\t_\t_\t_\t_\t_\t_
2\tdem\tder\tDET\t_\t_\t_\t_\t_\t_
3\tZoo\tZoo\tNOUN\t_\t_\t_\t_\t_\t_
4\tleben\tleben\tVERB\t_\t_\t_\t_\t_\t_
5\tneue\tneu\tADJ\t_\t_\t_\t_\t_\t_
6\tTiere\tTier\tNOUN\t_\t_\t_\t_\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t_\t_\t_\t_

`

t.test('the taggers of the package are named by their language', async t => {
  const folder = t.testdir({ 'zoo.conllu': treebank })
  const predictions = join(folder, 'tagged.conllu')
  const gold = ['--gold', join(folder, 'zoo.conllu')]
  const [evaluated, inspected, invoked] = await Promise.all([
    runCli(['evaluate', 'tagger:de', ...gold, '--predictions', predictions, '--json']),
    runCli(['inspect', 'tagger:en', '--json']),
    runCli(['invoke', 'tagger:en'], 'The new vaccines work well.'),
  ])
  t.match(JSON.parse(evaluated.stdout), { plugin: 'Tagger', cases: 6, measures: { accuracy: { value: 1 } } })
  t.match(JSON.parse(inspected.stdout), {
    plugin: { name: 'Tagger' },
    params: { language: 'en' },
    metadata: { licence: 'CC-BY-SA-4.0', sources: /UD_English-EWT/ },
    warnings: [],
  })
  t.same(
    (JSON.parse(invoked.stdout) as { tag: string }[]).map(({ tag }) => tag),
    ['DET', 'ADJ', 'NOUN', 'VERB', 'ADV', 'PUNCT'],
  )
})

t.test('what comes with the package is named by kind and language, all else is a folder', async t => {
  t.match(artifactFolder('ner:en'), /plugins\/ner\/shipped\/en$/)
  t.match(artifactFolder('tagger:de'), /plugins\/tagger\/shipped\/de$/)
  for (const folder of ['out/claims', 'ner', 'other:en', './ner:en', 'constructor:en'])
    t.equal(artifactFolder(folder), folder)
  t.throws(() => artifactFolder('ner:xx'), /There is no ner:xx\. With the package come ner:de and ner:en; others/)
})

t.test('a language without a tagger is wrong usage, and says what there is', async t => {
  for (const command of [['inspect'], ['invoke'], ['evaluate', '--gold', 'x']]) {
    const { code, stderr } = await runCli([...command, 'tagger:xx'])
    t.equal(code, 2)
    t.match(stderr, /There is no tagger:xx\. With the package come tagger:de and tagger:en/)
  }
})
