import { chmod, link, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { planPredictions } from '../../cli/predictions-file.js'
import { folder } from '../helpers/artifacts.js'

/** An artifact, a gold file and documents beside it, and what plans predictions on them. */
async function setUp(t: Test) {
  const path = await folder(t, {
    'model/a-params.json': '{}',
    'model/a-model': 'weights',
    'gold.tsv': 'one\t4\n',
    'documents/1.tsv': 'text\n',
  })
  const at = (name: string) => join(path, name)
  const plan = (name: string, gold = 'gold.tsv', artifact = 'model') =>
    planPredictions(at(name), at(artifact), { gold: at(gold), documents: at('documents') })
  return { at, plan }
}

t.test('predictions never take the place of what is read, by whatever name', async t => {
  const { at, plan } = await setUp(t)
  await writeFile(at('blob'), 'weights')
  await symlink(at('blob'), at('model/a-extra'))
  await symlink(at('model'), at('way'))
  await link(at('gold.tsv'), at('gold-too.tsv'))
  await link(at('model/a-params.json'), at('model/params-too'))
  const places = [
    ...['gold.tsv', 'gold-too.tsv', 'documents/1.tsv'],
    ...['model/a-params.json', 'way/a-params.json', 'model/params-too', 'model/a-model', 'model/a-extra', 'blob'],
    // Not there yet, but a plugin would take it for its own.
    ...['model/a-new', 'way/a-new'],
  ]
  for (const place of places) {
    const message = `--predictions ${at(place)} is what would be read. Choose another --predictions.`
    await t.rejects(plan(place), { exitCode: 2, message }, place)
  }
  for (const place of ['model/answers.tsv', 'documents/2.tsv', 'a-new']) {
    t.match((await plan(place)).path, place, 'a name that nobody reads')
  }
})

t.test('the artifact may be in a folder of the one that is given', async t => {
  const path = await folder(t, { 'outer/inner/a-params.json': '{}', 'gold.tsv': '' })
  const place = join(path, 'outer/inner/a-model')
  const planned = planPredictions(place, join(path, 'outer'), { gold: join(path, 'gold.tsv') })
  await t.rejects(planned, { message: /is what would be read\./ })
})

t.test('predictions are named as the table that they are, if as a table at all', async t => {
  const { at, plan } = await setUp(t)
  for (const [gold, name, kind] of [
    ['gold.csv', 'out.tsv', 'csv'],
    ['gold.csv', 'out.TSV.gz', 'csv'],
    ['gold.tsv.gz', 'out.csv', 'tsv'],
  ] as const) {
    const problem = `has the form of the gold file, which is .${kind}. Let its name end as that.`
    await t.rejects(plan(name, gold), { exitCode: 2, message: `--predictions ${at(name)} ${problem}` })
  }
  for (const [gold, name] of [
    ['gold.csv', 'out.csv.gz'],
    ['gold.tsv', 'out.qrels'],
    ['gold.txt', 'out.csv'],
  ] as const) {
    t.match((await plan(name, gold)).path, name, `${gold} ${name}`)
  }
})

t.test('a file that is replaced keeps its mode', async t => {
  const { at, plan } = await setUp(t)
  for (const mode of [0o600, 0o664]) {
    await writeFile(at('out.tsv'), 'old')
    await chmod(at('out.tsv'), mode)
    await (await plan('out.tsv')).write('new')
    t.equal((await stat(at('out.tsv'))).mode & 0o7777, mode)
    t.equal(await readFile(at('out.tsv'), 'utf8'), 'new')
  }
})
