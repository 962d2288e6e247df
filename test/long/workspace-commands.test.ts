import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Plan } from '../../cli/workspace/plan/plan-type.js'
import { folder } from '../helpers/artifacts.js'
import { releaseId as id } from '../helpers/release.js'
import { runCli } from '../helpers/run-cli.js'
import { originalModel, workspace } from '../helpers/workspace.js'

/** `modelhost init` and `modelhost plan` as processes. */

const account = {
  bucket: 'artifacts',
  image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/models:1',
  trainingRole: 'arn:aws:iam::123456789012:role/Training',
  executionRole: 'arn:aws:iam::123456789012:role/Execution',
}

t.test('init writes what was asked for, says what comes next, and replaces nothing', async t => {
  const path = join(await folder(t), 'facts')
  const shown = await runCli(['init', path, '--models', 'DocSim,DocSim'])
  t.match(shown, { code: 0, stderr: '' })
  t.match(shown.stdout, /^Wrote 1\d files into .*\/facts:\n/)
  t.match(
    shown.stdout,
    /\n {2}\.gitignore\n[\s\S]*\nNext:\n {2}cd .*\/facts\n {2}npm install .*\n {2}npx modelhost train --all\n/,
  )
  t.same((await readdir(join(path, 'models'))).sort(), ['DocSim', 'models_to_be_trained.json'])
  t.match(await readFile(join(path, 'models/DocSim/inputData.json'), 'utf8'), '"s3://facts-data-STAGE/DocSim"')

  await writeFile(join(path, 'stages.json'), '{}')
  await rm(join(path, 'Dockerfile'))
  const [again, added] = [await runCli(['init', path]), await runCli(['init', path, '--add'])]
  t.match(again, {
    code: 1,
    stdout: '',
    stderr: /facts has .*stages\.json, .* already\. Nothing was written\. .*--add/,
  })
  t.match(added, { code: 0, stdout: /^Wrote 1 file into .*\n {2}Dockerfile\n[\s\S]*\nLeft as they were:\n/ })
  t.equal(await readFile(join(path, 'stages.json'), 'utf8'), '{}')
  t.ok((await stat(join(path, 'Dockerfile'))).isFile())
  t.notOk(existsSync(join(path, 'models/NER')), 'where there are models, none is added unasked')
})

t.test('a model that is added is marked by who adds it, and nothing is half written', async t => {
  const path = await folder(t, {
    'ours/models/models_to_be_trained.json': '{}',
    'linked/README.md': 'mine',
    file: '',
  })
  await symlink('nowhere', join(path, 'linked/Dockerfile'))
  const init = (name: string, ...more: string[]) => runCli(['init', join(path, name), '--models', 'NER', ...more])
  const [added, linked, file, below] = await Promise.all([
    init('ours', '--add'),
    init('linked'),
    init('file'),
    init('file/below'),
  ])
  t.match(added, { code: 0, stdout: /\n\nWrite them into models\/models_to_be_trained\.json, with true, .*: NER\.\n/ })
  t.match(linked, { code: 1, stderr: /has Dockerfile, .*README\.md.* already\. Nothing was written/ })
  t.same(await readdir(join(path, 'linked')), ['Dockerfile', 'README.md'])
  t.match(await init('linked', '--add'), { code: 0, stdout: /Left as they were:\n {2}Dockerfile\n {2}README\.md\n/ })
  t.match(file, { code: 1, stderr: /\/file is no folder\. Name another one\.\n$/ })
  t.match(below, { code: 1, stderr: /\/file\/below cannot be made.*\/file is no folder/ })
  t.match(await runCli(['init', '']), { code: 2, stderr: /DIR is empty\. Name the folder of the workspace/ })
})

t.test('names that AWS would refuse, and samples that do not exist, are refused', async t => {
  const path = await folder(t)
  const facts = join(path, 'facts')
  const cases: [string[], RegExp][] = [
    [[facts, '--models', 'NER,DocSin'], /--models: there is no sample of "DocSin"\. Did you mean "DocSim"\?/],
    [[facts, '--bucket', 'Facts'], /--bucket "Facts" is no name of a bucket/],
    [[join(path, 'facts-of-many-papers')], /The workspace is called "facts-of-many-papers".*--project NAME/],
  ]
  const shown = cases.map(async ([args, stderr]) =>
    t.match(await runCli(['init', ...args]), { code: 2, stdout: '', stderr }),
  )
  await Promise.all(shown)
  t.same(await readdir(path), [])
})

t.test('plan prints the plan, writes it where asked, and says what is missing', async t => {
  const path = await workspace(t, {
    'models/models_to_be_trained.json': { TopicalPageRank: true },
    ...originalModel('TopicalPageRank', { model_name: 'TopicalPageRank', n_topics: '100', examples: [{ text: 'a' }] }),
    'stages.json': { dev: account },
    'package.json': { name: 'facts' },
  })
  const output = join(path, 'out/plan')
  const [shown, missing] = await Promise.all([
    runCli(['plan', path, '--stage', 'dev', '--id', id, '--output', output]),
    runCli(['plan', path, '--stage', 'dev', '--image=']),
  ])
  t.match(shown, { code: 0, stderr: '' })
  const planned = JSON.parse(shown.stdout) as Plan
  t.match(planned.trainingJobs, [{ TrainingJobName: `facts-dev-TopicalPageRank-${id}` }])
  t.same(JSON.parse(await readFile(join(output, 'plan.json'), 'utf8')), planned)
  t.same(JSON.parse(await readFile(join(output, 'endpoint-dev.json'), 'utf8')), planned.endpoint)
  t.match(missing, { code: 2, stdout: '', stderr: /needs --image\. Give it/ })
})
