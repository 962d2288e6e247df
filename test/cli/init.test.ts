import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { newFiles, newModels } from '../../cli/workspace/new-files.js'
import { makePlan } from '../../cli/workspace/plan/make-plan.js'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { readStage } from '../../cli/workspace/stages.js'
import { folder } from '../helpers/artifacts.js'
import { runCli } from '../helpers/run-cli.js'

const models = Object.keys(newModels)
const facts = { project: 'facts', bucket: 'papers-STAGE' }

t.test(
  'a new workspace can be planned for each of its stages, with the parameters that its endpoint takes',
  async t => {
    const path = await folder(t, Object.fromEntries(await newFiles({ ...facts, models })))
    const workspace = await readWorkspace(path)
    t.equal(workspace.project, 'facts')
    const role = 'arn:aws:iam::123456789012:role/x'
    const account = { bucket: 'b', image: 'i', trainingRole: role, executionRole: role, kmsKey: 'k' }
    for (const name of ['dev', 'prod']) {
      const stage = await readStage(path, name)
      const plan = await makePlan(workspace, { project: 'facts', stage, id: '1' }, account)
      t.match(
        plan.models.map(({ plugin, examples }) => [plugin, examples.length > 0]),
        models.map(model => [model, true]),
      )
      t.equal(
        plan.trainingJobs[0]!.InputDataConfig[0]!.DataSource.S3DataSource.S3Uri,
        `s3://papers-${name}/DocSim/claims.csv`,
      )
    }
    for (const { channels } of workspace.models)
      for (const [, { path }] of channels) t.ok(existsSync(path!), `${path} is there`)
  },
)

t.test('what the files of a new workspace say of this package is true', async t => {
  const files = await newFiles({ ...facts, models })
  const { version, engines } = JSON.parse(await readFile('package.json', 'utf8'))
  t.match(JSON.parse(files.get('package.json')!), { name: 'facts', dependencies: { modelhost: version }, engines })
  t.match(files.get('README.md'), `modelhost-${version}.tgz`)
  for (const name of files.keys()) {
    const [top = ''] = name.split('/')
    if (!['package.json', 'README.md', '.gitignore'].includes(name)) t.match(files.get('README.md'), `\`${top}`, name)
    t.notMatch(files.get(name), /my-models/, name)
  }
  const image = await readFile('container/Dockerfile', 'utf8')
  const shared = image
    .split('\n')
    .filter(line => /^(ARG|FROM|ENV|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) | capabilities\.|MODELHOST_/.test(line))
  for (const line of shared)
    t.match(
      files.get('Dockerfile'),
      line
        .replace(/^LABEL /, '')
        .replace(/ \\$/, '')
        .trim(),
      line,
    )
  for (const name of ['pipeline.yml', 'endpoint.yml'])
    t.equal(files.get(name), await readFile(`container/${name}`, 'utf8'), name)
})

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
