import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { newFiles, newModels } from '../../cli/workspace/new-files.js'
import { makePlan } from '../../cli/workspace/plan/make-plan.js'
import { readWorkspace } from '../../cli/workspace/read-workspace.js'
import { readStage } from '../../cli/workspace/stages.js'
import { folder } from '../helpers/artifacts.js'

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
